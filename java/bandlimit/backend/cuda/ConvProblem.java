package bandlimit.backend.cuda;

import bandlimit.backend.Arguments;
import bandlimit.graph.op.ConvGeometry;
import bandlimit.signal.Boundary;
import bandlimit.tensor.DType;
import bandlimit.tensor.Shape;

/// A convolution's extents, and those of the three products it is computed by (kernels/conv.cuh).
record ConvProblem(ConvGeometry geometry, DType type, Shape x, Shape w, Shape y) {
  /// Tiles of a weight gradient's result, times slabs: two waves of blocks.
  private static final int MANY_TILES = 2 * GemmVariant.PROCESSORS;

  /// Output pixels that are worth a slab of their own.
  private static final int FEWEST_PIXELS = 512;

  static ConvProblem of(ConvGeometry geometry, DType type, Shape x, Shape w) {
    return new ConvProblem(geometry, type, x, w, geometry.output(x, w));
  }

  int groups() {
    return geometry.groups();
  }

  int outChannels() {
    return w.at(0) / groups();
  }

  int inChannels() {
    return w.at(3);
  }

  /// Products in one output: taps and input channels of the group.
  int taps() {
    return w.at(1) * w.at(2) * w.at(3);
  }

  long outPixels() {
    return (long) y.n() * y.h() * y.w();
  }

  /// Input pixels of the largest residue class modulo the strides.
  long classPixels() {
    return x.n()
        * GemmVariant.tiles(x.h(), geometry.strideH())
        * GemmVariant.tiles(x.w(), geometry.strideW());
  }

  int classes() {
    return geometry.strideH() * geometry.strideW();
  }

  boolean circular() {
    return geometry.boundary() == Boundary.CIRCULAR;
  }

  /// Whether the output has no edge either: each tap sees each input pixel from just one output.
  boolean ring() {
    return circular() && y.h() * geometry.strideH() == x.h() && y.w() * geometry.strideW() == x.w();
  }

  /// Each channel for itself.
  boolean depthwise() {
    return inChannels() == 1 && groups() == x.c() && groups() > 1;
  }

  /// Whether whole 16 bytes hold `extent` elements.
  boolean packs(int extent) {
    return extent * type.bytes() % 16 == 0;
  }

  /// Output pixels of one slab of the weight gradient: from the shape alone, because the order of
  /// the sums hangs on it.
  int slabPixels() {
    long tiles = GemmVariant.tiles(outChannels(), 128) * GemmVariant.tiles(taps(), 128) * groups();
    long wanted = Math.min(MANY_TILES / tiles, outPixels() / FEWEST_PIXELS);
    long pixels = GemmVariant.tiles(outPixels(), Math.max(1, wanted));
    return Math.toIntExact(GemmVariant.tiles(pixels, 32) * 32);
  }

  int slabs() {
    return Math.toIntExact(GemmVariant.tiles(outPixels(), slabPixels()));
  }

  /// The fields of `struct ConvParams` behind its epilogue.
  Arguments pack(Arguments arguments) {
    arguments.i32(x.n()).i32(x.h()).i32(x.w()).i32(x.c());
    arguments.i32(y.h()).i32(y.w()).i32(y.c());
    arguments.i32(w.at(1)).i32(w.at(2));
    arguments.i32(geometry.strideH()).i32(geometry.strideW());
    arguments.i32(geometry.dilationH()).i32(geometry.dilationW());
    arguments.i32(geometry.top()).i32(geometry.left());
    arguments.i32(groups()).i32(circular() ? 1 : 0).i32(slabPixels());
    Divisor.of(y.h() * y.w()).pack(arguments);
    Divisor.of(y.w()).pack(arguments);
    Divisor.of(w.at(2)).pack(arguments);
    Divisor.of(inChannels()).pack(arguments);
    Divisor.of(outChannels()).pack(arguments);
    return arguments;
  }
}
