package bandlimit.backend.cpu;

import bandlimit.backend.Arguments;
import bandlimit.graph.op.AdamWStep;
import bandlimit.graph.op.GuardedAdamW;
import bandlimit.graph.op.GuardedSgd;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Optional;

/// `native/cpu/update.cpp`: guarded optimizer steps, and the norm that guards them.
final class UpdateNative {
  private static final long TASK = 1 << 15;
  private static final int OK = 0;
  private static final int P = 1;
  private static final int DP = 2;

  private UpdateNative() {}

  static Optional<Kernel> sgd(NativeSite site, GuardedSgd op) {
    int extra = 5;
    var arguments = update(site, 4, op.clipped(), op.averaged(), extra, 1);
    arguments.pointer(site.in(3)).pointer(site.out(1));
    arguments.f32(op.momentum()).f32(op.weightDecay()).i32(op.nesterov() ? 1 : 0);
    return Optional.of(site.kernel("guarded_sgd", tasks(site), arguments));
  }

  static Optional<Kernel> adamW(NativeSite site, GuardedAdamW op) {
    int extra = 9;
    var numbers = Arena.ofAuto().allocate(3L * Float.BYTES, 64);
    var arguments = update(site, 7, op.clipped(), op.averaged(), extra, 2);
    arguments.pointer(site.in(3)).pointer(site.in(4)).pointer(site.in(5)).pointer(site.in(6));
    arguments.pointer(numbers.address()).pointer(site.out(1)).pointer(site.out(2));
    arguments.f32(op.step().epsilon());
    var kernel = site.kernel("guarded_adamw", tasks(site), arguments);
    var rate = site.memory().view(site.step().in().get(7));
    var t = site.memory().view(site.step().in().get(8));
    return Optional.of(
        () -> {
          ofStep(op.step(), rate.get(0), t.get(0), numbers);
          kernel.run();
        });
  }

  /// Powers in double: 1 - beta2^t loses all digits of a float at t = 1.
  private static void ofStep(AdamWStep op, float rate, double t, MemorySegment numbers) {
    double keep = 1 - rate * op.weightDecay();
    double scale = rate / (1 - Math.pow(op.beta1(), t));
    double correct = 1 / (1 - Math.pow(op.beta2(), t));
    numbers.setAtIndex(ValueLayout.JAVA_FLOAT, 0, (float) keep);
    numbers.setAtIndex(ValueLayout.JAVA_FLOAT, 1, (float) scale);
    numbers.setAtIndex(ValueLayout.JAVA_FLOAT, 2, (float) correct);
  }

  /// What both structs begin with. `extra` is the first input that not every step has, `moments`
  /// how many parts stand before the average.
  private static Arguments update(
      NativeSite site, int rate, boolean clipped, boolean averaged, int extra, int moments) {
    int average = clipped ? extra + 1 : extra;
    return new Arguments()
        .pointer(site.in(OK))
        .pointer(site.in(P))
        .pointer(site.in(DP))
        .pointer(site.in(rate))
        .pointer(clipped ? site.in(extra) : 0)
        .pointer(averaged ? site.in(average) : 0)
        .pointer(averaged ? site.in(average + 1) : 0)
        .pointer(site.out(0))
        .pointer(averaged ? site.out(moments + 1) : 0)
        .i64(site.outShape(0).size())
        .i64(TASK);
  }

  private static long tasks(NativeSite site) {
    return Math.ceilDiv(site.outShape(0).size(), TASK);
  }

  /// Stretches of all tensors in one run; their sums, in double, are added in order.
  static Optional<Kernel> squaredNorm(NativeSite site) {
    var bounds = new ArrayList<Long>();
    for (int i = 0; i < site.step().in().size(); i++) {
      long size = site.inShape(i).size();
      for (long at = 0; at < size; at += TASK) {
        bounds.add(site.in(i) + at * Float.BYTES);
        bounds.add(site.in(i) + Math.min(size, at + TASK) * Float.BYTES);
      }
    }
    int tasks = bounds.size() / 2;
    var arena = Arena.ofAuto();
    var stretches = arena.allocate(ValueLayout.JAVA_LONG, bounds.size());
    var partial = arena.allocate(ValueLayout.JAVA_DOUBLE, tasks);
    for (int i = 0; i < bounds.size(); i++) {
      stretches.setAtIndex(ValueLayout.JAVA_LONG, i, bounds.get(i));
    }
    var arguments = new Arguments().pointer(stretches.address()).pointer(partial.address());
    var kernel = site.kernel("sum_of_squares", tasks, arguments);
    var y = site.memory().view(site.step().output());
    return Optional.of(
        () -> {
          kernel.run();
          double sum = 0;
          for (int i = 0; i < tasks; i++) {
            sum += partial.getAtIndex(ValueLayout.JAVA_DOUBLE, i);
          }
          y.set(0, (float) sum);
        });
  }
}
