package bandlimit.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bandlimit.error.ConfigException;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigSchemaTest {
  private static final Path FOLDER = Path.of("train-configs");
  private static final Schema SCHEMA =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
          .getSchema(ConfigSchema.json(), InputFormat.JSON);

  static List<String> complaints(String yaml) {
    return SCHEMA.validate(yaml, InputFormat.YAML).stream().map(Object::toString).toList();
  }

  static Stream<Path> shipped() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files.filter(f -> f.toString().endsWith(".yaml")).sorted().toList().stream();
    }
  }

  @Test
  void theCommittedSchemaIsTheCurrentOne() throws IOException {
    Generated.matches(FOLDER.resolve("schema.json"), ConfigSchema.json());
  }

  @ParameterizedTest
  @MethodSource("shipped")
  void shippedConfigsBindAndSatisfyTheSchema(Path file) throws IOException {
    String text = Files.readString(file);
    assertThat(complaints(text)).isEmpty();
    assertThat(ConfigFile.load(file).variants())
        .isNotEmpty()
        .allSatisfy(
            variant -> {
              String resolved = variant.config().toYaml();
              assertThat(ConfigFileTest.config(resolved)).isEqualTo(variant.config());
              assertThat(complaints(resolved)).isEmpty();
            });
    List<String> lines = text.lines().toList();
    assertThat(lines.getFirst()).isEqualTo("# yaml-language-server: $schema=schema.json");
    assertThat(text).as("the header states cost and expectation").contains("# Cost:", "# Expect:");
  }

  @Test
  void aResolvedConfigSatisfiesTheSchema() {
    TrainConfig config =
        ConfigFileTest.config(
            ConfigFileTest.SMALL,
            "model.antialias={kind: lowpass}",
            "optimizer.name=adamw",
            "schedule={name: multistep, milestones: [3]}");
    assertThat(complaints(config.toYaml())).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "optimizer: {momentun: 0.9}",
        "optimizer: {name: adamw, momentum: 0.9}",
        "optimizer: {name: adam}",
        "device: gpu",
        "seed: 1.5",
        "seed: -1",
        "log_interval: '5'",
        "model: {antialias: {kind: lowpass, taps: 8}, name: m}",
        "model: {antialias: {kind: none, taps: 4}, name: m}",
        "model: {antialias: {kind: ideal, taps: 3}, name: m}",
        "model: {}",
        "ema: {decay: 1}",
        "schedule: {name: multistep}",
        "variants: [{set: {}}]",
        "variants: [{name: a, set: {optimizer.momentun: 1}}]",
        "variants: [{name: a, sets: {}}]",
      })
  void theSchemaRefusesWhatTheBinderRefuses(String line) {
    String good = ConfigFileTest.SMALL.replace("model:\n  name: resnet20\n", "");
    String model = line.startsWith("model") ? "" : "model: {name: resnet20}\n";
    assertThat(complaints(good + "model: {name: m}\n")).isEmpty();
    assertThat(complaints(good + model + line)).isNotEmpty();
    assertThatThrownBy(() -> ConfigFileTest.parse(good + model + line))
        .isInstanceOf(ConfigException.class);
  }
}
