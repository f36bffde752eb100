package bandlimit.report;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/// Short, distinct names of runs: folder names without what all of them share, at the front and,
/// where only the experiments differ, at the end.
final class Labels {
  private Labels() {}

  static List<String> of(List<Run> runs) {
    List<String> names = runs.stream().map(Run::name).toList();
    if (new HashSet<>(names).size() < names.size()) {
      names = runs.stream().map(Labels::withParent).toList();
      boolean onlyParents = runs.stream().map(Run::name).distinct().count() == 1;
      int end = runs.getFirst().name().length() + 1;
      if (onlyParents && new HashSet<>(names).size() == names.size()) {
        names = names.stream().map(name -> name.substring(0, name.length() - end)).toList();
      }
    }
    var labels = new ArrayList<String>();
    int shared = names.size() == 1 ? 0 : sharedWords(names);
    for (int i = 0; i < names.size(); i++) {
      String label = names.get(i).substring(shared);
      labels.add(labels.contains(label) ? label + " (" + (i + 1) + ")" : label);
    }
    return labels;
  }

  private static String withParent(Run run) {
    var absolute = run.folder().toAbsolutePath().normalize();
    int depth = absolute.getNameCount();
    return absolute.subpath(Math.max(0, depth - 2), depth).toString();
  }

  /// Length of the longest common beginning that ends with a dash and leaves every name something.
  private static int sharedWords(List<String> names) {
    int shared = 0;
    String first = names.getFirst();
    for (int i = 0; i < first.length(); i++) {
      int at = i;
      if (names.stream().anyMatch(n -> n.length() <= at + 1 || n.charAt(at) != first.charAt(at))) {
        break;
      }
      if (first.charAt(i) == '-') {
        shared = i + 1;
      }
    }
    return shared;
  }
}
