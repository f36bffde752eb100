package bandlimit.eval;

import bandlimit.backend.Executable;
import bandlimit.data.Dataset;
import bandlimit.error.DataException;
import bandlimit.plan.Plan;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.Optional;

/// A compiled network seen as a function: a batch of images in, a row of logits for each out.
///
/// Not thread-safe, and the batch is fixed when the plan is made: a shorter one is padded by the
/// caller.
public final class Classifier {
  /// Name of the plan's input, (N, H, W, C), and of its output, (N, K).
  public static final String IMAGES = "images";

  public static final String LOGITS = "logits";

  private final Executable executable;
  private final Plan plan;
  private final HostTensor logits;
  private final Optional<Classifier> floats;

  public Classifier(Executable executable, Plan plan) {
    this(executable, plan, Optional.empty());
  }

  /// @param floats the same network, taking F32 where `plan` takes bytes: 0 to 1 for 0 to 255
  public Classifier(Executable executable, Plan plan, Optional<Classifier> floats) {
    this.executable = executable;
    this.plan = plan;
    this.logits = HostTensor.allocate(plan.output(LOGITS).type());
    this.floats = floats;
  }

  /// The same network on F32 samples, where it was made with one beside that on bytes.
  public Optional<Classifier> floats() {
    return floats;
  }

  /// Element type and extents of a batch, (N, H, W, C).
  public TensorType input() {
    return plan.input(IMAGES).type();
  }

  public int batch() {
    return input().shape().n();
  }

  /// Rows of logits of one sample: 1, or one for each column of a signal.
  public int columns() {
    return logits.shape().at(0) / batch();
  }

  /// @throws DataException if `data` has another number of labels for a sample
  public void checkColumns(Dataset data) {
    if (columns() != data.columns()) {
      throw new DataException(
          "the network gives %d decisions a sample, but %s has %d labels for one; give it the data set it was trained for"
              .formatted(columns(), data.name(), data.columns()));
    }
  }

  public int classes() {
    return logits.shape().at(1);
  }

  public Shape sample() {
    var dims = input().shape().dims();
    return new Shape(dims.subList(1, dims.size()));
  }

  /// The logits (N * columns, K) of a batch; overwritten by the next call.
  public HostTensor logits(HostTensor images) {
    executable.write(plan.input(IMAGES), images);
    executable.run(plan);
    executable.read(plan.output(LOGITS), logits);
    return logits;
  }
}
