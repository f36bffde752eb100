package bandlimit.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import bandlimit.backend.cuda.CudaOptions;
import bandlimit.backend.cuda.Emulator;
import bandlimit.backend.reference.ReferenceBackend;
import bandlimit.graph.op.MaxPool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The self-test's stream, on every machine that can run here.
class SmallStreamTest {
  @ParameterizedTest
  @MethodSource("bandlimit.conformance.Machines#all")
  void holdsOnEveryMachine(Machines.Machine machine) {
    try (var backend = machine.backend();
        var reference = new ReferenceBackend()) {
      assertThat(SmallStream.fromOnePass(backend)).isLessThan(machine.isDouble() ? 1e-30 : 1e-6);
      var answers = SmallStream.answers(backend);
      assertThat(SmallStream.answersOfTwo(backend)).isEqualTo(answers).isNotEmpty();
      assertThat(answers).containsExactly(SmallStream.answers(reference), within(1e-5));
    }
  }

  @Test
  void plainKernelsSayTheSame() {
    try (var fast = Emulator.open();
        var plain = Emulator.open(CudaOptions.DEFAULT.withFast(false))) {
      assertThat(SmallStream.answers(plain))
          .containsExactly(SmallStream.answers(fast), within(1e-5));
    }
  }

  /// A wrong column at the end of each map shows in a stream, which has more ends than one pass.
  @Test
  void aWrongKernelIsSeen() {
    try (var broken = TouchedBackend.broken(new ReferenceBackend(), MaxPool.class, 1e-3)) {
      assertThat(SmallStream.fromOnePass(broken)).isGreaterThan(1e-6);
    }
  }
}
