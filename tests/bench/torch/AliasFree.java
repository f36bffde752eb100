import org.bytedeco.pytorch.LongArrayRefOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.StringViewOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/// The alias-free activation as published, by FFTs: twice the samples, a polynomial of degree 2, an
/// ideal low-pass, every second sample. Maps are square and even.
///
/// In two spellings of one function: `MASK` as the published code has it, zeros between the samples
/// and masks on the spectrum; `SPECTRUM` pads and crops the spectrum.
enum AliasFree {
  MASK,
  SPECTRUM;

  private static final long[] PLANE = {2, 3};

  Tensor on(Tensor x, Tensor[] coefficients, Masks masks) {
    if (this == MASK) {
      return every2nd(
          filtered(polynomial(filtered(zeros(x), masks.up()), coefficients), masks.down()));
    }
    return cropped(polynomial(padded(x), coefficients));
  }

  /// Gains of the spectrum of a map of twice the samples; `up` makes good the zeros between them.
  record Masks(Tensor up, Tensor down) {
    static Masks of(int size) {
      return new Masks(mask(size, 4, 0.5), mask(size, 1, 0));
    }
  }

  /// `gain` where both frequencies lie within the band of `size` samples; at its edge times `edge`
  /// for each.
  private static Tensor mask(int size, double gain, double edge) {
    int columns = size + 1;
    var values = new float[2 * size * columns];
    for (int i = 0; i < 2 * size; i++) {
      for (int j = 0; j < columns; j++) {
        double rows = share(Math.min(i, 2 * size - i), size, edge);
        values[i * columns + j] = (float) (gain * rows * share(j, size, edge));
      }
    }
    return Torch.tensor(values, 2 * size, columns).retainReference();
  }

  private static double share(int frequency, int size, double edge) {
    return 2 * frequency < size ? 1 : 2 * frequency == size ? edge : 0;
  }

  /// In two passes of a fused multiplication and addition.
  private static Tensor polynomial(Tensor x, Tensor[] a) {
    return torch.addcmul(a[0], torch.addcmul(a[1], a[2], x), x);
  }

  private static Tensor spectrum(Tensor x) {
    return torch.fft_rfft2(x, new LongArrayRefOptional(), PLANE, new StringViewOptional());
  }

  private static Tensor map(Tensor spectrum, long size) {
    var extents = new long[] {size, size};
    return torch.fft_irfft2(spectrum, extents, PLANE, new StringViewOptional());
  }

  private static Tensor zeros(Tensor x) {
    long n = x.size(0);
    long c = x.size(1);
    long size = x.size(2);
    var spread = torch.constant_pad_nd(x.reshape(n, c, size, 1, size, 1), 0, 1, 0, 0, 0, 1);
    return spread.reshape(n, c, 2 * size, 2 * size);
  }

  private static Tensor filtered(Tensor x, Tensor mask) {
    return map(spectrum(x).mul(mask), x.size(2));
  }

  private static Tensor every2nd(Tensor x) {
    var all = new LongOptional();
    return x.slice(2, all, all, 2).slice(3, all, all, 2);
  }

  /// Half of the Nyquist row and column each for the two frequencies that meet there.
  private static Tensor padded(Tensor x) {
    long size = x.size(2);
    long half = size / 2;
    var f = spectrum(x);
    var twoMeet = new Scalar(0.5);
    var edge = f.narrow(2, half, 1).mul(twoMeet);
    var gap = torch.zeros(new long[] {x.size(0), x.size(1), size - 1, half + 1}, f.options());
    var upper = f.narrow(2, 0, half);
    var lower = f.narrow(2, half + 1, half - 1);
    var tall = torch.cat(new TensorVector(upper, edge, gap, edge, lower), 2);
    var column = tall.narrow(3, half, 1).mul(twoMeet);
    var all = torch.cat(new TensorVector(tall.narrow(3, 0, half), column), 3);
    return map(torch.constant_pad_nd(all, 0, half), 2 * size).mul(new Scalar(4));
  }

  /// Without the Nyquist row and column.
  private static Tensor cropped(Tensor x) {
    long fine = x.size(2);
    long quarter = fine / 4;
    var f = spectrum(x).narrow(3, 0, quarter);
    var none = torch.zeros(new long[] {x.size(0), x.size(1), 1, quarter}, f.options());
    var upper = f.narrow(2, 0, quarter);
    var lower = f.narrow(2, fine - quarter + 1, quarter - 1);
    var all = torch.cat(new TensorVector(upper, none, lower), 2);
    return map(torch.constant_pad_nd(all, 0, 1), fine / 2).mul(new Scalar(0.25));
  }
}
