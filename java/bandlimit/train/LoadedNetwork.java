package bandlimit.train;

import bandlimit.backend.Backend;
import bandlimit.backend.Executable;
import bandlimit.config.ConfigFile;
import bandlimit.config.TrainConfig;
import bandlimit.eval.Classifier;
import bandlimit.eval.Network;
import bandlimit.nn.Variables;
import bandlimit.plan.Planner;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.List;

/// A checkpoint's network, compiled for inference on a backend; owns its memory.
public final class LoadedNetwork implements AutoCloseable {
  private final TrainConfig config;
  private final Network network;
  private final Executable executable;
  private final Classifier classifier;

  private LoadedNetwork(
      TrainConfig config, Network network, Executable executable, Classifier classifier) {
    this.config = config;
    this.network = network;
    this.executable = executable;
    this.classifier = classifier;
  }

  /// Batches of `batch`; the averaged weights where the run kept them, else the plain ones.
  public static LoadedNetwork open(Checkpoint checkpoint, Backend backend, int batch) {
    var config = ConfigFile.load(checkpoint.config()).single();
    var network = network(config, checkpoint.network());
    var variables = new Variables();
    var infer = network.infer(TrainGraph.INFER, batch, variables, "");
    var executable = backend.compile(Planner.plan(List.of(infer), backend));
    try {
      checkpoint.restoreWeights(executable, variables, checkpoint.hasEma());
    } catch (RuntimeException e) {
      executable.close();
      throw e;
    }
    var plan = executable.program().plan(TrainGraph.INFER);
    return new LoadedNetwork(config, network, executable, new Classifier(executable, plan));
  }

  private static Network network(TrainConfig config, NetworkInfo info) {
    var sample = new TensorType(info.dtype(), new Shape(info.sample()));
    return Network.of(config.model(), sample, info.normalization(), info.classNames());
  }

  public TrainConfig config() {
    return config;
  }

  public Network network() {
    return network;
  }

  public Classifier classifier() {
    return classifier;
  }

  @Override
  public void close() {
    executable.close();
  }
}
