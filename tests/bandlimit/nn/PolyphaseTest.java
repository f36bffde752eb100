package bandlimit.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import bandlimit.backend.Backend;
import bandlimit.backend.cpu.CpuBackend;
import bandlimit.backend.reference.ReferenceBackend;
import bandlimit.conformance.Harness;
import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.plan.Procedure;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Adaptive polyphase sampling by itself: what it keeps, and how the learned choice draws.
class PolyphaseTest {
  private static final int C = 3;
  private static final Polyphase APS = new Polyphase(new LargestNorm(), 2, Optional.empty());

  private static HostTensor random(Shape shape, int seed) {
    return HostTensor.of(shape, new Random(seed).doubles(shape.size(), -1, 1).toArray());
  }

  private static HostTensor rolled(HostTensor x, int dy, int dx) {
    var shape = x.shape();
    double[] y = new double[Math.toIntExact(shape.size())];
    for (int n = 0; n < shape.n(); n++) {
      for (int h = 0; h < shape.h(); h++) {
        for (int w = 0; w < shape.w(); w++) {
          for (int c = 0; c < C; c++) {
            int to =
                ((n * shape.h() + (h + dy) % shape.h()) * shape.w() + (w + dx) % shape.w()) * C + c;
            y[to] = x.get(((n * shape.h() + h) * shape.w() + w) * C + c);
          }
        }
      }
    }
    return HostTensor.of(shape, y);
  }

  /// The kept values of each sample, in ascending order: a shift may move them, and must not change
  /// one of them.
  private static List<double[]> kept(Backend backend, HostTensor x) {
    var y = Invariance.run(backend, (scope, node) -> APS.sample(scope, node).y(), x);
    int n = x.shape().n();
    var samples = new ArrayList<double[]>();
    for (int i = 0; i < n; i++) {
      double[] values = Arrays.copyOfRange(y, i * y.length / n, (i + 1) * y.length / n);
      Arrays.sort(values);
      samples.add(values);
    }
    return samples;
  }

  @Test
  void everyShiftKeepsTheSameValuesToTheBit() {
    var x = random(Shape.of(3, 6, 8, C), 1);
    try (var reference = new ReferenceBackend();
        var cpu = new CpuBackend()) {
      for (Backend backend : List.of(reference, cpu)) {
        var unmoved = kept(backend, x);
        for (int dy = 0; dy < 4; dy++) {
          for (int dx = 0; dx < 4; dx++) {
            var moved = kept(backend, rolled(x, dy, dx));
            for (int i = 0; i < moved.size(); i++) {
              assertThat(moved.get(i)).containsExactly(unmoved.get(i));
            }
          }
        }
      }
    }
  }

  /// A second map loses the same positions: here it is the first times -2.
  @Test
  void aShortcutIsSampledWhereTheBranchWas() {
    var x = random(Shape.of(2, 4, 4, C), 2);
    Layer both =
        (scope, node) -> {
          var sampled = APS.sample(scope.in("branch"), node);
          var other = scope.apply("other", new bandlimit.graph.op.Scale(-2), node);
          var like = APS.sampleLike(scope.in("like"), other, sampled.choices());
          var twice = scope.apply("twice", new bandlimit.graph.op.Scale(2), sampled.y());
          return scope.apply(new bandlimit.graph.op.Add(), twice, like);
        };
    try (var reference = new ReferenceBackend()) {
      assertThat(Invariance.run(reference, both, x)).containsOnly(0);
    }
  }

  /// Weights (N, 4) of a training step for maps that all look the same.
  private static double[] drawn(Backend backend, int n, int step, double temperature) {
    var graph = new Graph();
    var variables = new Variables();
    var scope = Scope.root(graph, Mode.TRAIN, variables).in("lps");
    var maps = new ArrayList<Node>();
    for (int p = 0; p < 4; p++) {
      maps.add(graph.input("x" + p, TensorType.f32(n, 2, 2, C)));
    }
    var y = new LearnedChoice().weights(scope, maps);
    var outputs = new LinkedHashMap<>(Map.of("y", y));
    var procedure = new Procedure("draw", graph, outputs, List.of());
    try (var harness = Harness.of(backend, procedure)) {
      for (var variable : variables.all()) {
        harness.writeState(variable.path(), variable.initial(7));
      }
      for (int p = 0; p < 4; p++) {
        harness.write("x" + p, HostTensor.allocate(TensorType.f32(n, 2, 2, C)).fill(0.5));
      }
      harness.write(Scope.RANDOM, HostTensor.of(Shape.of(2), 3, step));
      harness.write(Scope.SHARPNESS, HostTensor.of(Shape.of(), (float) (1 / temperature)));
      return harness.run().read("y");
    }
  }

  /// Equal scores and Gumbel noise: each map is the largest in a quarter of the draws, and the
  /// difference of two noises is logistic, so of mean size 2 log 2.
  @Test
  void theNoiseIsGumbels() {
    int n = 4000;
    try (var cpu = new CpuBackend()) {
      double[] w = drawn(cpu, n, 1, 1);
      int[] wins = new int[4];
      double distance = 0;
      for (int i = 0; i < n; i++) {
        double[] row = Arrays.copyOfRange(w, 4 * i, 4 * i + 4);
        assertThat(Arrays.stream(row).sum()).isCloseTo(1, within(1e-6));
        int best = 0;
        for (int p = 1; p < 4; p++) {
          best = row[p] > row[best] ? p : best;
        }
        wins[best]++;
        distance += Math.abs(Math.log(row[0] / row[1])) / n;
      }
      // 5 standard deviations
      for (int count : wins) {
        assertThat(count).isBetween(863, 1137);
      }
      assertThat(distance).isCloseTo(2 * Math.log(2), within(0.095));
    }
  }

  @Test
  void drawsDependOnTheStepAndGrowSharp() {
    try (var reference = new ReferenceBackend();
        var cpu = new CpuBackend()) {
      double[] first = drawn(reference, 8, 1, 1);
      assertThat(drawn(reference, 8, 1, 1)).containsExactly(first);
      assertThat(drawn(reference, 8, 2, 1)).isNotEqualTo(first);
      double[] fast = drawn(cpu, 8, 1, 1);
      for (int i = 0; i < first.length; i++) {
        assertThat(fast[i]).isCloseTo(first[i], within(1e-5));
      }
      double largest = Arrays.stream(drawn(reference, 1, 1, 1e-3)).max().orElseThrow();
      assertThat(largest).isGreaterThan(1 - 1e-9);
    }
  }
}
