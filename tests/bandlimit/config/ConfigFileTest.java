package bandlimit.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bandlimit.config.ConfigFile.KnownNames;
import bandlimit.config.ConfigFile.Variant;
import bandlimit.error.ConfigException;
import bandlimit.nn.Antialias;
import bandlimit.nn.Antialias.Lowpass;
import bandlimit.nn.Antialias.Where;
import bandlimit.signal.Boundary;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigFileTest {
  static final String SMALL =
      """
      model:
        name: resnet20
      data: {name: shapes}
      train:
        epochs: 10
      """;

  static ConfigFile parse(String text, String... overrides) {
    return ConfigFile.parse(text, Path.of("c.yaml"), List.of(overrides), KnownNames.ANY);
  }

  static TrainConfig config(String text, String... overrides) {
    return parse(text, overrides).single();
  }

  @Test
  void whatIsLeftOutTakesItsDefault() {
    TrainConfig config = config(SMALL);
    assertThat(config.model().antialias()).isEqualTo(Antialias.NONE);
    assertThat(config.optimizer())
        .isEqualTo(new Optimizer.Sgd(0.1, 0.9, false, 1e-4, false, Optional.empty()));
    assertThat(config.schedule()).isEqualTo(new Schedule.Cosine(0, 1e-5, 0, 0));
    assertThat(config.data().evalBatch()).isEqualTo(128);
    assertThat(config.outputDir()).isEqualTo(Path.of("runs"));
    assertThat(config.device()).isEqualTo(TrainConfig.Device.AUTO);
    assertThat(config.shift().protocols()).hasSize(3);
  }

  @Test
  void whatIsGivenArrives() {
    TrainConfig config =
        config(
            """
            experiment: deep
            seed: 12345678901
            device: cuda-emulated
            model:
              name: vgg13_bn_cifar
              num_classes: 7
              antialias: {kind: lowpass, taps: 5, padding: circular, where: [pool, stem]}
            data: {name: cifar10, root: /d, batch_size: 64, eval_batch_size: 100, limit: 0x100}
            augment:
              random_resized_crop: {scale: [0.5, 1]}
            train: {epochs: 3, precision: bf16-mixed}
            optimizer: {name: adamw, lr: 1e-3, betas: [0.8, 0.99], clip_grad: 5}
            schedule: {name: multistep, milestones: [1, 2.5]}
            """);
    assertThat(config.seed()).isEqualTo(12345678901L);
    assertThat(config.model().numClasses()).contains(7);
    assertThat(config.model().antialias())
        .isEqualTo(new Lowpass(5, Boundary.CIRCULAR, List.of(Where.POOL, Where.STEM)));
    assertThat(config.data().spec().root()).contains("/d");
    assertThat(config.data().limit()).contains(256);
    assertThat(config.augment().randomResizedCrop().orElseThrow().scale())
        .containsExactly(0.5, 1.0);
    assertThat(config.optimizer())
        .isEqualTo(
            new Optimizer.AdamW(1e-3, List.of(0.8, 0.99), 1e-8, 0.01, false, Optional.of(5.0)));
    assertThat(config.schedule())
        .isEqualTo(new Schedule.Multistep(0, 1e-5, List.of(1.0, 2.5), 0.1));
  }

  @Test
  void inputsAreRelativeToTheFileAndOutputsToTheWorkingDirectory(@TempDir Path folder)
      throws Exception {
    Path file = folder.resolve("sub/c.yaml");
    Files.createDirectories(file.getParent());
    Files.writeString(
        file,
        """
        output_dir: out
        init_from: ../old
        model: {name: m}
        data: {name: cifar10, root: ~/x/../y}
        train: {epochs: 1}
        """);
    TrainConfig config = ConfigFile.load(file).single();
    assertThat(config.outputDir()).isEqualTo(Path.of("out"));
    assertThat(config.initFrom()).contains(folder.resolve("old"));
    assertThat(config.data().root()).contains(Path.of(System.getProperty("user.home"), "y"));
    TrainConfig set = ConfigFile.load(file, List.of("data.root=here"), KnownNames.ANY).single();
    assertThat(set.data().root()).contains(Path.of("here").toAbsolutePath());
  }

  @Test
  void overridesLieOverTheFileInOrder() {
    TrainConfig config =
        config(
            SMALL,
            "optimizer.lr=0.5",
            "optimizer.lr=1e-2",
            "model.antialias={kind: lowpass, taps: 3}",
            "model.antialias.taps=6",
            "augment.flip=0.5");
    assertThat(config.optimizer().lr()).isEqualTo(0.01);
    assertThat(config.model().antialias()).isEqualTo(new Lowpass(6));
    assertThat(config.augment().flip()).isEqualTo(0.5);
  }

  @Test
  void aNullOverrideBringsTheDefaultBack() {
    assertThat(config(SMALL + "seed: 5\n").seed()).isEqualTo(5);
    assertThat(config(SMALL + "seed: 5\n", "seed=null").seed()).isZero();
    assertThat(config(SMALL + "seed: 5\n", "seed=").seed()).isZero();
  }

  @Test
  void replacingAKindDropsTheKeysThatOnlyTheOldOneHad() {
    String sgd = SMALL + "optimizer: {momentum: 0.5, lr: 0.2}\n";
    assertThat(config(sgd, "optimizer.name=adamw").optimizer())
        .isEqualTo(
            new Optimizer.AdamW(0.2, List.of(0.9, 0.999), 1e-8, 0.01, false, Optional.empty()));
    // but what the same hand wrote must fit
    assertThatThrownBy(() -> config(sgd, "optimizer.name=adamw", "optimizer.momentum=0.3"))
        .isInstanceOf(ConfigException.class)
        .hasMessage("--set optimizer.momentum=0.3: optimizer.momentum: applies only to name: sgd");
  }

  @Test
  void variantsAreNamedOverridesOfTheFile() {
    ConfigFile file =
        parse(
            SMALL
                + """
                optimizer: {lr: 0.3}
                variants:
                  - name: plain
                  - name: bin5
                    set:
                      model.antialias: {kind: lowpass, taps: 5}
                      optimizer: {momentum: 0.5}
                  - {name: long, set: {train.epochs: 20}}
                """);
    assertThat(file.variants())
        .extracting(Variant::name)
        .containsExactly(Optional.of("plain"), Optional.of("bin5"), Optional.of("long"));
    TrainConfig bin5 = file.variants().get(1).config();
    assertThat(bin5.model().antialias()).isEqualTo(new Lowpass(5));
    assertThat(bin5.optimizer())
        .isEqualTo(new Optimizer.Sgd(0.3, 0.5, false, 1e-4, false, Optional.empty()));
    assertThat(file.variants().get(0).config().model().antialias()).isEqualTo(Antialias.NONE);
    assertThat(file.variants().get(2).config().train().epochs()).isEqualTo(20);
    assertThatThrownBy(file::single).hasMessageContaining("3 variants");
  }

  @Test
  void theCommandLineWinsOverVariantsAndCanDropThem() {
    String text = SMALL + "variants: [{name: a, set: {seed: 1}}, {name: b, set: {seed: 2}}]\n";
    assertThat(parse(text, "seed=9").variants())
        .extracting(v -> v.config().seed())
        .containsExactly(9L, 9L);
    assertThat(config(text, "variants=[]").seed()).isZero();
  }

  @Test
  void aMistakeOfTheFileIsReportedOnceAndOneOfAVariantNamesIt() {
    String text =
        SMALL
            + """
            logg_interval: 5
            variants:
              - {name: a, set: {train.precision: bf16-mixed}}
              - {name: b, set: {train.precision: bf16-mixed, device: cpu}}
            """;
    assertThatThrownBy(() -> parse(text))
        .hasMessage(
            """
            c.yaml:6:1: logg_interval: unknown key; did you mean log_interval?
            c.yaml:9:38: train.precision: only fp32 runs on device: cpu, got bf16-mixed (variant b)\
            """);
  }

  @Test
  void namesOfModelsAndDataSetsAreCheckedWhereTheCallerKnowsThem() {
    KnownNames known = new KnownNames(List.of("resnet20", "smallcnn"), List.of("shapes"));
    Path path = Path.of("c.yaml");
    assertThat(ConfigFile.parse(SMALL, path, List.of(), known).variants()).hasSize(1);
    assertThatThrownBy(
            () ->
                ConfigFile.parse(
                    SMALL, path, List.of("data.name=shape", "model.name=resnet21"), known))
        .hasMessage(
            """
            --set data.name=shape: data.name: unknown value "shape"; allowed: shapes; did you mean\
             shapes?
            --set model.name=resnet21: model.name: unknown value "resnet21"; allowed: resnet20,\
             smallcnn; did you mean resnet20?\
            """);
  }

  @Test
  void aConfigSurvivesTheWayThroughItsOwnText() {
    TrainConfig config =
        config(
            SMALL,
            "model.antialias={kind: lowpass, taps: 3, where: [stem]}",
            "optimizer={lr: 0.00012345, clip_grad: 1e-9}",
            "data.root=~/some dir/\"quoted\" #1",
            "experiment=\"007\"",
            "augment.random_resized_crop={}",
            "schedule={name: multistep, milestones: [3, 4.25]}",
            "resume=/a/b");
    String text = config.toYaml();
    assertThat(config(text)).isEqualTo(config);
    assertThat(config(text).toYaml()).isEqualTo(text);
    assertThat(text).contains("root: \"~/some dir/").contains("lr: 1.2345e-4").contains("seed: 0");
    assertThat(config(text).hash()).hasSize(12).isEqualTo(config.hash());
    assertThat(config(text, "seed=1").hash()).isNotEqualTo(config.hash());
  }

  @Test
  void aFileThatIsNotThereIsAConfigMistake(@TempDir Path folder) throws Exception {
    assertThatThrownBy(() -> ConfigFile.load(folder.resolve("no.yaml")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("no such config file");
    assertThatThrownBy(() -> ConfigFile.load(folder)).hasMessageContaining("is a folder");
    Path latin = folder.resolve("latin.yaml");
    Files.write(latin, new byte[] {'a', ':', ' ', (byte) 0xe9});
    assertThatThrownBy(() -> ConfigFile.load(latin)).hasMessageContaining("not UTF-8");
  }

  @Test
  void aPrecisionThatWeakensAPromiseIsSaid() {
    String ideal =
        "data: {name: shapes}\ntrain: {epochs: 1, precision: %s}\n"
            + "device: cuda\nmodel: {name: m, antialias: {kind: %s}}\n";
    assertThat(config(ideal.formatted("bf16-mixed", "ideal")).weakened().orElseThrow())
        .contains("bf16-mixed")
        .contains("8 bits");
    assertThat(config(ideal.formatted("fp32", "ideal")).weakened()).isEmpty();
    assertThat(config(ideal.formatted("bf16-mixed", "aps")).weakened()).isEmpty();
  }
}
