package bandlimit.predict;

import bandlimit.backend.Backend;
import bandlimit.device.DeviceOptions;
import bandlimit.device.Devices;
import bandlimit.eval.Network;
import bandlimit.stream.Missing;
import bandlimit.stream.StreamingOptions;
import bandlimit.stream.StreamingPlan;
import bandlimit.stream.StreamingSession;
import bandlimit.train.Checkpoint;
import java.util.List;

/// A trained network of signals on live ones; it computes in float32,
/// whatever the training rounded to.
///
///     try (var network = StreamingPredictor.load(
///         Checkpoint.open(Path.of("runs/ecg/r"), "best"), "auto", 1, 40, StreamingOptions.EXACT,
///         Missing.HOLD)) {
///       network.session().push(samples, answer -> print(answer.values()));
public final class StreamingPredictor implements AutoCloseable {
  private final Devices.Choice device;
  private final Network network;
  private final StreamingSession session;

  private StreamingPredictor(Devices.Choice device, Network network, StreamingSession session) {
    this.device = device;
    this.network = network;
    this.session = session;
  }

  /// @param device as in a config
  /// @param streams signals side by side
  public static StreamingPredictor load(
      Checkpoint checkpoint,
      String device,
      int streams,
      int hop,
      StreamingOptions options,
      Missing missing) {
    // rounded to tf32, columns of a chunk and of a window could differ by more than their sums do
    var choice = Devices.open(device, DeviceOptions.of(checkpoint.trainConfig()).withoutTf32());
    try {
      var session = session(checkpoint, choice.backend(), streams, hop, options, missing);
      return new StreamingPredictor(choice, network(checkpoint), session);
    } catch (RuntimeException e) {
      choice.close();
      throw e;
    }
  }

  /// A session on a device that stays the caller's, and should not round to tf32.
  public static StreamingSession session(
      Checkpoint checkpoint,
      Backend backend,
      int streams,
      int hop,
      StreamingOptions options,
      Missing missing) {
    var network = network(checkpoint);
    var plan = StreamingPlan.of(network::logits, network.sample().shape(), streams, hop, options);
    return StreamingSession.open(
        plan,
        backend,
        missing,
        executable -> checkpoint.restoreWeights(executable, plan.variables(), checkpoint.hasEma()));
  }

  private static Network network(Checkpoint checkpoint) {
    return checkpoint.network().network(checkpoint.trainConfig()).onFloats();
  }

  public StreamingSession session() {
    return session;
  }

  /// Names of the network's outputs: classes, or numbers.
  public List<String> classNames() {
    return network.classNames();
  }

  /// Whether the network tells numbers and not classes.
  public boolean tellsNumbers() {
    return network.outputs().isRegression();
  }

  @Override
  public void close() {
    session.close();
    device.close();
  }
}
