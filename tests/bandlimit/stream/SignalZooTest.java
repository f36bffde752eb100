package bandlimit.stream;

import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.backend.Backend;
import bandlimit.backend.cpu.CpuBackend;
import bandlimit.backend.cuda.Emulator;
import bandlimit.model.ModelSpec;
import bandlimit.model.Models;
import bandlimit.nn.Antialias;
import bandlimit.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The zoo's networks of signals, streamed and window by window.
class SignalZooTest {
  private static final Backend CPU = new CpuBackend(1);
  private static final List<Backend> EMULATED =
      Emulator.isBuilt() ? List.of(Emulator.open()) : List.of();

  @AfterAll
  static void close() {
    CPU.close();
    EMULATED.forEach(Backend::close);
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
    for (Backend b : List.of(CPU, EMULATED.getFirst())) {
      long t0 = System.nanoTime();
      compare(b, name, window, context, hop, blurred);
      System.out.println(b.name() + " " + name + " s " + (System.nanoTime() - t0) / 1e9);
    }
  }

  private void compare(Backend CPU, String name, int window, int context, int hop, boolean blurred) {
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
    double worst = 0;
    double largest = 0;
    int compared = 0;
    try (var whole = new Machine.Whole(CPU, network, context + window, channels)) {
      for (var heard : Machine.stream(CPU, plan, signal)) {
        long from = heard.end() - window - context;
        if (from < 0) {
          continue; // columns of a beginning stream, which windows do not have
        }
        var expected = whole.of(Machine.part(signal, channels, from, heard.end()));
        int at = expected.length - heard.values().length; // of a map, its newest columns
        for (int k = 0; k < heard.values().length; k++) {
          worst = Math.max(worst, Math.abs(heard.values()[k] - expected[at + k]));
          largest = Math.max(largest, Math.abs(expected[at + k]));
        }
        compared++;
      }
    }
    System.out.println("worst " + worst / largest);
    assertThat(compared).isGreaterThanOrEqualTo(3);
    // the heart rate's attention and layer norm magnify what the maps differ by, 1e-6 at most
    assertThat(worst / largest).isLessThan(1e-5);
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
