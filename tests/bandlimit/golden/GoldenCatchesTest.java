package bandlimit.golden;

import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.backend.reference.ReferenceBackend;
import bandlimit.store.Safetensors;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.Shape;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The golden test's negative controls: files that must not pass, and how each says why.
class GoldenCatchesTest {
  private static final Shape SHAPE = Shape.of(1, 1, 2, 2);
  private static final Machine MACHINE = new Machine(new ReferenceBackend(), true);

  @TempDir private Path directory;
  private final Map<String, HostTensor> tensors = new LinkedHashMap<>();

  @Test
  void theRightNumbersPass() {
    relu("c/", 0, 1, 2, 0);
    assertThat(failures("{\"op\":\"relu\"}")).isEmpty();
  }

  @Test
  void aWrongNumberIsNamedWithItsPlace() {
    relu("c/", 0, 1, 2.5, 0);
    assertThat(failures("{\"op\":\"relu\"}"))
        .singleElement()
        .asString()
        .contains("y on reference: element [0, 0, 1, 0]", "expected 2.5", "got 2.0");
  }

  @Test
  void anErrorOfTheTenthDigitIsCaughtInDouble() {
    relu("c/", 0, 1, 2 * (1 + 1e-10), 0);
    assertThat(failures("{\"op\":\"relu\"}")).hasSize(1);
    var single = new Machine(MACHINE.backend(), false);
    assertThat(Golden.failures(golden("{\"op\":\"relu\"}"), List.of(single))).isEmpty();
  }

  @Test
  void anUnknownOpIsAFailure() {
    relu("c/", 0, 1, 2, 0);
    assertThat(failures("{\"op\":\"swish\"}"))
        .anyMatch(text -> text.contains("cannot interpret op: swish"))
        .anyMatch(text -> text.contains("y: a result that was not compared"));
  }

  @Test
  void anOptionThatIsMissingOrUnknownIsAFailure() {
    relu("c/", 0, 1, 2, 0);
    assertThat(failures("{\"op\":\"maxpool\"}"))
        .anyMatch(text -> text.contains("has no kernel among its options"));
    assertThat(failures("{\"op\":\"lowpass\",\"taps\":3,\"padding_mode\":\"mirror\"}"))
        .anyMatch(text -> text.contains("cannot interpret padding_mode: mirror"));
    assertThat(failures("{\"op\":\"lowpass\",\"taps\":\"three\"}"))
        .anyMatch(text -> text.contains("taps must be a whole number, got \"three\""));
  }

  @Test
  void aCaseWithoutAnOpIsAFailure() {
    relu("c/", 0, 1, 2, 0);
    assertThat(Golden.failures(golden("{\"kind\":\"relu\"}"), List.of(MACHINE)))
        .anyMatch(text -> text.contains("has no op among its options"));
    assertThat(Golden.failures(golden("no json"), List.of(MACHINE))).isNotEmpty();
  }

  @Test
  void aResultThatNothingIsComparedWithIsAFailure() {
    relu("c/", 0, 1, 2, 0);
    tensors.put("c/gz", HostTensor.of(SHAPE, 1.0, 2, 3, 4));
    assertThat(failures("{\"op\":\"relu\"}"))
        .containsExactly("gz: a result that was not compared with anything");
  }

  @Test
  void tensorsWithoutACaseAreFound() {
    relu("c/", 0, 1, 2, 0);
    relu("stray/", 0, 1, 2, 0);
    assertThat(golden("{\"op\":\"relu\"}").file().unexplained()).containsExactly("stray");
  }

  /// Every recorded operation is here by now; an unknown one is an error, not something to wait
  /// for.
  @Test
  void nothingWaits() {
    relu("c/", 0, 1, 2, 0);
    for (var op : List.of("relu", "ideal_up", "alias_free_norm", "swish")) {
      assertThat(Golden.notYet(golden("{\"op\":\"%s\"}".formatted(op)))).isEmpty();
    }
  }

  /// A case of relu with the x -1 1 2 -3, the gradient 1 2 3 4 and this result.
  private void relu(String prefix, double... y) {
    tensors.put(prefix + "x", HostTensor.of(SHAPE, -1f, 1, 2, -3));
    tensors.put(prefix + "gy", HostTensor.of(SHAPE, 1f, 2, 3, 4));
    tensors.put(prefix + "y", HostTensor.of(SHAPE, y));
    tensors.put(prefix + "gx", HostTensor.of(SHAPE, 0.0, 2, 3, 0));
  }

  private List<String> failures(String json) {
    return Golden.failures(golden(json), List.of(MACHINE));
  }

  private GoldenCase golden(String json) {
    var path = directory.resolve("made.safetensors");
    Safetensors.write(path, tensors, Map.of("c", json, "libtorch", "none"));
    return GoldenFile.open(path).cases().getFirst();
  }
}
