package bandlimit.structure;

import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.cli.Main;
import bandlimit.config.ConfigFile;
import bandlimit.data.Datasets;
import bandlimit.model.Models;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// README.md and docs/: what they name exists, and what they show runs.
class ReadmeTest {
  private static final Pattern VERB = Pattern.compile("(?<![\\w./-])(?:\\./)?bandlimit ([a-z]+)");
  private static final Pattern CONFIG = Pattern.compile("train-configs/([\\w.,{}-]+)\\.yaml");
  private static final Pattern SOURCE = Pattern.compile("[\\w-]+(?:/[\\w-]+)+\\.(?:java|md|css)");
  private static final Pattern OUTSIDE =
      Pattern.compile("(?<![\\w.~}/-])/(?:work|root|home|tmp|mnt)\\b");

  /// Where a source that a page names may start.
  private static final List<Path> STARTS =
      List.of(Path.of(""), Path.of("java/bandlimit"), Path.of("tests/bandlimit"), Path.of("docs"));

  @TempDir private Path folder;

  @Test
  void everyJavaSnippetOfTheReadmeIsCodeThatATestRuns() {
    Markdown readme = Markdown.read(Path.of("README.md"));
    List<String> tests = new ArrayList<>();
    JavaSource.below("tests").forEach(test -> tests.add(read(Path.of(test.path()))));
    assertThat(readme.blocks("java")).as("Java snippets").isNotEmpty();
    assertThat(notIn(tests, readme.blocks("java"))).isEmpty();
  }

  @Test
  void everyYamlExampleBinds() throws IOException {
    var known = new ConfigFile.KnownNames(List.copyOf(Models.names()), Datasets.names());
    for (String page : List.of("README.md", "docs/getting-started.md")) {
      List<String> examples = Markdown.read(Path.of(page)).blocks("yaml");
      assertThat(examples).as(page).isNotEmpty();
      for (String example : examples) {
        Path file = Files.writeString(folder.resolve("example.yaml"), example);
        assertThat(ConfigFile.load(file, List.of(), known).variants()).as(page).isNotEmpty();
      }
    }
  }

  @Test
  void everyLinkLeadsSomewhere() {
    assertThat(Markdown.all().stream().flatMap(page -> dead(page).stream()).toList()).isEmpty();
  }

  @Test
  void everyVerbIsRegistered() {
    Set<String> verbs = Main.verbs();
    assertThat(verbs).contains("train", "fit", "explain");
    assertThat(Markdown.all().stream().flatMap(page -> strange(page, verbs).stream()).toList())
        .isEmpty();
  }

  @Test
  void everyConfigAndSourceExists() {
    assertThat(Markdown.all().stream().flatMap(page -> missing(page).stream()).toList()).isEmpty();
  }

  @Test
  void noPageLeadsOutOfTheProject() {
    assertThat(Markdown.all().stream().flatMap(page -> outside(page).stream()).toList()).isEmpty();
  }

  // ---- each check finds what it is for ----

  @Test
  void aSnippetThatNoTestHoldsIsFoundWhateverItsIndentation() {
    String test = "class A {\n  void a() {\n    int b = 1;\n\n    c(b);\n  }\n}\n";
    assertThat(notIn(List.of(test), List.of("int b = 1;\nc(b);\n"))).isEmpty();
    assertThat(notIn(List.of(test), List.of("int b = 1;\nd(b);\n"))).hasSize(1);
    assertThat(notIn(List.of("int b = 1;\nx();\nc(b);\n"), List.of("int b = 1;\nc(b);\n")))
        .hasSize(1);
    assertThat(notIn(List.of("return x.c(b);\n"), List.of("c(b);\n"))).hasSize(1);
  }

  @Test
  void aDeadLinkIsFound() {
    String text =
        """
        [a](configs.md) [b](configs.md#every-key) [c](https://example.org/x) `[d](none.md)`
        <!-- [later](later.md) --> [e](none.md) [f](configs.md#no-such-key) [g](../../elsewhere)
        ![h](images/none.png) [i](../README.md#your-own-data)
        """;
    assertThat(dead(page(text)))
        .containsExactly(
            "docs/page.md links to none.md",
            "docs/page.md links to configs.md#no-such-key",
            "docs/page.md links to ../../elsewhere",
            "docs/page.md links to images/none.png");
  }

  @Test
  void anUnknownVerbIsFoundInCodeAndNotInProse() {
    String text =
        """
        In bandlimit anything goes; `bandlimit VERB`, `./bandlimit train x`, `bandlimit.data`.

            ./bandlimit levitate now

        ```
        ./bandlimit sing
        ```
        `bandlimit dance`
        """;
    assertThat(strange(page(text), Set.of("train")))
        .containsExactlyInAnyOrder(
            "docs/page.md names the verb levitate",
            "docs/page.md names the verb sing",
            "docs/page.md names the verb dance");
  }

  @Test
  void aMissingConfigOrSourceIsFound() {
    String text =
        """
        `train-configs/quickstart.yaml`, train-configs/cifar10-resnet20-{plain,bin3,bin9}.yaml,
        `graph/op/Op.java`, `graph/op/Levitate.java`, `tests/bandlimit/structure/ReadmeTest.java`
        """;
    assertThat(missing(page(text)))
        .containsExactly(
            "docs/page.md names train-configs/cifar10-resnet20-bin9.yaml",
            "docs/page.md names graph/op/Levitate.java");
  }

  @Test
  void aPathOutsideTheProjectIsFound() {
    assertThat(outside(page("in `/home/me/x`, ~/tmp/x, a/tmp/x, /usr/lib/jvm")))
        .containsExactly("docs/page.md names /home");
    assertThat(outside(page("`../shared/golden`"))).hasSize(1);
    assertThat(outside(page("data beside the\ncheckout, `../shared/golden`"))).isEmpty();
  }

  private static Markdown page(String text) {
    return Markdown.of(Path.of("docs/page.md"), text);
  }

  // ---- the checks ----

  private static List<String> notIn(List<String> files, List<String> snippets) {
    List<String> code = files.stream().map(ReadmeTest::bare).toList();
    return snippets.stream()
        .filter(snippet -> code.stream().noneMatch(file -> file.contains(bare(snippet))))
        .toList();
  }

  /// Lines without indentation and without blank ones, each between line ends.
  private static String bare(String code) {
    return code.lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty())
        .collect(Collectors.joining("\n", "\n", "\n"));
  }

  private static List<String> dead(Markdown page) {
    return page.links().stream()
        .filter(link -> !leadsSomewhere(page, link))
        .map(link -> page.path() + " links to " + link)
        .toList();
  }

  private static boolean leadsSomewhere(Markdown page, String link) {
    String[] parts = link.split("#", 2);
    Path target =
        parts[0].isEmpty() ? page.path() : page.path().resolveSibling(parts[0]).normalize();
    if (target.startsWith("..") || !Files.exists(target)) {
      return false;
    }
    return parts.length == 1 || Markdown.read(target).anchors().contains(parts[1]);
  }

  private static List<String> strange(Markdown page, Set<String> verbs) {
    return page.code().stream()
        .flatMap(code -> VERB.matcher(code).results())
        .map(use -> use.group(1))
        .filter(verb -> !verbs.contains(verb))
        .map(verb -> page.path() + " names the verb " + verb)
        .toList();
  }

  private static List<String> missing(Markdown page) {
    Stream<String> configs =
        CONFIG
            .matcher(page.text())
            .results()
            .flatMap(name -> alternatives(name.group(1)))
            .map(name -> "train-configs/" + name + ".yaml")
            .filter(name -> !Files.exists(Path.of(name)));
    Stream<String> sources =
        page.code().stream()
            .filter(code -> SOURCE.matcher(code).matches())
            .filter(name -> STARTS.stream().noneMatch(s -> Files.exists(s.resolve(name))));
    return Stream.concat(configs, sources).map(name -> page.path() + " names " + name).toList();
  }

  /// `a-{b,c}` is a-b and a-c.
  private static Stream<String> alternatives(String name) {
    int open = name.indexOf('{');
    int close = name.indexOf('}', open + 1);
    if (open < 0 || close < 0) {
      return Stream.of(name);
    }
    return Stream.of(name.substring(open + 1, close).split(",", -1))
        .flatMap(part -> alternatives(name.substring(0, open) + part + name.substring(close + 1)));
  }

  /// `../shared` is not part of the project; a page that names it says that it lies beside.
  private static List<String> outside(Markdown page) {
    List<String> found = new ArrayList<>();
    OUTSIDE
        .matcher(page.text())
        .results()
        .forEach(hit -> found.add(page.path() + " names " + hit.group()));
    boolean explained = page.text().replaceAll("\\s+", " ").contains("beside the checkout");
    if (page.text().contains("../shared") && !explained) {
      found.add(page.path() + " names ../shared without saying that it lies beside the checkout");
    }
    return found;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
