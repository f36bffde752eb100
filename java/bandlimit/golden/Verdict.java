package bandlimit.golden;

import bandlimit.conformance.Compare;
import bandlimit.tensor.HostTensor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// What one case on one machine came to: every comparison that failed, and which results were
/// compared at all.
final class Verdict {
  private final GoldenCase golden;
  private final Machine machine;
  private final List<String> failures = new ArrayList<>();
  private final Set<String> compared = new HashSet<>();

  Verdict(GoldenCase golden, Machine machine) {
    this.golden = golden;
    this.machine = machine;
  }

  /// `actual` in libtorch's layout, under the case's tensor `name`.
  void compare(String name, HostTensor actual, Tolerance tolerance) {
    compare(name, actual.toDoubles(), tolerance);
  }

  void compare(String name, double[] actual, Tolerance tolerance) {
    compared.add(name);
    if (!golden.has(name)) {
      failures.add(name + ": the case has no such tensor");
      return;
    }
    var expected = golden.tensor(name);
    double[] values = expected.toDoubles();
    Compare.difference(expected.shape(), values, actual, tolerance.of(values))
        .ifPresent(text -> failures.add(name + " on " + machine.backend().name() + ": " + text));
  }

  void fail(String text) {
    failures.add(text);
  }

  Machine machine() {
    return machine;
  }

  /// All failures; a result of the case that nothing was compared with is one.
  List<String> failures() {
    var all = new ArrayList<>(failures);
    for (String name : golden.tensors()) {
      if (golden.tensor(name).dtype() == bandlimit.tensor.DType.F64 && !compared.contains(name)) {
        all.add(name + ": a result that was not compared with anything");
      }
    }
    return all;
  }
}
