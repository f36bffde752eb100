package bandlimit.conformance;

import bandlimit.graph.op.AdamWStep;
import bandlimit.graph.op.GuardedAdamW;
import bandlimit.graph.op.GuardedSgd;
import bandlimit.graph.op.GuardedUpdate;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;

/// Guarded updates in one step: every result, with and without clipping and averages, taken and not
/// taken.
final class UpdateSamples {
  private UpdateSamples() {}

  private static final List<Sample> ROWS = new ArrayList<>();

  private static final TensorType NUMBER = TensorType.f32();

  static {
    for (Integer[] shape : new Integer[][] {{1}, {31}, {33}, {16, 3, 3, 9}}) {
      for (boolean clipped : new boolean[] {false, true}) {
        for (boolean averaged : new boolean[] {false, true}) {
          for (boolean nesterov : new boolean[] {false, true}) {
            var sgd = new GuardedSgd(0.9, nesterov, 5e-4, clipped, averaged);
            rows(sgd, shape, 1, Values.normal(), averaged ? 2 : 1);
          }
          var adamW = new GuardedAdamW(new AdamWStep(0.8, 0.95, 1e-6, 0.3), clipped, averaged);
          rows(adamW, shape, 1, Values.normal(), averaged ? 3 : 2);
        }
      }
      var notFinite = Values.of(Double.NaN, 1, Double.POSITIVE_INFINITY);
      rows(new GuardedSgd(0.9, true, 0.3, true, true), shape, 0, notFinite, 2);
      var step = new AdamWStep(0.8, 0.95, 1e-6, 0.3);
      rows(new GuardedAdamW(step, true, true), shape, 0, notFinite, 3);
    }
  }

  static List<Sample> rows() {
    return ROWS;
  }

  private static void rows(
      GuardedUpdate op, Integer[] shape, double ok, Values gradient, int parts) {
    for (int part = 0; part <= parts; part++) {
      var row = Sample.of(op).in(NUMBER, Values.of(ok));
      row.in(shape).in(TensorType.f32(shape), gradient).in(shape);
      switch (op) {
        case GuardedSgd sgd -> {
          row.in(NUMBER, Values.of(0.25));
          more(row, shape, sgd.clipped(), sgd.averaged());
        }
        case GuardedAdamW adamW -> {
          row.in(TensorType.f32(shape), Values.between(0.01, 2));
          row.in(NUMBER, Values.of(0.2)).in(NUMBER, Values.of(0.05));
          row.in(NUMBER, Values.of(0.0625)).in(NUMBER, Values.of(7));
          more(row, shape, adamW.clipped(), adamW.averaged());
        }
      }
      var note = ok == 0 ? "not taken" : "taken";
      ROWS.add(part == 0 ? row.note(note) : row.part(part).note(note + ", part " + part));
    }
  }

  private static void more(Sample row, Integer[] shape, boolean clipped, boolean averaged) {
    if (clipped) {
      row.in(NUMBER, Values.of(0.625));
    }
    if (averaged) {
      row.in(shape).in(NUMBER, Values.of(0.125));
    }
  }
}
