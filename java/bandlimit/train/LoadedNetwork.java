package bandlimit.train;

import bandlimit.backend.Backend;
import bandlimit.backend.Executable;
import bandlimit.config.TrainConfig;
import bandlimit.eval.Classifier;
import bandlimit.eval.Network;
import bandlimit.eval.Outputs;
import bandlimit.nn.Layer;
import bandlimit.nn.Variables;
import bandlimit.plan.Planner;
import bandlimit.plan.Procedure;
import bandlimit.tensor.DType;
import java.util.ArrayList;

/// A checkpoint's network, compiled for inference on a backend; owns its memory.
///
/// It computes in the precision it was trained in where the backend has that, else in float32,
/// which its weights are kept in.
public final class LoadedNetwork implements AutoCloseable {
  private final TrainConfig config;
  private final Network network;
  private final TrainConfig.Precision precision;
  private final Executable executable;
  private final Classifier classifier;

  private LoadedNetwork(
      TrainConfig config,
      Network network,
      TrainConfig.Precision precision,
      Executable executable,
      Classifier classifier) {
    this.config = config;
    this.network = network;
    this.precision = precision;
    this.executable = executable;
    this.classifier = classifier;
  }

  /// Batches of `batch`; the averaged weights where the run kept them, else the plain ones.
  public static LoadedNetwork open(Checkpoint checkpoint, Backend backend, int batch) {
    return open(checkpoint, backend, batch, false);
  }

  /// @param floats whether the classifier takes samples in F32 too
  public static LoadedNetwork open(
      Checkpoint checkpoint, Backend backend, int batch, boolean floats) {
    var network = checkpoint.network().network(checkpoint.trainConfig());
    return open(checkpoint, network, backend, batch, floats);
  }

  /// The same for a network that no config names: `layer` is what was trained.
  public static LoadedNetwork open(Checkpoint checkpoint, Layer layer, Backend backend, int batch) {
    var info = checkpoint.network();
    var network =
        new Network(
            layer,
            info.sampleType(),
            info.normalization(),
            info.classNames(),
            Outputs.of(info.targets()),
            DType.F32);
    return open(checkpoint, network, backend, batch, false);
  }

  private static LoadedNetwork open(
      Checkpoint checkpoint, Network trained, Backend backend, int batch, boolean floats) {
    var config = checkpoint.trainConfig();
    var wanted = config.train().precision();
    var precision = TrainingRun.has(backend, wanted) ? wanted : TrainConfig.Precision.FP32;
    var network = trained.in(precision);
    var variables = new Variables();
    var procedures = new ArrayList<Procedure>();
    procedures.add(network.infer(TrainGraph.INFER, batch, variables, ""));
    if (floats && network.sample().dtype() != DType.F32) {
      procedures.add(network.onFloats().infer(TrainGraph.INFER_FLOATS, batch, variables, ""));
    }
    var executable = backend.compile(Planner.plan(procedures, backend));
    try {
      checkpoint.restoreWeights(executable, variables, checkpoint.hasEma());
    } catch (RuntimeException e) {
      executable.close();
      throw e;
    }
    var classifier = TrainGraph.classifier(executable, TrainGraph.INFER);
    return new LoadedNetwork(config, network, precision, executable, classifier);
  }

  public TrainConfig config() {
    return config;
  }

  public Network network() {
    return network;
  }

  /// What it computes in here.
  public TrainConfig.Precision precision() {
    return precision;
  }

  public Classifier classifier() {
    return classifier;
  }

  @Override
  public void close() {
    executable.close();
  }
}
