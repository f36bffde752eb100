package bandlimit.nn;

import bandlimit.tensor.HostTensor;
import bandlimit.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// How a variable is written to a file that PyTorch's `load_state_dict` takes.
public enum Layout {
  /// As it is.
  PLAIN,
  /// Ours (out, kh, kw, in/groups), in the file (out, in/groups, kh, kw).
  CONV_WEIGHT,
  /// Ours (2, C), mean over variance, in the file two tensors (C): `PATH_mean` and `PATH_var`.
  BATCH_STATISTICS;

  private static final List<String> STATISTICS = List.of("_mean", "_var");

  /// Names and shapes in the file of a variable of this layout.
  public Map<String, Shape> fileShapes(String path, Shape shape) {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    switch (this) {
      case PLAIN -> shapes.put(path, shape);
      case CONV_WEIGHT -> shapes.put(path, Shape.of(shape.n(), shape.c(), shape.h(), shape.w()));
      case BATCH_STATISTICS ->
          STATISTICS.forEach(suffix -> shapes.put(path + suffix, Shape.of(shape.at(1))));
    }
    return shapes;
  }

  /// The tensors that the file holds for `value`, of its element type.
  public Map<String, HostTensor> toFile(String path, HostTensor value) {
    Map<String, HostTensor> tensors = new LinkedHashMap<>();
    fileShapes(path, value.shape())
        .forEach(
            (name, shape) -> tensors.put(name, HostTensor.allocate(value.type().withShape(shape))));
    var parts = List.copyOf(tensors.values());
    for (long i = 0; i < value.shape().size(); i++) {
      parts.get(part(value.shape(), i)).set(within(value.shape(), i), value.get(i));
    }
    return tensors;
  }

  /// Fills `into` from the tensors of [#fileShapes], which `read` finds by name.
  public void fromFile(String path, Function<String, HostTensor> read, HostTensor into) {
    var parts = fileShapes(path, into.shape()).keySet().stream().map(read).toList();
    for (long i = 0; i < into.shape().size(); i++) {
      into.set(i, parts.get(part(into.shape(), i)).get(within(into.shape(), i)));
    }
  }

  private int part(Shape shape, long i) {
    return this == BATCH_STATISTICS ? (int) (i / shape.at(1)) : 0;
  }

  /// Flat index in the file's tensor of our flat index `i`.
  private long within(Shape shape, long i) {
    return switch (this) {
      case PLAIN -> i;
      case BATCH_STATISTICS -> i % shape.at(1);
      case CONV_WEIGHT -> {
        long area = (long) shape.h() * shape.w();
        long channel = i % shape.c();
        long position = i / shape.c() % area;
        yield (i / (shape.c() * area) * shape.c() + channel) * area + position;
      }
    };
  }
}
