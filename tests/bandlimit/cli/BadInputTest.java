package bandlimit.cli;

import static bandlimit.cli.Program.TINY;
import static bandlimit.cli.Program.run;
import static bandlimit.cli.Program.tree;
import static bandlimit.cli.Program.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What users get wrong: one clear line, its exit code, and nothing left behind.
class BadInputTest {
  @TempDir private Path temp;
  private Path tiny = Path.of("");
  private Path out = Path.of("");
  private boolean leavesRuns;

  @BeforeEach
  void writeConfig() throws IOException {
    tiny = write(temp, "tiny.yaml", TINY);
    out = temp.resolve("out");
  }

  @AfterEach
  void noRunFolderIsLeft() {
    assertThat(leavesRuns || !Files.exists(out.resolve("tiny/x"))).isTrue();
  }

  private Program.Said train(Object... more) {
    var args = new java.util.ArrayList<Object>(java.util.List.of("train", tiny));
    args.addAll(java.util.List.of("--output-dir", out, "--run", "x"));
    args.addAll(java.util.List.of(more));
    return run(args.toArray());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          train: {epochs: 2}     | train: {epochs: 2, lr: 1}   | 5:20: train.lr  | optimizer.lr
          lr: 0.05               | lr: fast                    | 6:17: optimizer.lr | number
          epochs: 2              | epochs: 2, epochs: 3        | 5:20: train.epochs | also on line
          seed: 1                | seed: 1//seed: 2            | 3:1: seed       | also on line
          name: smallcnn         | dropout: 0.1                | 3:              | model.name: is missing
          epochs: 2              | epochs: 0                   | 5:17: train.epochs | 1 or more
          name: smallcnn         | name: smalcnn               | 3:15: model.name | smallcnn
          seed: 1                | init_from: a, resume: b     | 2:              | :
          """)
  void aConfigsMistakeHasItsPlace(String good, String bad, String place, String says)
      throws IOException {
    Files.writeString(tiny, TINY.replace(good, bad.replace("//", "\n")));
    var said = train();
    assertThat(said.code()).as(said.err()).isEqualTo(3);
    assertThat(said.out()).isEmpty();
    assertThat(said.err()).contains(says).startsWith(tiny + ":" + place).doesNotContain("\tat ");
    assertThat(run("config", "check", tiny).code()).isEqualTo(3);
  }

  @Test
  void everyMistakeIsSaidAtOnce() throws IOException {
    Files.writeString(tiny, TINY.replace("seed: 1", "sed: 1").replace("flip: 0.5", "flip: 2"));
    assertThat(train().err().lines()).hasSize(2);
  }

  @Test
  void aMissingConfigAndAFolder() {
    run("train", temp.resolve("no.yaml")).fails(3, "no.yaml: there is no such config file");
    run("train", temp).fails(3, "is a folder, not a config file");
    run("train").fails(2, "Missing CONFIG");
  }

  @Test
  void resumeAndInitFromOfDifferentFiles() {
    train("--set", "resume=a", "--set", "init_from=b").fails(3, "init_from", "give one of");
  }

  @Test
  void impossibleShapesNameLayerRuleNumbersAndCure() {
    train("--set", "model={name: resnet50, antialias: {kind: lowpass, taps: 7}}")
        .fails(3, "layer3.0.blur2", "reflect padding", "height is 2, the padding 3", "use fewer");
  }

  @Test
  void impossibleBatches() {
    train("--set", "data.train_size=8").fails(4, "8 training samples", "batch of 16", "lower");
    train("--set", "train.grad_accum_steps=9").fails(3, "9 batches an update", "only 4 batches");
    train("--set", "model.num_classes=3").fails(3, "model.num_classes is 3", "10 classes");
  }

  @Test
  void aDeviceThatIsNotThere() {
    assumeFalse(
        new File("/usr/lib/x86_64-linux-gnu/libcuda.so.1").exists(), "this machine has a GPU");
    train("--device", "cuda").fails(5, "device: cuda cannot be used", "libcuda.so.1", "doctor");
  }

  @Test
  void automaticChoiceNeverLowersThePrecision() {
    train("--set", "train.precision=bf16-mixed").fails(3, "bf16-mixed", "device cpu", "fp32");
    train("--set", "train.precision=bf16-mixed", "--dry-run").fails(3, "bf16-mixed");
    run("verify", tiny, "--set", "train.precision=tf32").fails(3, "tf32");
  }

  @Test
  void cifarFilesThatAreMissingOrTruncatedOrHaveAnImpossibleLabel() throws IOException {
    var root = Files.createDirectories(temp.resolve("cifar"));
    Object[] cifar = {
      "--set", "data={name: cifar10, root: " + root + "}", "--set", "data.image_size="
    };
    train(cifar).fails(4, root.toString(), "data_batch_1.bin");
    for (int i = 1; i <= 5; i++) {
      Files.write(root.resolve("data_batch_" + i + ".bin"), new byte[30_730_000]);
    }
    Files.write(root.resolve("test_batch.bin"), new byte[30_729_999]);
    train(cifar).fails(4, "test_batch.bin", "30729999", "truncated");
    var labels = new byte[30_730_000];
    labels[3073 * 17] = 10;
    Files.write(root.resolve("test_batch.bin"), labels);
    train(cifar).fails(4, "test_batch.bin", "record 17", "label 10", "0 to 9");
  }

  @Test
  void filesOfAnotherKind() throws IOException {
    var root = Files.createDirectories(temp.resolve("idx"));
    for (String name : java.util.List.of("train-images", "t10k-images")) {
      Files.write(root.resolve(name + "-idx3-ubyte"), new byte[] {9, 9, 9, 9, 0, 0, 0, 1});
      Files.write(
          root.resolve(name.replace("images", "labels") + "-idx1-ubyte"),
          new byte[] {9, 9, 9, 9, 0, 0, 0, 1});
    }
    train("--set", "data={name: idx, root: " + root + "}", "--set", "data.image_size=")
        .fails(4, "train-images-idx3-ubyte begins with 0x09090909", "another file?");
  }

  @Test
  void aPictureThatCannotBeDecodedIsNamedAndSkippedOnlyLoudly() throws IOException {
    var root = temp.resolve("pictures");
    for (String split : java.util.List.of("train", "val")) {
      for (String kind : java.util.List.of("a", "b")) {
        for (int i = 0; i < 8; i++) {
          picture(root.resolve(split).resolve(kind).resolve(i + ".jpg"), 20 + i, i);
        }
      }
    }
    var bad = root.resolve("train/b/4.jpg");
    Files.write(bad, Arrays.copyOf(Files.readAllBytes(bad), 300));
    Object[] folder = {
      "--set", "data={name: imagefolder, root: " + root + ", image_size: 16, batch_size: 8}"
    };
    leavesRuns = true; // it was found while training
    train(folder).fails(4, "cannot decode " + bad, "data.skip_undecodable: true");

    Object[] skipping = {"--set", "data.skip_undecodable=true", "--run", "skip"};
    var args = new java.util.ArrayList<Object>(java.util.List.of("train", tiny));
    args.addAll(java.util.List.of(folder));
    args.addAll(java.util.List.of(skipping));
    args.addAll(java.util.List.of("--output-dir", out));
    var said = run(args.toArray()).succeeds();
    assertThat(said.err()).contains("Skipped (train): ", bad.toString());
  }

  private static void picture(Path file, int size, int seed) throws IOException {
    Files.createDirectories(file.resolveSibling(""));
    var image = new BufferedImage(size, size, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < size; i++) {
      image.setRGB(i, (i * 7 + seed) % size, 0xff8000 + seed * 999);
    }
    assertThat(ImageIO.write(image, "jpg", file.toFile())).isTrue();
  }

  @Test
  void outputThatCannotBeWritten() throws IOException {
    var file = write(temp, "file", "");
    run("train", tiny, "--output-dir", file).fails(9, file.toString(), "Not a directory");
    run("train", tiny, "--output-dir", "/proc/none").fails(9, "/proc/none");
    run("train", tiny, "--run", "../x").fails(2, "--run", "'../x'");
    assertThat(tree(temp)).containsOnlyKeys("tiny.yaml", "file");
  }

  @Test
  void whatIsNoRunCannotBeResumed() throws IOException {
    run("train", "--resume", temp).fails(7, "no run folder");
    run("train", "--resume", temp.resolve("none")).fails(7, "no run folder");
    run("train", tiny, "--resume", temp.resolve("none")).fails(7, "no run folder");
    run("train", tiny, "--resume").fails(2, "--run NAME");
    train("--set", "init_from=" + temp.resolve("none")).fails(7, "none", "no such run");
    train("--set", "init_from=" + tiny).fails(7, "tiny.yaml", "no usable safetensors file");
    run("predict", temp, tiny).fails(7, "not a checkpoint");
    run("eval", temp).fails(7, "not a checkpoint");
  }
}
