package bandlimit.stream;

import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.backend.Backend;
import bandlimit.backend.cpu.CpuBackend;
import bandlimit.backend.cuda.Emulator;
import bandlimit.model.ModelSpec;
import bandlimit.model.Models;
import bandlimit.nn.Antialias;
import bandlimit.nn.Layer;
import bandlimit.tensor.Shape;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The zoo's networks of signals, streamed and window by window.
class SignalZooTest {
  /// The processor, and the emulated GPU where it was built.
  private static final List<Backend> MACHINES =
      Emulator.isBuilt() ? List.of(new CpuBackend(1), Emulator.open()) : List.of(new CpuBackend(1));

  @AfterAll
  static void close() {
    MACHINES.forEach(Backend::close);
  }

  private static ModelSpec spec(String name, int window) {
    var published = Models.entry(name).published();
    return published.withInput(Shape.of(1, window, published.input().at(2)));
  }

  private static StreamingPlan plan(ModelSpec spec, int hop) {
    return StreamingPlan.of(Models.create(spec), spec.input(), 1, hop, StreamingOptions.EXACT);
  }

  /// Trained with signal padding, each answers as full inference does with the samples before the
  /// window.
  @ParameterizedTest
  @CsvSource({
    "conv1d_ppg, 256, 320, 64, false",
    "conv1d_ppg, 256, 384, 128, true",
    "conv1d_eeg, 1024, 64, 256, false",
    "conv1d_eeg, 1024, 256, 64, true",
    "conv1d_acc, 96, 12, 36, false",
    "conv1d_beats, 160, 232, 40, false",
    "conv1d_beats, 160, 320, 80, true"
  })
  void answersAreThoseOfWindows(String name, int window, int context, int hop, boolean blurred) {
    var spec = spec(name, context + window).withContext(context);
    if (blurred) {
      spec = spec.withAntialias(new Antialias.Lowpass(5));
    }
    var network = Models.create(spec);
    var plan = plan(spec, hop);
    assertThat(plan.context()).isZero();
    assertThat(plan.delay()).isZero();
    int channels = plan.channels();
    var signal = Machine.noise(context + window + 3 * hop, channels, 2);
    List<Machine.Heard> processors = List.of();
    for (Backend backend : MACHINES) {
      var heard = Machine.stream(backend, plan, signal);
      var worst = new Worst();
      int compared = 0;
      try (var whole = new Machine.Whole(backend, network, context + window, channels)) {
        for (var answer : heard) {
          long from = answer.end() - window - context;
          if (from < 0) {
            continue; // columns of a beginning stream, which windows do not have
          }
          var expected = whole.of(Machine.part(signal, channels, from, answer.end()));
          int newest = expected.length - answer.values().length; // of a map, its last columns
          worst.add(Arrays.copyOfRange(expected, newest, expected.length), answer.values());
          compared++;
        }
      }
      assertThat(compared).isGreaterThanOrEqualTo(3);
      // the heart rate's attention and layer norm magnify what the maps differ by
      assertThat(worst.relative()).as(backend.name()).isLessThan(1e-5);
      processors = processors.isEmpty() ? heard : processors;
      var machines = new Worst();
      for (int i = 0; i < heard.size(); i++) {
        machines.add(processors.get(i).values(), heard.get(i).values());
      }
      assertThat(machines.relative()).as(backend.name()).isLessThan(2e-5);
    }
  }

  /// The maps before the head, of any signal and any hop.
  @ParameterizedTest
  @CsvSource({
    "conv1d_ppg, 256, 64, 0, 24, false",
    "conv1d_ppg, 256, 64, 0, 16, true",
    "conv1d_eeg, 1280, 1024, 0, 128, false",
    "conv1d_eeg, 1408, 1280, 256, 100, true",
    "conv1d_acc, 64, 16, 0, 12, false",
    "conv1d_beats, 160, 64, 0, 40, true"
  })
  void mapsAreThoseOfOnePass(
      String name, int frames, int window, int context, int hop, boolean blurred) {
    var spec = spec(name, window);
    spec = context > 0 ? spec.withContext(context) : spec;
    spec = blurred ? spec.withAntialias(new Antialias.Lowpass(5)) : spec;
    var maps = upTo(Models.create(spec), plan(spec, 64 * 16).border().getLast());
    var options = StreamingOptions.EXACT.allowingMisaligned();
    var plan = StreamingPlan.of(maps, spec.input(), 1, hop, options);
    int channels = plan.channels();
    var signal = Machine.noise(frames, channels, 3);
    for (Backend backend : MACHINES) {
      var expected = Machine.full(backend, maps, signal, channels);
      var worst = new Worst();
      for (var heard : Machine.stream(backend, plan, signal)) {
        int width = heard.values().length / (plan.chunk() / plan.stride());
        int skipped = (int) Math.max(0, -heard.firstColumn());
        var got = Arrays.copyOfRange(heard.values(), skipped * width, heard.values().length);
        int at = (int) (heard.firstColumn() + skipped) * width;
        worst.add(Arrays.copyOfRange(expected, at, at + got.length), got);
      }
      assertThat(worst.relative()).as(backend.name()).isLessThan(1e-6);
    }
  }

  /// The network as far as the last node of that path.
  private static Layer upTo(Layer network, String path) {
    return (scope, x) -> {
      network.build(scope, x);
      return scope.graph().nodes().stream()
          .filter(node -> node.path().equals(path))
          .reduce((a, b) -> b)
          .orElseThrow();
    };
  }

  /// Largest difference over the largest value.
  private static final class Worst {
    private double difference;
    private double largest;

    void add(double[] expected, double[] got) {
      assertThat(got).hasSameSizeAs(expected);
      for (int k = 0; k < got.length; k++) {
        difference = Math.max(difference, Math.abs(got[k] - expected[k]));
        largest = Math.max(largest, Math.abs(expected[k]));
      }
    }

    double relative() {
      return difference / largest; // NaN where nothing was compared
    }
  }

  @Test
  void whatThePublishedNetworksWaitFor() {
    var heart = plan(spec("conv1d_ppg", 256), 64);
    assertThat(heart.context()).isEqualTo(320);
    assertThat(heart.delay()).isZero();
    var eeg = plan(spec("conv1d_eeg", 1024), 256);
    assertThat(eeg.delay()).isEqualTo(64); // 21 samples, in whole columns
    assertThat(eeg.answersWindows()).isTrue();
    var acc = plan(spec("conv1d_acc", 960), 160);
    assertThat(acc.delay()).isEqualTo(6);
    assertThat(acc.border()).containsExactly("relu6");
    var beats = plan(spec("conv1d_beats", 1440), 40);
    assertThat(beats.answersWindows()).isFalse();
    assertThat(beats.border()).containsExactly("fc/sum");
  }
}
