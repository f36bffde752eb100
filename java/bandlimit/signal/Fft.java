package bandlimit.signal;

import org.apache.commons.math3.transform.DftNormalization;
import org.apache.commons.math3.transform.FastFourierTransformer;
import org.apache.commons.math3.transform.TransformType;

/// The discrete Fourier transform of `size` complex samples, in doubles: X\[f] = sum_t x\[t] exp(-2
/// pi i f t / size); the inverse divides by `size`.
///
/// Powers of two are Commons Math's; any other size is Bluestein's: with ft = (f^2 + t^2 - (f -
/// t)^2) / 2 the sum becomes a convolution with a chirp, done at the next power of two. Immutable,
/// so one instance serves all threads. Rounding grows with the size (Commons Math multiplies its
/// twiddle factors up): about 1e-14 of the largest value at 100 samples, 1e-11 at 100,000.
public final class Fft {
  private final int size;
  private final int inner;
  private final double[] chirpRe;
  private final double[] chirpIm;
  private final double[][] kernel;

  public Fft(int size) {
    if (size < 1 || size > 1 << 24) {
      throw new IllegalArgumentException("a transform needs 1..2^24 samples, got " + size);
    }
    this.size = size;
    boolean powerOfTwo = Integer.bitCount(size) == 1;
    this.inner = powerOfTwo ? size : Integer.highestOneBit(2 * size - 1) << 1;
    this.chirpRe = new double[powerOfTwo ? 0 : size];
    this.chirpIm = new double[powerOfTwo ? 0 : size];
    this.kernel = new double[2][powerOfTwo ? 0 : inner];
    if (!powerOfTwo) {
      fillChirp();
    }
  }

  /// exp(-pi i t^2 / size), and the transform of its conjugate laid out for circular convolution.
  private void fillChirp() {
    for (int t = 0; t < size; t++) {
      double angle =
          Math.PI * ((long) t * t % (2L * size)) / size; // reduced, or large t lose digits
      chirpRe[t] = Math.cos(angle);
      chirpIm[t] = -Math.sin(angle);
      for (int at : new int[] {t, (inner - t) % inner}) {
        kernel[0][at] = chirpRe[t];
        kernel[1][at] = -chirpIm[t];
      }
    }
    transform(kernel, TransformType.FORWARD);
  }

  public int size() {
    return size;
  }

  /// In place.
  public void forward(double[] re, double[] im) {
    check(re, im);
    if (inner == size) {
      transform(new double[][] {re, im}, TransformType.FORWARD);
    } else {
      bluestein(re, im);
    }
  }

  /// In place; real and imaginary parts trade places on the way in and out, which conjugates the
  /// kernel.
  public void inverse(double[] re, double[] im) {
    forward(im, re);
    for (int t = 0; t < size; t++) {
      re[t] /= size;
      im[t] /= size;
    }
  }

  private void bluestein(double[] re, double[] im) {
    var work = new double[2][inner];
    for (int t = 0; t < size; t++) {
      work[0][t] = re[t] * chirpRe[t] - im[t] * chirpIm[t];
      work[1][t] = re[t] * chirpIm[t] + im[t] * chirpRe[t];
    }
    transform(work, TransformType.FORWARD);
    for (int f = 0; f < inner; f++) {
      double product = work[0][f] * kernel[0][f] - work[1][f] * kernel[1][f];
      work[1][f] = work[0][f] * kernel[1][f] + work[1][f] * kernel[0][f];
      work[0][f] = product;
    }
    transform(work, TransformType.INVERSE);
    for (int t = 0; t < size; t++) {
      re[t] = work[0][t] * chirpRe[t] - work[1][t] * chirpIm[t];
      im[t] = work[0][t] * chirpIm[t] + work[1][t] * chirpRe[t];
    }
  }

  private static void transform(double[][] dataRi, TransformType type) {
    FastFourierTransformer.transformInPlace(dataRi, DftNormalization.STANDARD, type);
  }

  private void check(double[] re, double[] im) {
    if (re.length != size || im.length != size) {
      throw new IllegalArgumentException(
          "expected %d samples, got %d real and %d imaginary parts"
              .formatted(size, re.length, im.length));
    }
  }
}
