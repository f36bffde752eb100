package bandlimit.config;

import static bandlimit.config.ConfigFileTest.SMALL;
import static bandlimit.config.ConfigFileTest.parse;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bandlimit.error.ConfigException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Every way to get a config wrong that we know of, with the report it must give: the cases are in
/// broken-configs.txt.
class BrokenConfigTest {
  private static final String APPENDED = "+++ small config, then\n";
  private static final String WHOLE = "+++ whole file\n";
  private static final String REPORT = "==>\n";

  private record Broken(String title, String file, String report) {}

  @TestFactory
  Stream<DynamicTest> everyMistakeHasItsPlaceAndItsHint() throws IOException {
    List<Broken> cases = cases();
    assertThat(cases).hasSizeGreaterThan(80);
    return cases.stream()
        .map(
            broken ->
                DynamicTest.dynamicTest(
                    broken.title,
                    () ->
                        assertThatThrownBy(() -> parse(broken.file))
                            .isInstanceOf(ConfigException.class)
                            .hasMessage(broken.report)));
  }

  /// The blocks of the file; `#` begins a remark between them.
  private static List<Broken> cases() throws IOException {
    String text;
    try (var stream = BrokenConfigTest.class.getResourceAsStream("broken-configs.txt")) {
      text = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    }
    List<Broken> cases = new ArrayList<>();
    for (String block : text.split("(?m)^(?=\\+\\+\\+ )")) {
      if (!block.startsWith("+++")) {
        continue;
      }
      boolean appended = block.startsWith(APPENDED);
      String body = block.substring(appended ? APPENDED.length() : WHOLE.length());
      int at = body.indexOf(REPORT);
      String yaml = body.substring(0, at);
      String report = body.substring(at + REPORT.length()).split("\n\n", 2)[0].strip();
      cases.add(
          new Broken(
              yaml.isBlank() ? "empty" : yaml.strip().replace("\n", " / "),
              appended ? SMALL + yaml : yaml,
              report.replaceAll("(?m)^", "c.yaml:")));
    }
    return cases;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          optimizer.lr       | --set optimizer.lr: expected key=value, like optimizer.lr=0.1
          =3                 | --set =3: expected key=value, like optimizer.lr=0.1
          optimizer..lr=3    | --set optimizer..lr=3: expected key=value, like optimizer.lr=0.1
          optimizer.lr=abc   | --set optimizer.lr=abc: optimizer.lr: expected a number, got the text "abc"
          optimizer.lr=0     | --set optimizer.lr=0: optimizer.lr: must be above 0, got 0
          optimizer.momentun=0.5 | --set optimizer.momentun=0.5: optimizer.momentun: unknown key; did you mean momentum?
          lr=0.1             | --set lr=0.1: lr: unknown key; did you mean optimizer.lr?
          seed.x=1           | --set seed.x=1: seed: expected a whole number, got a group of keys
          optimizer={lr: [   | --set optimizer={lr: [: not valid YAML: expected the node content, but found '<stream end>'
          model.name=        | c.yaml:1:1: model.name: is missing: network of the zoo; `bandlimit models` lists them
          device=gpu         | --set device=gpu: device: unknown value "gpu"; allowed: auto, cuda, cpu, reference, cuda-emulated; did you mean cuda?
          optimizer={lr: 1, lr: 2} | --set optimizer={lr: 1, lr: 2}: lr: duplicate key
          """)
  void aBadOverrideIsNamed(String override, String report) {
    assertThatThrownBy(() -> parse(SMALL, override)).hasMessage(report);
  }

  @Test
  void overridesAndFileAreReportedTogether() {
    assertThatThrownBy(() -> parse(SMALL + "sed: 1\n", "a", "train.epochs=0", "x=1"))
        .hasMessageContainingAll(
            "c.yaml:6:1: sed", "--set a:", "--set train.epochs=0:", "--set x=1")
        .satisfies(e -> assertThat(String.valueOf(e.getMessage()).lines()).hasSize(4));
  }

  /// The table proves nothing if the binder refuses everything.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          optimizer.lr=1
          optimizer.lr=.5
          optimizer.lr=1E-3
          seed=0
          seed=9223372036854775807
          seed=007
          log_interval=0x10
          model.dropout=0.999
          augment.flip=1
          augment.flip=0
          model.antialias={kind: lowpass, taps: 1}
          model.antialias={kind: lowpass, taps: 7}
          model.antialias={}
          model={name: x}
          resume=null
          schedule.warmup_epochs=10
          optimizer={<<: {lr: 3}, momentum: 0}
          shift.protocols=[]
          device=cuda-emulated
          checkpoint={monitor: eval/loss, mode: min}
          """)
  void theEdgesOfWhatIsAllowedBind(String override) {
    assertThat(parse(SMALL, override).variants()).hasSize(1);
  }

  @Test
  void theNearestNameIsNearButNotFar() {
    List<String> names = List.of("momentum", "nesterov", "lr");
    assertThat(Nearest.to("momentun", names)).contains("momentum");
    assertThat(Nearest.to("mometnum", names)).contains("momentum");
    assertThat(Nearest.to("NESTEROV", names)).contains("nesterov");
    assertThat(Nearest.to("weight", names)).isEmpty();
    assertThat(Nearest.distance("kitten", "sitting")).isEqualTo(3);
    assertThat(Nearest.distance("", "abc")).isEqualTo(3);
  }
}
