package bandlimit.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bandlimit.backend.Backend;
import bandlimit.backend.cpu.CpuBackend;
import bandlimit.backend.reference.ReferenceBackend;
import bandlimit.config.ConfigFile;
import bandlimit.config.TrainConfig;
import bandlimit.config.TrainConfig.Precision;
import bandlimit.conformance.TouchedBackend;
import bandlimit.data.Datasets;
import bandlimit.data.Split;
import bandlimit.error.ConfigException;
import bandlimit.error.VerificationException;
import bandlimit.graph.Node;
import bandlimit.graph.op.Cast;
import bandlimit.graph.op.Conv2d;
import bandlimit.graph.op.Conv2dWeightGrad;
import bandlimit.graph.op.MatMul;
import bandlimit.graph.op.SoftmaxCrossEntropy;
import bandlimit.plan.Procedure;
import bandlimit.store.Csv;
import bandlimit.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Mixed precision without a machine that has it: the reference with rounded stores stands in.
class PrecisionTest {
  private static final String TINY =
      """
      experiment: tiny
      model: {name: smallcnn, antialias: {kind: lowpass, taps: 3}}
      data: {name: shapes, batch_size: 8, train_size: 24, test_size: 8, image_size: 16}
      train: {epochs: 4, precision: bf16-mixed}
      optimizer: {lr: 0.05, momentum: 0.9}
      ema: {enabled: true}
      shift: {protocols: []}
      """;

  @TempDir private Path temp;

  @Test
  void convolutionsAndProductsAreBf16AndStatesLogitsAndLossFloat32() throws IOException {
    var config = config();
    var task = Task.of(config);
    var graph = new TrainGraph(task.network().in(Precision.BF16_MIXED), options(config));
    for (Procedure procedure : graph.procedures()) {
      for (Node node : procedure.graph().nodes()) {
        var type = node.type().dtype();
        switch (node.op()) {
          case Conv2d _, Conv2dWeightGrad _, MatMul _ ->
              assertThat(type).as(node.toString()).isEqualTo(DType.BF16);
          case SoftmaxCrossEntropy _ -> assertThat(type).isEqualTo(DType.F32);
          default -> {}
        }
      }
      procedure
          .outputs()
          .forEach((name, node) -> assertThat(node.type().dtype()).as(name).isEqualTo(DType.F32));
      procedure
          .updates()
          .forEach(
              update -> {
                assertThat(update.state().type().dtype()).isEqualTo(DType.F32);
                assertThat(update.value().type().dtype()).isEqualTo(DType.F32);
              });
    }
  }

  @Test
  void aWeightIsCastOnceAStep() throws IOException {
    var config = config();
    var graph = new TrainGraph(Task.of(config).network().in(Precision.BF16_MIXED), options(config));
    var plan =
        bandlimit.plan.Planner.plan(graph.procedures(), TouchedBackend.rounding())
            .plan(TrainGraph.TRAIN);
    assertThat(plan.steps())
        .filteredOn(step -> step.op().equals(new Cast(DType.BF16)))
        .filteredOn(step -> step.name().startsWith("conv2.weight"))
        .hasSize(1);
  }

  @Test
  void float32IsTheGraphItWas() throws IOException {
    var network = Task.of(config()).network();
    assertThat(network.in(Precision.FP32)).isEqualTo(network);
    assertThat(network.in(Precision.TF32)).isEqualTo(network);
    var graph = network.infer("infer", 2, new bandlimit.nn.Variables(), "").graph();
    assertThat(graph.nodes()).noneMatch(node -> node.op().equals(new Cast(DType.BF16)));
  }

  @Test
  void trainingInBf16FollowsFloat32() throws IOException {
    var rounded = losses("bf16", TouchedBackend.rounding(), config());
    var exact = losses("fp32", new CpuBackend(), config("train.precision=fp32"));
    assertThat(rounded).hasSize(4).isNotEqualTo(exact);
    assertThat(rounded.getLast()).isLessThan(rounded.getFirst() - 0.1);
    for (int epoch = 0; epoch < exact.size(); epoch++) {
      // bf16 keeps 8 bits; four epochs of three steps turn that into some percent
      assertThat(rounded.get(epoch))
          .isCloseTo(exact.get(epoch), org.assertj.core.data.Percentage.withPercentage(10));
    }
  }

  @Test
  void verificationAllowsARoundingAndNoWrongElement() throws IOException {
    var config = config();
    var result = verify(config, new ReferenceBackend(), TouchedBackend.rounding());
    assertThat(result.nodes()).isGreaterThan(100);
    assertThat(result.worst()).isBetween(5e-4, Verification.tolerance(Precision.BF16_MIXED));
    // a judge that computes in float32 starts from weights that were not rounded
    assertThat(verify(config, new CpuBackend(), TouchedBackend.rounding()).worst())
        .isLessThan(Verification.tolerance(Precision.BF16_MIXED));
    var wrong = TouchedBackend.broken(TouchedBackend.rounding(), Conv2dWeightGrad.class, 1);
    assertThatThrownBy(() -> verify(config, new ReferenceBackend(), wrong))
        .isInstanceOf(VerificationException.class)
        .hasMessageContaining("/dw (Conv2dWeightGrad)");
  }

  @Test
  void inFloat32VerificationNamesTheNodeThatIsWrong() throws IOException {
    var config = config("train.precision=fp32");
    assertThat(verify(config, new ReferenceBackend(), new CpuBackend()).worst())
        .isLessThan(Verification.tolerance(Precision.FP32) / 10);
    var wrong = TouchedBackend.broken(new CpuBackend(), MatMul.class, 1e-2);
    assertThatThrownBy(() -> verify(config, new ReferenceBackend(), wrong))
        .isInstanceOf(VerificationException.class)
        .hasMessageContaining("step 1: the devices part at fc (MatMul)");
  }

  @Test
  void aDeviceWithoutItRefuses() throws IOException {
    for (Backend backend : List.of(new ReferenceBackend(), new CpuBackend())) {
      for (String precision : List.of("bf16-mixed", "tf32")) {
        var config = config("train.precision=" + precision);
        assertThatThrownBy(() -> TrainingRun.plan(config, backend))
            .isInstanceOf(ConfigException.class)
            .hasMessage(
                "train.precision: %s does not run on the device %s, only fp32 does: set"
                    + " train.precision: fp32",
                precision, backend.name());
      }
    }
    assertThatThrownBy(
            () -> TrainingRun.plan(config("train.precision=tf32"), TouchedBackend.rounding()))
        .hasMessageContaining("tf32 needs the device rounding opened by this config");
  }

  @Test
  void aCheckpointIsEvaluatedInItsPrecisionWhereTheDeviceHasThat() throws IOException {
    losses("run", TouchedBackend.rounding(), config("train.epochs=1"));
    var checkpoint = Checkpoint.open(temp.resolve("run"), "last");
    try (var same = LoadedNetwork.open(checkpoint, TouchedBackend.rounding(), 4);
        var elsewhere = LoadedNetwork.open(checkpoint, new CpuBackend(), 4)) {
      assertThat(same.precision()).isEqualTo(Precision.BF16_MIXED);
      assertThat(same.network().activations()).isEqualTo(DType.BF16);
      assertThat(elsewhere.precision()).isEqualTo(Precision.FP32);
      assertThat(elsewhere.network().activations()).isEqualTo(DType.F32);
    }
  }

  private List<Double> losses(String name, Backend backend, TrainConfig config) {
    var request = TrainingRun.Request.start(config, config.toYaml(), temp.resolve(name));
    TrainingRun.train(request, backend, Environment.of(backend), TrainingRun.Console.SILENT);
    return Csv.read(temp.resolve(name).resolve("summary.csv")).rows().stream()
        .map(row -> Double.valueOf(row.get("train_loss")))
        .toList();
  }

  private static Verification.Result verify(TrainConfig config, Backend judge, Backend tested) {
    var data = Datasets.open(config.data().spec(), Split.TRAIN);
    double tolerance = Verification.tolerance(config.train().precision());
    return Verification.run(config, data, judge, tested, 1, tolerance, _ -> {});
  }

  private static TrainGraph.Options options(TrainConfig config) {
    return TrainGraph.Options.of(config);
  }

  private TrainConfig config(String... overrides) throws IOException {
    var file = Files.writeString(temp.resolve("c.yaml"), TINY);
    return ConfigFile.load(file, List.of(overrides), ConfigFile.KnownNames.ANY).single();
  }
}
