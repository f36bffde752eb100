package bandlimit.eval;

import bandlimit.backend.Executable;
import bandlimit.plan.Plan;
import bandlimit.plan.Program;
import bandlimit.plan.Slot;
import bandlimit.tensor.DType;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.TensorType;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// An executable whose logits are a plain function of one sample's bytes, so that a test knows
/// every prediction.
public final class FakeNetwork implements Executable {
  /// The logits of one sample, (classes), from its elements in (H, W, C) order, 0 to 255.
  public interface Function {
    double[] logits(int[] pixels);
  }

  /// The logits of one sample, (classes), from its values in (H, W, C) order, 0 to 1.
  public interface Values {
    double[] logits(double[] values);
  }

  private final Slot images;
  private final Slot logits;
  private final Values function;
  private HostTensor written;

  private FakeNetwork(TensorType batch, int classes, Values function) {
    this.images = new Slot(Slot.Space.INPUT, 0, batch);
    this.logits = new Slot(Slot.Space.ARENA, 0, TensorType.f32(batch.shape().n(), classes));
    this.function = function;
    this.written = HostTensor.allocate(batch);
  }

  /// A classifier of U8 samples (height, width, channels) in batches of `batch`; floats, if any
  /// come, are rounded to bytes.
  public static Classifier classifier(
      int batch, int height, int width, int channels, int classes, Function function) {
    return onValues(
        batch,
        height,
        width,
        channels,
        classes,
        values -> {
          var pixels = new int[values.length];
          for (int i = 0; i < pixels.length; i++) {
            pixels[i] = Math.clamp(Math.round(255 * values[i]), 0, 255);
          }
          return function.logits(pixels);
        });
  }

  /// The same of values.
  public static Classifier onValues(
      int batch, int height, int width, int channels, int classes, Values function) {
    var floats = TensorType.of(DType.F32, batch, height, width, channels);
    var bytes = TensorType.of(DType.U8, batch, height, width, channels);
    var onFloats = new FakeNetwork(floats, classes, function).classifier(Optional.empty());
    return new FakeNetwork(bytes, classes, function).classifier(Optional.of(onFloats));
  }

  private Classifier classifier(Optional<Classifier> floats) {
    return new Classifier(
        this,
        new Plan(
            "fake",
            List.of(),
            Map.of(Classifier.IMAGES, images),
            Map.of(Classifier.LOGITS, logits),
            0),
        floats);
  }

  @Override
  public Program program() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void write(Slot slot, HostTensor value) {
    written = HostTensor.allocate(value.type()).copyFrom(value);
  }

  @Override
  public void read(Slot slot, HostTensor into) {
    int rows = written.shape().n();
    int size = written.shape().intSize() / rows;
    int classes = into.shape().at(1);
    for (int row = 0; row < rows; row++) {
      var x = new double[size];
      for (int i = 0; i < size; i++) {
        double value = written.get((long) row * size + i);
        x[i] = written.dtype() == DType.U8 ? value / 255 : value;
      }
      double[] values = function.logits(x);
      for (int k = 0; k < classes; k++) {
        into.set((long) row * classes + k, values[k]);
      }
    }
  }

  @Override
  public void run(Plan plan) {
    // the function is applied when the logits are read
  }

  @Override
  public void run(Plan plan, Observer observer) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {}
}
