package bandlimit.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.graph.op.Scale;
import bandlimit.plan.Slot;
import bandlimit.plan.Step;
import bandlimit.tensor.DType;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Steps run together only where nothing in memory tells.
class GroupsTest {
  private static final Slot.Space ARENA = Slot.Space.ARENA;

  private final List<Step> steps = new ArrayList<>();
  private final List<Optional<String>> keys = new ArrayList<>();

  @Test
  void equalStepsRunWhereTheFirstDoes() {
    step("k", slot(0), slot(64));
    step("", slot(128), slot(192));
    step("k", slot(256), slot(320));
    assertThat(order()).containsExactly(List.of(0, 2), List.of(1));
  }

  @Test
  void otherKeysStayApart() {
    step("k", slot(0), slot(64));
    step("l", slot(128), slot(192));
    step("", slot(0), slot(256));
    step("", slot(0), slot(320));
    assertThat(order()).hasSize(4);
  }

  @Test
  void theFirstIsFetchedWhereTheSecondCannotMove() {
    step("k", slot(0), slot(64));
    step("", slot(128), slot(192));
    step("k", slot(192), slot(256)); // reads what the one between wrote
    assertThat(order()).containsExactly(List.of(1), List.of(0, 2));
  }

  @Test
  void aReadBetweenAfterTheWriteAndAWriteBeforeTheReadPreventIt() {
    step("k", slot(0), slot(64));
    step("", slot(64), slot(128)); // reads the first's result, so that one cannot wait
    step("k", slot(128), slot(192)); // reads that one's, so this one cannot come
    assertThat(order()).hasSize(3);
  }

  @Test
  void aWriteOverWhatTheStepsReadPreventsIt() {
    step("k", slot(0), slot(64));
    step("", slot(320), slot(0)); // over the first's operand
    step("k", slot(0), slot(192));
    assertThat(order()).hasSize(3);
  }

  @Test
  void twoWritesToOnePlacePreventIt() {
    step("k", slot(0), slot(64));
    step("", slot(64), slot(192));
    step("", slot(320), slot(64)); // over the first's result, once it has been read
    step("k", slot(64), slot(64));
    assertThat(order()).hasSize(4);
  }

  @Test
  void oneByteInCommonIsEnough() {
    step("k", slot(0), slot(64));
    step("", slot(64), slot(128));
    step("k", slot(256), new Slot(ARENA, 128 + 15, TensorType.of(DType.U8, 1)));
    assertThat(order()).hasSize(3);
    steps.removeLast();
    keys.removeLast();
    step("k", slot(256), new Slot(ARENA, 128 + 16, TensorType.of(DType.U8, 1)));
    assertThat(order()).hasSize(2);
  }

  @Test
  void scratchMemoryIsWritten() {
    step("k", slot(0), slot(64));
    steps.add(
        new Step("", new Scale(2), List.of(slot(64)), List.of(slot(192)), Optional.of(slot(256))));
    keys.add(Optional.empty());
    step("k", slot(256), slot(320)); // would read before the scratch is used: its operand is that
    assertThat(order()).hasSize(3);
  }

  @Test
  void membersMustNotNeedOneAnother() {
    step("k", slot(0), slot(64));
    step("k", slot(64), slot(128));
    step("k", slot(192), slot(64));
    assertThat(order()).hasSize(3);
  }

  @Test
  void inPlaceStepsMayRunTogetherAndOtherSpacesDoNotMeet() {
    step("k", slot(0), slot(0));
    step("", slot(128), new Slot(Slot.Space.STATE, 64, TensorType.f32(4)));
    step("k", slot(64), slot(64));
    assertThat(order()).containsExactly(List.of(0, 2), List.of(1));
  }

  /// Random plans over little memory: steps that touch one another's bytes keep their order.
  @Test
  void stepsThatMeetKeepTheirOrder() {
    var random = new Random(3);
    int grouped = 0;
    for (int round = 0; round < 400; round++) {
      steps.clear();
      keys.clear();
      for (int i = 0; i < 14; i++) {
        int key = random.nextInt(4);
        var out = List.of(slot(random.nextInt(60) * 8));
        var in = List.of(slot(random.nextInt(60) * 8), slot(random.nextInt(60) * 8));
        steps.add(new Step("s" + i, new Scale(2), in, out, Optional.empty()));
        keys.add(key == 0 ? Optional.empty() : Optional.of("k" + key));
      }
      var order = order();
      var place = new int[steps.size()];
      for (int at = 0; at < order.size(); at++) {
        for (int i : order.get(at)) {
          place[i] = at;
          assertThat(keys.get(i)).isEqualTo(keys.get(order.get(at).getFirst()));
        }
      }
      assertThat(order.stream().mapToInt(List::size).sum()).isEqualTo(steps.size());
      for (int a = 0; a < steps.size(); a++) {
        for (int b = a + 1; b < steps.size(); b++) {
          if (meet(steps.get(a), steps.get(b))) {
            assertThat(place[a]).isLessThan(place[b]);
          }
        }
      }
      grouped += steps.size() - order.size();
    }
    assertThat(grouped).isGreaterThan(400);
  }

  private static boolean meet(Step a, Step b) {
    return overlap(a.output(), b.output())
        || a.in().stream().anyMatch(in -> overlap(in, b.output()))
        || b.in().stream().anyMatch(in -> overlap(in, a.output()));
  }

  private static boolean overlap(Slot a, Slot b) {
    return Math.max(a.offset(), b.offset())
        < Math.min(a.offset() + a.type().bytes(), b.offset() + b.type().bytes());
  }

  /// 16 bytes.
  private static Slot slot(long offset) {
    return new Slot(ARENA, offset, TensorType.f32(4));
  }

  private void step(String key, Slot in, Slot out) {
    steps.add(
        new Step("s" + steps.size(), new Scale(2), List.of(in), List.of(out), Optional.empty()));
    keys.add(key.isEmpty() ? Optional.empty() : Optional.of(key));
  }

  private List<List<Integer>> order() {
    return Groups.of(steps, keys);
  }
}
