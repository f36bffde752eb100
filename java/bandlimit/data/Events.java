package bandlimit.data;

import bandlimit.data.SignalDataset.Event;
import bandlimit.error.DataException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The events of a signal, in the order of time.
record Events(List<Event> all) {
  static final Events NONE = new Events(List.of());

  Events {
    all = List.copyOf(all);
  }

  /// From a CSV of sample numbers and, where `labels` tells some apart, labels.
  static Events read(Path file, Recording signal, List<String> labels) {
    var found = new ArrayList<Event>();
    List<String> lines = Recording.lines(file);
    for (int line = 0; line < lines.size(); line++) {
      String[] cells = lines.get(line).split(",", -1);
      if (line == 0 && Recording.number(cells[0]).isEmpty()) {
        continue; // a header
      }
      int after = found.isEmpty() ? 0 : found.getLast().sample();
      int at = signal.sample(file, line, cells[0], after);
      int label = labels.isEmpty() ? 1 : 1 + labels.indexOf(label(file, line, cells));
      if (label > 0) {
        found.add(new Event(at, label));
      }
    }
    return new Events(found);
  }

  private static String label(Path file, int line, String[] cells) {
    if (cells.length < 2) {
      throw new DataException(
          "%s, line %d: has no label beside the sample, but data.signal.labels asks for one"
              .formatted(file, line + 1));
    }
    return cells[1].strip();
  }

  /// Refuses a class that nothing before sample `end` is of.
  void requireAll(Path file, List<String> classes, int end) {
    for (int c = 1; c < classes.size(); c++) {
      int label = c;
      if (all.stream().noneMatch(event -> event.label() == label && event.sample() < end)) {
        throw new DataException(
            "%s: no event%s in the train part, the first %d samples: there is nothing to learn"
                    .formatted(file, classes.size() > 2 ? " " + classes.get(c) : "", end)
                + " it from; see data.signal.labels and train_share");
      }
    }
  }

  /// The class of the last event from sample `from` to `to`; 0 where there is none.
  int label(double from, double to) {
    int low = 0;
    int high = all.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (all.get(middle).sample() <= to) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low > 0 && all.get(low - 1).sample() >= from ? all.get(low - 1).label() : 0;
  }
}
