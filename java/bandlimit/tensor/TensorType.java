package bandlimit.tensor;

/// What a value is: element type and extents. Row-major and contiguous always; there are no
/// strides.
public record TensorType(DType dtype, Shape shape) {
  public static TensorType of(DType dtype, Integer... dims) {
    return new TensorType(dtype, Shape.of(dims));
  }

  public static TensorType f32(Integer... dims) {
    return of(DType.F32, dims);
  }

  public long bytes() {
    return Math.multiplyExact(shape.size(), (long) dtype.bytes());
  }

  public TensorType withShape(Shape changed) {
    return new TensorType(dtype, changed);
  }

  public TensorType withDType(DType changed) {
    return new TensorType(changed, shape);
  }

  /// As sums of such elements are kept.
  public TensorType accumulator() {
    return withDType(dtype.accumulator());
  }

  @Override
  public String toString() {
    return dtype.name().toLowerCase(java.util.Locale.ROOT) + shape;
  }
}
