package bandlimit.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bandlimit.error.DataException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JsonLinesTest {
  @TempDir private Path folder;

  @Test
  void recordsAreVisibleAtOnceAndSurviveReopening() {
    Path file = folder.resolve("events.jsonl");
    try (var log = JsonLines.open(file)) {
      log.append(event(1));
      assertThat(JsonLines.read(file).records()).hasSize(1);
    }
    try (var log = JsonLines.open(file)) {
      log.append(event(2));
    }
    assertThat(file).hasContent("{\"t\":\"a\\nb\",\"step\":1}\n{\"t\":\"a\\nb\",\"step\":2}\n");
    assertThat(JsonLines.read(file).half()).isEmpty();
  }

  @Test
  void halfARecordIsReportedAndCutOffOnAppend() throws Exception {
    Path file = Files.writeString(folder.resolve("log"), "{\"step\":1}\n{\"step\":2");
    var content = JsonLines.read(file);
    assertThat(content.records()).hasSize(1);
    assertThat(content.half()).contains("{\"step\":2");
    try (var log = JsonLines.open(file)) {
      log.append(event(3));
    }
    assertThat(file).hasContent("{\"step\":1}\n{\"t\":\"a\\nb\",\"step\":3}\n");
  }

  @Test
  void aWholeRecordWithoutItsNewlineIsKept() throws Exception {
    Path file = Files.writeString(folder.resolve("log"), "{\"step\":1}\n{\"step\":2}");
    assertThat(JsonLines.read(file).records()).hasSize(2);
    assertThat(JsonLines.read(file).half()).isEmpty();
    try (var log = JsonLines.open(file)) {
      log.append(event(3));
    }
    assertThat(JsonLines.read(file).records()).hasSize(3);
  }

  @Test
  void aBadLineInTheMiddleIsAnErrorWithItsNumber() throws Exception {
    Path file = folder.resolve("log");
    Files.writeString(file, "{\"step\":1}\n{\"step\"\n{\"step\":3}\n", StandardOpenOption.CREATE);
    assertThatThrownBy(() -> JsonLines.read(file))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("log, line 2:");
    Files.writeString(file, "[1]\n");
    assertThatThrownBy(() -> JsonLines.read(file))
        .hasMessageContaining("line 1: is no JSON object");
  }

  private static SequencedMap<String, Object> event(int step) {
    var fields = new LinkedHashMap<String, Object>();
    fields.put("t", "a\nb");
    fields.put("step", step);
    return fields;
  }
}
