package bandlimit.cli;

import static bandlimit.cli.Program.TINY;
import static bandlimit.cli.Program.run;
import static bandlimit.cli.Program.write;
import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.error.DataException;
import bandlimit.store.Json;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PredictTest {
  @TempDir private static Path temp;
  private static Path trained = Path.of("");
  private static Path images = Path.of("");

  @BeforeAll
  static void trainAndDraw() throws IOException {
    var tiny = write(temp, "tiny.yaml", TINY);
    run("train", tiny, "--run", "r", "--output-dir", temp).succeeds();
    trained = temp.resolve("tiny/r");
    images = Files.createDirectories(temp.resolve("images/deep"));
    images = temp.resolve("images");
    draw(images.resolve("a.png"), 16, 16, BufferedImage.TYPE_INT_RGB);
    draw(images.resolve("b.jpg"), 50, 30, BufferedImage.TYPE_INT_RGB);
    draw(images.resolve("deep/grey.jpeg"), 9, 17, BufferedImage.TYPE_BYTE_GRAY);
    write(images, "notes.txt", "no picture");
  }

  private static void draw(Path file, int width, int height, int type) throws IOException {
    var image = new BufferedImage(width, height, type);
    for (int x = 0; x < width; x++) {
      image.setRGB(x, x * height / width, 0xff8040);
    }
    var format = file.toString().endsWith("png") ? "png" : "jpg";
    assertThat(ImageIO.write(image, format, file.toFile())).isTrue();
  }

  @Test
  void aFileIsOneLineOfClasses() {
    var said = run("predict", trained, images.resolve("a.png"), "--top", "2").succeeds();
    assertThat(said.out().strip())
        .matches("\\Q" + images.resolve("a.png") + "\\E  \\w+ 0\\.\\d{4}, \\w+ 0\\.\\d{4}");
    assertThat(said.err()).isEmpty();
  }

  @Test
  void aFolderIsReadInOrderAndWhatIsNoPictureLeftOut() {
    var said = run("predict", trained.resolve("checkpoints/last"), images).succeeds();
    assertThat(said.out().lines().map(l -> l.substring(0, l.indexOf("  "))))
        .containsExactly(
            images.resolve("a.png").toString(),
            images.resolve("b.jpg").toString(),
            images.resolve("deep/grey.jpeg").toString());
  }

  @Test
  void jsonLinesNameEveryClassOnce() {
    var said = run("predict", trained, images, "--json", "--top", "99").succeeds();
    assertThat(said.out().lines()).hasSize(3);
    said.out()
        .lines()
        .forEach(
            line -> {
              var json =
                  Json.parse(line.getBytes(StandardCharsets.UTF_8), "stdout", DataException::new);
              assertThat(json.path("top").size()).isEqualTo(10);
              double sum = 0;
              double before = 1;
              for (var candidate : json.path("top")) {
                assertThat(candidate.path("probability").asDouble()).isLessThanOrEqualTo(before);
                before = candidate.path("probability").asDouble();
                sum += before;
              }
              assertThat(sum).isCloseTo(1, org.assertj.core.data.Offset.offset(1e-5));
            });
  }

  @Test
  void aDashReadsNamesFromStandardInput() {
    var names = images.resolve("b.jpg") + "\n\n" + images.resolve("a.png") + "\n";
    var stdin = System.in;
    System.setIn(new ByteArrayInputStream(names.getBytes(StandardCharsets.UTF_8)));
    try {
      var said = run("predict", trained, "-").succeeds();
      assertThat(said.out().lines().toList())
          .containsExactlyInAnyOrderElementsOf(
              run("predict", trained, images).out().lines().limit(2).toList())
          .first()
          .asString()
          .startsWith(images.resolve("b.jpg").toString());
    } finally {
      System.setIn(stdin);
    }
  }

  @Test
  void aBrokenImageIsNamedAfterTheAnswersBeforeIt() throws IOException {
    var folder = Files.createDirectories(temp.resolve("broken"));
    draw(folder.resolve("1.jpg"), 20, 20, BufferedImage.TYPE_INT_RGB);
    var whole = Files.readAllBytes(folder.resolve("1.jpg"));
    Files.write(folder.resolve("2.jpg"), Arrays.copyOf(whole, whole.length / 2));
    Files.write(folder.resolve("3.jpg"), whole);
    var said = run("predict", trained, folder);
    assertThat(said.code()).isEqualTo(4);
    assertThat(said.out()).startsWith(folder.resolve("1.jpg").toString()).hasLineCount(1);
    assertThat(said.err())
        .startsWith("error: cannot decode " + folder.resolve("2.jpg"))
        .hasLineCount(1);
  }

  @Test
  void otherMistakes() throws IOException {
    run("predict", trained, temp.resolve("no.png")).fails(4, "no.png", "no such file");
    run("predict", trained, images.resolve("notes.txt")).fails(4, "notes.txt", "not a JPEG");
    run("predict", trained, Files.createDirectories(temp.resolve("empty"))).fails(4, "no .jpg");
    run("predict", trained, images, "--top", "0").fails(2, "--top");
    run("predict", trained, images, "--device", "tpu").fails(5, "no device tpu");
    run("predict", trained).fails(2, "IMAGE|FOLDER|-");
  }
}
