package bandlimit.data;

import bandlimit.error.DataException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;

/// Numbers along a signal: row i of `values`, one number for each name, holds from sample
/// `samples[i]` on.
record Targets(Path file, List<String> names, int[] samples, float[] values) {

  /// `.csv` of sample number and numbers, in the order of time; `.npy` and `.wav` have a row for
  /// each sample of `signal`.
  ///
  /// @throws DataException naming file and line of what is no number or no sample
  static Targets read(Path file, Recording signal) {
    if (file.getFileName().toString().toLowerCase(Locale.ROOT).endsWith(".csv")) {
      return csv(file, signal);
    }
    var dense = Recording.read(file);
    if (dense.length() != signal.length()) {
      throw new DataException(
          "%s has %d rows, but %s has %d samples: a row for each, or a .csv of sample numbers and numbers"
              .formatted(file, dense.length(), signal.file().getFileName(), signal.length()));
    }
    return new Targets(
        file,
        names(dense.channels()),
        IntStream.range(0, dense.length()).toArray(),
        dense.values());
  }

  /// What numbers without a name are called.
  static List<String> names(int count) {
    return count == 1
        ? List.of("value")
        : IntStream.range(0, count).mapToObj(k -> "value " + k).toList();
  }

  private static Targets csv(Path file, Recording signal) {
    List<String> lines = Recording.lines(file);
    Optional<List<String>> header = Optional.empty();
    var samples = new ArrayList<Integer>();
    var rows = new ArrayList<float[]>();
    int width = lines.isEmpty() ? 0 : lines.getFirst().split(",", -1).length - 1;
    for (int line = 0; line < lines.size(); line++) {
      String[] cells = lines.get(line).split(",", -1);
      if (line == 0 && Recording.number(cells[0]).isEmpty()) {
        header = Optional.of(Arrays.stream(cells).skip(1).map(String::strip).toList());
        continue;
      }
      if (cells.length != width + 1 || width == 0) {
        throw new DataException(
            "%s, line %d: a sample number and %s are wanted, got \"%s\""
                .formatted(
                    file, line + 1, width == 0 ? "a number" : width + " numbers", lines.get(line)));
      }
      int after = samples.isEmpty() ? 0 : samples.getLast();
      samples.add(signal.sample(file, line, cells[0], after));
      var row = new float[width];
      for (int k = 0; k < width; k++) {
        row[k] = number(file, line, cells[k + 1]);
      }
      rows.add(row);
    }
    if (rows.isEmpty()) {
      throw new DataException(file + ": has no targets");
    }
    var values = new float[rows.size() * width];
    for (int i = 0; i < rows.size(); i++) {
      System.arraycopy(rows.get(i), 0, values, i * width, width);
    }
    return new Targets(
        file, header.orElse(names(width)), samples.stream().mapToInt(s -> s).toArray(), values);
  }

  private static float number(Path file, int line, String cell) {
    float value = Recording.number(cell).orElse(Double.NaN).floatValue();
    if (!Float.isFinite(value)) {
      throw new DataException(
          "%s, line %d: the target \"%s\" is no finite number; leave out the line of a moment that has none"
              .formatted(file, line + 1, cell.strip()));
    }
    return value;
  }

  /// Row of the last numbers at `sample` or before it, at most `age` samples; -1 where there are
  /// none.
  int row(int sample, int age) {
    int found = Arrays.binarySearch(samples, sample);
    while (found >= 0 && found + 1 < samples.length && samples[found + 1] == sample) {
      found++; // of several at one sample the last
    }
    int row = found >= 0 ? found : -found - 2;
    return row >= 0 && samples[row] >= sample - age ? row : -1;
  }

  float at(int row, int k) {
    return values[row * names.size() + k];
  }

  /// Of the numbers before sample `end`.
  Normalization measure(int end) {
    int rows = (int) Arrays.stream(samples).takeWhile(s -> s < end).count();
    if (rows == 0) {
      throw new DataException(
          "%s: has no targets before sample %d, in the training part".formatted(file, end));
    }
    return Normalization.measure(rows, names.size(), this::at);
  }
}
