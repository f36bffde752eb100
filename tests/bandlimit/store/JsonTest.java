package bandlimit.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bandlimit.error.CheckpointException;
import bandlimit.error.DataException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonTest {
  @TempDir private Path folder;

  record State(int version, double loss, List<Long> streams, Map<String, Float> more) {}

  @Test
  void aRecordIsReadBackAsItWas() {
    var state = new State(1, 0.1 + 0.2, List.of(Long.MAX_VALUE, -1L), Map.of("a", 0.1f));
    Path file = folder.resolve("state.json");
    Json.write(file, state);
    assertThat(Json.read(file, State.class, CheckpointException::new)).isEqualTo(state);
    assertThat(Json.line(state))
        .isEqualTo(
            "{\"version\":1,\"loss\":0.30000000000000004,"
                + "\"streams\":[9223372036854775807,-1],\"more\":{\"a\":0.1}}");
  }

  record Grown(int version, java.util.Optional<String> name) {}

  @Test
  void whatCameLaterMayBeMissingInAnOlderFile() throws java.io.IOException {
    Path file = Files.writeString(folder.resolve("old.json"), "{\"version\":1}");
    assertThat(Json.read(file, Grown.class, List.of("name"), DataException::new))
        .isEqualTo(new Grown(1, java.util.Optional.empty()));
    assertThatThrownBy(() -> Json.read(file, Grown.class, DataException::new))
        .isInstanceOf(DataException.class);
  }

  @Test
  void mapsAreSortedAndSequencedFieldsKeepTheirOrder() {
    var map = new HashMap<String, Integer>();
    var fields = new LinkedHashMap<String, Object>();
    for (String key : "t event epoch train/loss lr".split(" ")) {
      map.put(key, 1);
      fields.put(key, 1);
    }
    assertThat(Json.line(map))
        .isEqualTo("{\"epoch\":1,\"event\":1,\"lr\":1,\"t\":1,\"train/loss\":1}");
    assertThat(Json.line(Json.object(fields)))
        .isEqualTo("{\"t\":1,\"event\":1,\"epoch\":1,\"train/loss\":1,\"lr\":1}");
  }

  @Test
  void numbersWithoutAJsonFormBecomeStrings() {
    assertThat(Json.line(List.of(Double.NaN, Float.POSITIVE_INFINITY)))
        .isEqualTo("[\"NaN\",\"Infinity\"]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {"version":1,"loss":2,"streams":[]}                                     | more
          {"version":1,"loss":2,"streams":[],"more":{},"odd":3}                   | odd
          {"version":1,"version":1,"loss":2,"streams":[],"more":{}}               | uplicate
          {"version":"one","loss":2,"streams":[],"more":{}}                       | one
          {"version":1,"loss":2,"streams":null,"more":{}}                         | streams
          {"version":1,"loss":2,"streams":[],"more":{}} x                         | x
          {"version":1,"loss":2,                                                  | end-of-input
          """)
  void badFilesAreNamedWithTheirPlace(String text, String problem) throws Exception {
    Path file = Files.writeString(folder.resolve("state.json"), "\n" + text);
    assertThatThrownBy(() -> Json.read(file, State.class, CheckpointException::new))
        .isInstanceOf(CheckpointException.class)
        .hasMessageMatching("(?s).*state[.]json(:2:[0-9]+)?: .*")
        .hasMessageContaining(problem)
        .extracting(Throwable::getMessage, org.assertj.core.api.InstanceOfAssertFactories.STRING)
        .hasLineCount(1);
  }

  @Test
  void missingAndEmptyFilesAreNamed() throws Exception {
    assertThatThrownBy(() -> Json.read(folder.resolve("none"), DataException::new))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("none: cannot be read: no such file");
    Path empty = Files.writeString(folder.resolve("empty"), " ");
    assertThatThrownBy(() -> Json.read(empty, DataException::new))
        .hasMessageContaining("empty, expected JSON");
    assertThatThrownBy(
            () -> Json.parse("[1,]".getBytes(StandardCharsets.UTF_8), "x", DataException::new))
        .hasMessageStartingWith("x:1:");
  }
}
