package bandlimit.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bandlimit.error.DataException;
import bandlimit.error.OutputException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

class ReportTest {
  @TempDir static Path shared;
  private static List<Path> runs = List.of();

  @BeforeAll
  static void makeRuns() {
    runs = RunFolders.write(shared);
  }

  /// Parses the page as XML: every element closed, every value escaped.
  private static Document parse(String page) {
    try {
      return DocumentBuilderFactory.newInstance()
          .newDocumentBuilder()
          .parse(
              new ByteArrayInputStream(
                  page.replace("<!DOCTYPE html>", "").getBytes(StandardCharsets.UTF_8)));
    } catch (Exception e) {
      throw new AssertionError("the page is not well-formed", e);
    }
  }

  private static List<Element> elements(Document page, String tag) {
    var found = new ArrayList<Element>();
    var nodes = page.getElementsByTagName(tag);
    for (int i = 0; i < nodes.getLength(); i++) {
      found.add((Element) nodes.item(i));
    }
    return found;
  }

  private static Path copy(Path run, Path to, String... left) throws IOException {
    Path copy = Files.createDirectory(to.resolve(run.getFileName()));
    for (String name : left) {
      Files.copy(run.resolve(name), copy.resolve(name));
    }
    return copy;
  }

  @Test
  void showsEveryPart() {
    String page = Report.of(runs);
    Document document = parse(page);
    assertThat(elements(document, "h2"))
        .extracting(Element::getTextContent)
        .containsExactly(
            "Results",
            "Training",
            "Events",
            "Streaming",
            "Shifts",
            "Certificate",
            "Samples",
            "Layers",
            "Config",
            "Definitions",
            "Environment");
    assertThat(elements(document, "figcaption"))
        .extracting(Element::getTextContent)
        .contains("Largest change of a logit")
        .contains("Events found and true", "Time from a hop's last sample to its answer")
        .contains("plain: the first channel", "bin5: the first channel", "plain: output \"event\"")
        .contains("Training loss", "Learning rate", "Consistency of two random shifts")
        .contains("Consistency by the relative shift's divisibility");
    assertThat(elements(document, "img")).hasSize(6);
    assertThat(page)
        .contains("model.antialias.taps")
        .contains("Consistency, crop-reflect4-shared")
        .contains("exact McNemar")
        .contains("Example CPU")
        .contains("layer1.0.conv1");
    assertThat(page).doesNotContain("class=\"note\"");
  }

  @Test
  void everyChartHasATitleAndWords() {
    var charts =
        elements(parse(Report.of(runs)), "svg").stream()
            .filter(svg -> !svg.getAttribute("class").equals("swatch"))
            .toList();
    assertThat(charts).hasSizeGreaterThan(12);
    for (Element chart : charts) {
      assertThat(chart.getAttribute("role")).isEqualTo("img");
      assertThat(chart.getAttribute("aria-label")).isNotEmpty();
      assertThat(chart.getElementsByTagName("desc").item(0).getTextContent())
          .containsPattern("plain|bin5");
    }
  }

  @Test
  void loadsNothingFromElsewhere() {
    String page = Report.of(runs);
    assertThat(page).doesNotContain("http").doesNotContain("<script").doesNotContain("url(");
    for (Element image : elements(parse(page), "img")) {
      assertThat(image.getAttribute("src")).startsWith("data:image/png;base64,");
    }
    for (Element link : elements(parse(page), "a")) {
      assertThat(page).contains("id=\"" + link.getAttribute("href").substring(1) + "\"");
    }
  }

  @Test
  void noCoordinateIsBroken() {
    assertThat(
            Pattern.compile("=\"[^\"]*(NaN|Infinity|null)[^\"]*\"")
                .matcher(Report.of(runs).replaceAll("base64,[^\"]*", ""))
                .find())
        .isFalse();
  }

  @Test
  void isTheSameForTheSameRuns() {
    assertThat(Report.of(runs)).isEqualTo(Report.of(runs));
  }

  @Test
  void aSingleRunIsComparedWithNothing() {
    String page = Report.of(runs.subList(0, 1));
    parse(page);
    assertThat(page).doesNotContain("McNemar tests.").doesNotContain("Keys in which");
  }

  @Test
  void aRunThatHasJustBegunIsShownWithWhatIsMissing(@TempDir Path folder) throws IOException {
    Path begun = copy(runs.getFirst(), folder, "config.yaml");
    String page = Report.of(List.of(begun, runs.get(1)));
    parse(page);
    assertThat(page)
        .contains("0 of 8 epochs")
        .contains("there is no summary.csv")
        .contains("there is no shift.json");
    page = Report.of(List.of(begun));
    parse(page);
    assertThat(page).contains("No run has finished an epoch yet").contains("bandlimit eval");
  }

  @Test
  void runsAreNamedByWhatTellsThemApart(@TempDir Path folder) throws IOException {
    var names = new ArrayList<List<String>>();
    for (List<String> paths :
        List.of(
            List.of("e/2026-plain", "e/2026-bin3"),
            List.of("cifar-plain/seed1", "cifar-bin3/seed1"),
            List.of("cifar-plain/seed1", "cifar-bin3/seed1", "cifar-bin3/seed2"),
            List.of("e/same"),
            List.of("e/same", "e/same"))) {
      var runs = new ArrayList<Run>();
      for (String path : paths) {
        Path run = Files.createDirectories(folder.resolve(path));
        Files.writeString(run.resolve("config.yaml"), "experiment: e\n");
        runs.add(Run.read(run));
      }
      names.add(Labels.of(runs));
    }
    assertThat(names)
        .containsExactly(
            List.of("plain", "bin3"),
            List.of("plain", "bin3"),
            List.of("plain/seed1", "bin3/seed1", "bin3/seed2"),
            List.of("same"),
            List.of("e/same", "e/same (2)"));
  }

  @Test
  void aDivergedRunIsShown(@TempDir Path folder) throws IOException {
    Path broken = copy(runs.getFirst(), folder, "config.yaml", "env.json");
    Files.writeString(
        broken.resolve("summary.csv"),
        "epoch,train_loss,eval_loss,eval_top1,eval_top5,lr\n1,2.1,2.2,20,80,0.1\n"
            + "2,1e400,Infinity,10,50,0.1\n3,NaN,,,,0.1\n4,5");
    String page = Report.of(List.of(broken));
    parse(page);
    assertThat(page)
        .contains(">NaN<")
        .contains(">∞<")
        .contains("20.0\u202f%")
        .contains("3 of 8 epochs");
  }

  @Test
  void aDamagedPartIsNamedAndTheRestShown(@TempDir Path folder) throws IOException {
    Path damaged = copy(runs.getFirst(), folder, "config.yaml", "summary.csv", "layers.json");
    Files.writeString(damaged.resolve("shift.json"), "{\"format\": 1, \"dataset\": <b>");
    String page = Report.of(List.of(damaged));
    parse(page);
    assertThat(page).contains("Shifts were not evaluated: ").contains("shift.json:1:");
    assertThat(page).contains("layer1.0.conv1");
  }

  @Test
  void textFromFilesIsEscaped(@TempDir Path folder) throws IOException {
    Path run = copy(runs.getFirst(), folder, "summary.csv");
    Files.writeString(
        run.resolve("config.yaml"),
        "experiment: \"<script>alert('x')</script> & \\\"more\\\"\"\ntrain: {epochs: 8}\n");
    String page = Report.of(List.of(run));
    assertThat(page).doesNotContain("<script>");
    assertThat(elements(parse(page), "h1").getFirst().getTextContent())
        .isEqualTo("<script>alert('x')</script> & \"more\"");
  }

  @Test
  void aFolderWithoutARunIsRefused(@TempDir Path folder) {
    assertThatThrownBy(() -> Report.of(List.of(folder)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("no config.yaml");
    assertThatThrownBy(() -> Report.of(List.of(folder.resolve("absent"))))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("no such run folder");
  }

  @Test
  void writesTheFileOrSaysWhyNot(@TempDir Path folder) throws IOException {
    Path out = folder.resolve("report.html");
    Report.write(runs, out);
    assertThat(Files.readString(out)).isEqualTo(Report.of(runs));
    assertThatThrownBy(() -> Report.write(runs, folder.resolve("absent").resolve("report.html")))
        .isInstanceOf(OutputException.class);
  }
}
