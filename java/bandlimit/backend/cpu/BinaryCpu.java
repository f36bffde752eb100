package bandlimit.backend.cpu;

import bandlimit.tensor.DType;

/// Add, Mul, Scale, Expand and Cast: element by element, with stretched operands.
final class BinaryCpu {
  private BinaryCpu() {}

  static Kernel add(Pool pool, View a, View b, View y) {
    return zip(pool, a, b, y, BinaryCpu::add);
  }

  static Kernel mul(Pool pool, View a, View b, View y) {
    return zip(pool, a, b, y, BinaryCpu::mul);
  }

  /// a becomes the result.
  private interface Loop {
    void run(float[] a, float[] b, int n);
  }

  private static void add(float[] a, float[] b, int n) {
    for (int i = 0; i < n; i++) {
      a[i] += b[i];
    }
  }

  private static void mul(float[] a, float[] b, int n) {
    for (int i = 0; i < n; i++) {
      a[i] *= b[i];
    }
  }

  private static Kernel zip(Pool pool, View a, View b, View y, Loop loop) {
    var fromA = new Broadcast(a.shape(), y.shape());
    var fromB = new Broadcast(b.shape(), y.shape());
    if (fromA.isWhole() && fromB.isPeriodic()) {
      return periodic(pool, a, b, y, loop);
    }
    return Tiles.each(
        pool,
        y.size(),
        1,
        (at, n, lane) -> {
          var left = lane.tile(0, n);
          var right = lane.tile(1, n);
          fromA.load(a, at, left, n);
          fromB.load(b, at, right, n);
          loop.run(left, right, n);
          y.store(at, left, n);
        });
  }

  /// b is one number for each channel: spread over a tile once a run.
  private static Kernel periodic(Pool pool, View a, View b, View y, Loop loop) {
    int period = Math.toIntExact(b.size());
    int tile = Tiles.length(period);
    var spread = new float[tile];
    var each =
        Tiles.each(
            pool,
            y.size(),
            period,
            (at, n, lane) -> {
              var left = lane.tile(0, n);
              a.load(at, left, n);
              loop.run(left, spread, n);
              y.store(at, left, n);
            });
    return () -> {
      b.load(0, spread, period);
      Tiles.spread(spread, period, tile);
      each.run();
    };
  }

  static Kernel scale(Pool pool, double factor, View x, View y) {
    if (factor == 1) {
      return copy(pool, x, y);
    }
    return expand(pool, factor, x, y);
  }

  static Kernel expand(Pool pool, double factor, View x, View y) {
    var from = new Broadcast(x.shape(), y.shape());
    float f = (float) factor;
    return Tiles.each(
        pool,
        y.size(),
        1,
        (at, n, lane) -> {
          var tile = lane.tile(0, n);
          from.load(x, at, tile, n);
          scale(tile, f, n);
          y.store(at, tile, n);
        });
  }

  private static void scale(float[] a, float factor, int n) {
    for (int i = 0; i < n; i++) {
      a[i] *= factor;
    }
  }

  /// Any element type; nothing to do where both are the same memory.
  static Kernel copy(Pool pool, View x, View y) {
    if (x.address() == y.address()) {
      return () -> {};
    }
    return Tiles.each(pool, y.size(), 1, (at, n, lane) -> y.copy(at, x, at, n));
  }

  static Kernel cast(Pool pool, View x, View y) {
    var from = x.type.dtype();
    var to = y.type.dtype();
    if (from == to) {
      return copy(pool, x, y);
    }
    if (from == DType.U8 && to == DType.F32) {
      return Tiles.each(
          pool,
          y.size(),
          1,
          (at, n, lane) -> {
            var bytes = lane.bytes(n);
            var tile = lane.tile(0, n);
            java.lang.foreign.MemorySegment.copy(
                x.data, java.lang.foreign.ValueLayout.JAVA_BYTE, at, bytes, 0, n);
            widen(bytes, tile, n);
            y.store(at, tile, n);
          });
    }
    var source = new bandlimit.tensor.HostTensor(x.type, x.data);
    var target = new bandlimit.tensor.HostTensor(y.type, y.data);
    return Tiles.each(
        pool,
        y.size(),
        1,
        (at, n, lane) -> {
          for (int i = 0; i < n; i++) {
            target.set(at + i, source.get(at + i));
          }
        });
  }

  private static void widen(byte[] bytes, float[] tile, int n) {
    for (int i = 0; i < n; i++) {
      tile[i] = bytes[i] & 0xff;
    }
  }
}
