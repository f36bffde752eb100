package bandlimit.data;

import bandlimit.tensor.DType;
import bandlimit.tensor.HostTensor;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.random.RandomGenerator;

/// The part of augmentation that bytes cannot hold: erasing with noise of the normalised scale, and
/// mixing. Its batches are F32, bytes as 0 to 1.
public final class OnFloats {
  private final Optional<Eraser> eraser;
  private final Optional<Mixing> mixing;

  private OnFloats(Optional<Eraser> eraser, Optional<Mixing> mixing) {
    this.eraser = eraser;
    this.mixing = mixing;
  }

  /// What of `spec` is of that kind, for samples of `dataset`; empty where nothing is.
  public static Optional<OnFloats> of(AugmentSpec spec, Dataset dataset) {
    spec.check(dataset);
    if (!spec.onFloats()) {
      return Optional.empty();
    }
    var eraser =
        spec.erase().prob() > 0
            ? Optional.of(new Eraser(spec.erase(), dataset.normalization()))
            : Optional.<Eraser>empty();
    var mixing =
        spec.mixes()
            ? Optional.of(
                new Mixing(
                    spec.mixup(),
                    spec.cutmix(),
                    spec.mixupProb(),
                    spec.mixupSwitchProb(),
                    spec.mixupOffEpoch()))
            : Optional.<Mixing>empty();
    return Optional.of(new OnFloats(eraser, mixing));
  }

  /// Writes a sample as floats, perhaps with parts erased.
  void write(Image image, MemorySegment into, RandomGenerator random) {
    var x = new float[image.height() * image.width() * image.channels()];
    if (image.dtype() == DType.U8) {
      for (int i = 0; i < x.length; i++) {
        x[i] = (image.bytes()[i] & 0xff) / 255f;
      }
    } else {
      java.nio.ByteBuffer.wrap(image.bytes()).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(x);
    }
    eraser.ifPresent(e -> e.erase(x, image.height(), image.width(), image.channels(), random));
    MemorySegment.copy(x, 0, into, HostTensor.F32, 0, x.length);
  }

  /// Mixes the rows of a filled batch in pairs, each with its label's share. A pair with a
  /// placeholder in it is left alone, and so is the middle row of an odd batch.
  void mix(Batch batch, RandomGenerator random) {
    var shape = batch.images().shape();
    int rows = shape.n();
    int width = shape.at(2);
    int channels = shape.at(3);
    var draw =
        mixing.map(m -> m.draw(batch.epoch(), shape.at(1), width, random)).orElse(Mixing.UNMIXED);
    if (draw.share() == 1) {
      return;
    }
    int size = shape.at(1) * width * channels;
    var a = new float[size];
    var b = new float[size];
    for (int i = 0; i < rows / 2; i++) {
      int j = rows - 1 - i;
      if (batch.weights().get(i) == 0 || batch.weights().get(j) == 0) {
        continue;
      }
      var data = batch.images().data();
      MemorySegment.copy(data, HostTensor.F32, 4L * size * i, a, 0, size);
      MemorySegment.copy(data, HostTensor.F32, 4L * size * j, b, 0, size);
      Mixing.mix(draw, a, b, width, channels);
      MemorySegment.copy(a, 0, data, HostTensor.F32, 4L * size * i, size);
      MemorySegment.copy(b, 0, data, HostTensor.F32, 4L * size * j, size);
      batch.setOther(i, (int) batch.labels().get(j), (float) draw.share());
      batch.setOther(j, (int) batch.labels().get(i), (float) draw.share());
    }
  }
}
