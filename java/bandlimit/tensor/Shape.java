package bandlimit.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// The extents of a tensor, outermost first. Activations are (N, H, W, C), convolution weights
/// (out, kh, kw, in/groups).
public record Shape(List<Integer> dims) {
  public Shape {
    dims = List.copyOf(dims);
    for (int d : dims) {
      if (d < 1) {
        throw new IllegalArgumentException("every extent must be 1 or more, got " + dims);
      }
    }
    long size = 1;
    for (int d : dims) {
      size = Math.multiplyExact(size, (long) d);
    }
  }

  public static Shape of(Integer... dims) {
    return new Shape(List.of(dims));
  }

  public int rank() {
    return dims.size();
  }

  /// The extent of `axis`; negative axes count from the end.
  public int at(int axis) {
    return dims.get(axis < 0 ? axis + rank() : axis);
  }

  /// Number of elements; 1 for rank 0.
  public long size() {
    long size = 1;
    for (int d : dims) {
      size *= d;
    }
    return size;
  }

  public int intSize() {
    return Math.toIntExact(size());
  }

  public Shape with(int axis, int extent) {
    var changed = new ArrayList<>(dims);
    changed.set(axis < 0 ? axis + rank() : axis, extent);
    return new Shape(changed);
  }

  /// N, H, W or C of an activation.
  public int n() {
    return at(0);
  }

  public int h() {
    return at(1);
  }

  public int w() {
    return at(2);
  }

  public int c() {
    return at(3);
  }

  @Override
  public String toString() {
    return dims.stream().map(String::valueOf).collect(Collectors.joining(", ", "(", ")"));
  }
}
