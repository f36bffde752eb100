package bandlimit.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bandlimit.backend.Backend;
import bandlimit.backend.cpu.CpuBackend;
import bandlimit.backend.cuda.Emulator;
import bandlimit.backend.reference.ReferenceBackend;
import bandlimit.error.CheckpointException;
import bandlimit.error.DataException;
import bandlimit.nn.Layer;
import bandlimit.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What a session does with what is pushed into it.
class StreamingSessionTest {
  private static final Backend CPU = new CpuBackend(1);

  /// Machines on which each sum has an order of its own, whatever streams run beside it; the
  /// processor cuts a batch into slabs.
  private static final List<Backend> EXACT =
      Emulator.isBuilt()
          ? List.of(new ReferenceBackend(), Emulator.open())
          : List.of(new ReferenceBackend());

  private static final Layer NET = Nets.averaged(Nets.sameMixture());
  private static final int C = 2;

  @AfterAll
  static void close() {
    CPU.close();
    EXACT.forEach(Backend::close);
  }

  static Stream<Named<Backend>> exact() {
    return EXACT.stream().map(backend -> Named.of(backend.name(), backend));
  }

  static Stream<Named<Backend>> all() {
    return Stream.concat(Stream.of(Named.of("cpu", CPU)), exact());
  }

  private static StreamingPlan plan(int streams, int hop) {
    return StreamingPlan.of(NET, Shape.of(1, 64, C), streams, hop, StreamingOptions.EXACT);
  }

  private static List<Machine.Heard> alone(float[] signal) {
    return alone(CPU, signal);
  }

  private static List<Machine.Heard> alone(Backend backend, float[] signal) {
    return Machine.stream(backend, plan(1, 16), signal);
  }

  private static double[] row(Machine.Heard heard, int stream) {
    return Arrays.copyOfRange(heard.values(), 2 * stream, 2 * stream + 2);
  }

  /// (N, frames, C) of N signals.
  private static float[] together(List<float[]> signals) {
    int each = signals.getFirst().length;
    var all = new float[each * signals.size()];
    for (int s = 0; s < signals.size(); s++) {
      System.arraycopy(signals.get(s), 0, all, s * each, each);
    }
    return all;
  }

  // ---- pushing ----

  @Test
  void theSizeOfPiecesDoesNotMatter() {
    var signal = Machine.noise(400, C, 1);
    try (var session = Machine.session(plan(1, 16), CPU, Missing.REFUSE)) {
      var atOnce = new ArrayList<Machine.Heard>();
      session.push(signal, answer -> atOnce.add(Machine.heard(answer)));
      assertThat(atOnce).usingRecursiveComparison().isEqualTo(alone(signal));
      // the first window is complete when what it waits for has come
      assertThat(atOnce.getFirst().received()).isEqualTo(80);
      assertThat(atOnce.getFirst().end()).isEqualTo(80 - session.plan().delay());
      session.reset();
      var segment = new ArrayList<Machine.Heard>();
      session.push(
          MemorySegment.ofArray(signal), 0, 400, answer -> segment.add(Machine.heard(answer)));
      assertThat(segment).usingRecursiveComparison().isEqualTo(atOnce);
    }
  }

  @ParameterizedTest
  @MethodSource("exact")
  void streamsOfABatchKnowNothingOfEachOther(Backend backend) {
    var signals = List.of(Machine.noise(320, C, 1), Machine.noise(320, C, 2));
    try (var session = Machine.session(plan(2, 16), backend, Missing.REFUSE)) {
      var both = new ArrayList<Machine.Heard>();
      session.push(together(signals), answer -> both.add(Machine.heard(answer)));
      for (int s = 0; s < 2; s++) {
        var own = alone(backend, signals.get(s));
        assertThat(both).hasSameSizeAs(own);
        for (int i = 0; i < own.size(); i++) {
          assertThat(row(both.get(i), s)).isEqualTo(own.get(i).values());
        }
      }
    }
  }

  @Test
  void wrongSizesAreErrors() {
    try (var session = Machine.session(plan(2, 16), CPU, Missing.REFUSE)) {
      assertThatThrownBy(() -> session.push(new float[6], answer -> {}))
          .hasMessage("6 numbers are no whole moments of 2 streams with 2 channels");
      assertThatThrownBy(() -> session.push(new float[8], 0, 3, answer -> {}))
          .hasMessageContaining("are 12 numbers, got 8");
      assertThatThrownBy(() -> session.gap(-1, answer -> {})).hasMessageContaining("-1");
      assertThat(session.received()).isZero();
    }
  }

  /// Once the compiler is through with it, a push allocates nothing.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void pushesSettleWithoutAllocations(boolean windows) {
    var net = windows ? NET : Nets.sameMixture();
    var plan = StreamingPlan.of(net, Shape.of(1, 64, C), 1, 16, StreamingOptions.EXACT);
    assertThat(plan.answersWindows()).isEqualTo(windows);
    var samples = Machine.noise(16, C, 1);
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    try (var session = Machine.session(plan, CPU, Missing.REFUSE)) {
      var seen = new long[1];
      StreamingSession.Sink sink = answer -> seen[0] = answer.received();
      long bytes = Long.MAX_VALUE;
      for (int i = 0; i < 400 && bytes > 0; i++) {
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int run = 0; run < 50; run++) {
          session.push(samples, 0, 16, sink);
        }
        bytes = threads.getCurrentThreadAllocatedBytes() - before;
      }
      assertThat(bytes).isZero();
      assertThat(seen[0]).isEqualTo(session.received());
    }
  }

  // ---- missing samples ----

  @Test
  void aNumberThatIsNoneIsRefusedWithItsPlace() {
    var signal = Machine.noise(100, C, 1);
    signal[2 * 41 + 1] = Float.NaN;
    try (var session = Machine.session(plan(1, 16), CPU, Missing.REFUSE)) {
      assertThatThrownBy(() -> session.push(signal, answer -> {}))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("stream 0, channel 1: sample 41 is no number");
      assertThat(session.received()).isEqualTo(32); // whole pieces before it
      assertThatThrownBy(() -> session.gap(3, answer -> {}))
          .hasMessageContaining("3 samples are missing from 32 on");
    }
  }

  @Test
  void holdRepeatsTheLastValue() {
    var signal = Machine.noise(200, C, 1);
    var held = signal.clone();
    for (int i = 50; i < 60; i++) {
      held[2 * i] = held[2 * 49];
      held[2 * i + 1] = held[2 * 49 + 1];
    }
    var expected = alone(held);
    try (var session = Machine.session(plan(1, 16), CPU, Missing.HOLD)) {
      var heard = new ArrayList<Machine.Heard>();
      session.push(signal, 0, 50, answer -> heard.add(Machine.heard(answer)));
      session.gap(10, answer -> heard.add(Machine.heard(answer)));
      session.push(signal, 120, 140, answer -> heard.add(Machine.heard(answer)));
      assertThat(heard).usingRecursiveComparison().isEqualTo(expected);

      var broken = signal.clone();
      Arrays.fill(broken, 100, 120, Float.NEGATIVE_INFINITY);
      session.reset();
      heard.clear();
      session.push(broken, answer -> heard.add(Machine.heard(answer)));
      assertThat(heard).usingRecursiveComparison().isEqualTo(expected);
    }
  }

  @Test
  void aGapMayBeginAnotherSignal() {
    var signal = Machine.noise(300, C, 1);
    try (var session = Machine.session(plan(1, 16), CPU, Missing.RESET)) {
      var heard = new ArrayList<Machine.Heard>();
      session.push(signal, 0, 90, answer -> {});
      session.gap(1000, answer -> {});
      session.push(signal, 0, 300, answer -> heard.add(Machine.heard(answer)));
      var own = alone(signal);
      assertThat(heard).hasSameSizeAs(own);
      for (int i = 0; i < own.size(); i++) {
        assertThat(heard.get(i).values()).isEqualTo(own.get(i).values());
        assertThat(heard.get(i).end()).isEqualTo(own.get(i).end() + 1090); // time goes on
      }
    }
  }

  /// One stream of two loses a sample: it begins anew with the next chunk, the other does not
  /// notice.
  @ParameterizedTest
  @MethodSource("exact")
  void aStreamResetsAlone(Backend backend) {
    var first = Machine.noise(320, C, 1);
    var second = Machine.noise(320, C, 2);
    var rest = Arrays.copyOfRange(second, 2 * 112, second.length);
    second[2 * 100] = Float.NaN; // in the chunk from 96 to 111
    try (var session = Machine.session(plan(2, 16), backend, Missing.RESET)) {
      var heard = new ArrayList<Machine.Heard>();
      var valid = new ArrayList<Boolean>();
      session.push(
          together(List.of(first, second)),
          answer -> {
            heard.add(Machine.heard(answer));
            assertThat(answer.isValid(0)).isTrue();
            valid.add(answer.isValid(1));
          });
      var own = alone(backend, first);
      var anew = alone(backend, rest);
      for (int i = 0; i < heard.size(); i++) {
        assertThat(row(heard.get(i), 0)).isEqualTo(own.get(i).values());
      }
      assertThat(valid)
          .isEqualTo(
              List.of(
                  true, true, false, false, false, false, false, true, true, true, true, true, true,
                  true, true, true));
      int k = valid.lastIndexOf(false) + 1;
      for (var one : anew) {
        assertThat(row(heard.get(k++), 1)).isEqualTo(one.values());
      }
      session.reset(1);
      session.push(Machine.noise(32, C, 3), answer -> assertThat(answer.isValid(1)).isFalse());
    }
  }

  /// Columns are counted from the beginning of their own stream.
  @Test
  void columnsOfAStreamThatResetAloneAreCountedAnew() {
    var plan =
        StreamingPlan.of(Nets.sameMixture(), Shape.of(1, 64, C), 2, 16, StreamingOptions.EXACT);
    var signal = together(List.of(Machine.noise(160, C, 1), Machine.noise(160, C, 2)));
    var numbers = new ArrayList<List<Long>>();
    List.of(new ArrayList<Long>(), new ArrayList<Long>()).forEach(numbers::add);
    try (var session = Machine.session(plan, CPU, Missing.HOLD)) {
      StreamingSession.Sink sink =
          answer -> {
            numbers.get(0).add(answer.firstColumn(0));
            numbers.get(1).add(answer.firstColumn(1));
          };
      session.push(signal, sink);
      assertThat(numbers.get(1)).isEqualTo(numbers.get(0)).isNotEmpty();
      long later = numbers.get(0).getLast();
      long first = -plan.answerDelay();
      session.reset(1);
      session.push(together(List.of(Machine.noise(16, C, 3), Machine.noise(16, C, 4))), sink);
      assertThat(numbers.get(0).getLast())
          .isEqualTo(later + plan.chunk() / plan.answerRate())
          .isPositive();
      assertThat(numbers.get(1).getLast()).isEqualTo(first);
    }
  }

  // ---- snapshots ----

  @ParameterizedTest
  @MethodSource("all")
  void aSnapshotGoesOnToTheBit(Backend backend) {
    for (int cut : new int[] {3, 70, 203}) { // within the start, within a chunk
      var signal = Machine.noise(300, C, 1);
      byte[] snapshot;
      try (var session = Machine.session(plan(1, 16), backend, Missing.HOLD)) {
        session.push(signal, 0, cut, answer -> {});
        snapshot = session.snapshot();
        var heard = new ArrayList<Machine.Heard>();
        session.push(signal, 2 * cut, 300 - cut, answer -> heard.add(Machine.heard(answer)));
        try (var other = Machine.session(plan(1, 16), backend, Missing.HOLD)) {
          other.push(Machine.noise(37, C, 9), answer -> {});
          other.restore(snapshot);
          assertThat(other.snapshot()).isEqualTo(snapshot);
          var again = new ArrayList<Machine.Heard>();
          other.push(signal, 2 * cut, 300 - cut, answer -> again.add(Machine.heard(answer)));
          assertThat(again).usingRecursiveComparison().isEqualTo(heard);
        }
      }
    }
  }

  @Test
  void aSnapshotOfSomethingElseIsRefused() {
    try (var session = Machine.session(plan(1, 16), CPU, Missing.HOLD);
        var wider = Machine.session(plan(1, 32), CPU, Missing.HOLD);
        var untrained = StreamingSession.open(plan(1, 16), CPU, Missing.HOLD, executable -> {})) {
      var snapshot = session.snapshot();
      refused(wider, snapshot, "another network, window, hop or number of streams");
      refused(untrained, snapshot, "other weights");
      refused(session, Arrays.copyOf(snapshot, snapshot.length - 1), "damaged or cut off");
      refused(session, new byte[100], "no snapshot of a stream");
      var later = snapshot.clone();
      later[8] = 2;
      refused(session, later, "has format 2");
      var flipped = snapshot.clone();
      flipped[60] ^= 1;
      refused(session, flipped, "damaged");
    }
  }

  private static void refused(StreamingSession session, byte[] snapshot, String why) {
    assertThatThrownBy(() -> session.restore(snapshot))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(why);
  }

  @Test
  void memoryOfAStreamIsCounted() {
    try (var one = Machine.session(plan(1, 16), CPU, Missing.HOLD);
        var three = Machine.session(plan(3, 16), CPU, Missing.HOLD)) {
      assertThat(one.bytesPerStream()).isEqualTo(three.bytesPerStream()).isBetween(500L, 5000L);
    }
  }
}
