package bandlimit.backend.cpu;

import bandlimit.error.DeviceException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;

/// The part of oneDNN's C interface that convolution, matmul and reordering need. Handles are plain
/// addresses; every status other than success is a [DeviceException].
final class OneDnn {
  // dnnl_types.h and dnnl_common_types.h of version 3
  static final int FORWARD_TRAINING = 64;
  static final int CONVOLUTION_DIRECT = 1;
  static final int QUERY_IMPL_INFO = 8;
  static final int QUERY_WEIGHTS = 131;
  static final int QUERY_DIFF_WEIGHTS = 132;
  static final int QUERY_SCRATCHPAD = 136;
  static final int ARG_SRC = 1;
  static final int ARG_DST = 17;
  static final int ARG_WEIGHTS = 33;
  static final int ARG_BIAS = 41;
  static final int ARG_SCRATCHPAD = 80;

  /// The second operand of the first operation behind a primitive's own.
  static final int ARG_ADDED = 32768 | 2;

  static final int ARG_DIFF_SRC = 129;
  static final int ARG_DIFF_DST = 145;
  static final int ARG_DIFF_WEIGHTS = 161;
  private static final int F32 = 3;
  private static final int TAG_ANY = 1;
  private static final int ENGINE_CPU = 1;
  private static final int STREAM_IN_ORDER = 1;
  private static final int SCRATCHPAD_USER = 1;
  private static final int BINARY_ADD = 0x1fff0;
  private static final List<String> STATUS =
      List.of(
          "success",
          "out of memory",
          "invalid arguments",
          "unimplemented",
          "last implementation reached",
          "runtime error",
          "not required",
          "invalid graph",
          "invalid graph op",
          "invalid shape",
          "invalid data type");

  private static final MemoryLayout P = ValueLayout.JAVA_LONG; // an address as a number
  private static final MemoryLayout A = ValueLayout.ADDRESS; // memory of ours
  private static final MemoryLayout I = ValueLayout.JAVA_INT;

  private final SymbolLookup symbols;
  private final MethodHandle ompSetThreads;
  private final MethodHandle descriptor;
  private final MethodHandle descriptorWithTag;
  private final MethodHandle descriptorSize;
  private final MethodHandle descriptorEqual;
  private final MethodHandle descriptorDestroy;
  private final MethodHandle convolutionForward;
  private final MethodHandle convolutionInputGrad;
  private final MethodHandle convolutionWeightGrad;
  private final MethodHandle matmul;
  private final MethodHandle reorder;
  private final MethodHandle queryDescriptor;
  private final MethodHandle query;
  private final MethodHandle primitiveCreate;
  private final MethodHandle primitiveDestroy;
  private final MethodHandle primitiveDescDestroy;
  private final MethodHandle memoryCreate;
  private final MethodHandle memorySetHandle;
  private final MethodHandle memoryDestroy;
  private final MethodHandle execute;
  private final MethodHandle attributesCreate;
  private final MethodHandle attributesDestroy;
  private final MethodHandle setScratchpad;
  private final MethodHandle postOpsCreate;
  private final MethodHandle postOpsDestroy;
  private final MethodHandle appendBinary;
  private final MethodHandle setPostOps;
  private final MethodHandle isa;

  private final long engine;
  private final long stream;
  private final long attributes;

  OneDnn(SymbolLookup symbols) {
    this.symbols = symbols;
    ompSetThreads =
        Linker.nativeLinker()
            .downcallHandle(find("omp_set_num_threads"), FunctionDescriptor.ofVoid(I));
    descriptor = status("dnnl_memory_desc_create_with_strides", A, I, A, I, A);
    descriptorWithTag = status("dnnl_memory_desc_create_with_tag", A, I, A, I, I);
    descriptorSize =
        Linker.nativeLinker()
            .downcallHandle(find("dnnl_memory_desc_get_size"), FunctionDescriptor.of(P, P));
    descriptorEqual = status("dnnl_memory_desc_equal", P, P);
    descriptorDestroy = status("dnnl_memory_desc_destroy", P);
    convolutionForward =
        status(
            "dnnl_convolution_forward_primitive_desc_create",
            A,
            P,
            I,
            I,
            P,
            P,
            P,
            P,
            A,
            A,
            A,
            A,
            P);
    convolutionInputGrad =
        status(
            "dnnl_convolution_backward_data_primitive_desc_create",
            A,
            P,
            I,
            P,
            P,
            P,
            A,
            A,
            A,
            A,
            P,
            P);
    convolutionWeightGrad =
        status(
            "dnnl_convolution_backward_weights_primitive_desc_create",
            A,
            P,
            I,
            P,
            P,
            P,
            P,
            A,
            A,
            A,
            A,
            P,
            P);
    matmul = status("dnnl_matmul_primitive_desc_create", A, P, P, P, P, P, P);
    reorder = status("dnnl_reorder_primitive_desc_create", A, P, P, P, P, P);
    queryDescriptor =
        Linker.nativeLinker()
            .downcallHandle(
                find("dnnl_primitive_desc_query_md"), FunctionDescriptor.of(P, P, I, I));
    query = status("dnnl_primitive_desc_query", P, I, I, A);
    primitiveCreate = status("dnnl_primitive_create", A, P);
    primitiveDestroy = status("dnnl_primitive_destroy", P);
    primitiveDescDestroy = status("dnnl_primitive_desc_destroy", P);
    memoryCreate = status("dnnl_memory_create", A, P, P, P);
    memorySetHandle = status("dnnl_memory_set_data_handle", P, P);
    memoryDestroy = status("dnnl_memory_destroy", P);
    execute = status("dnnl_primitive_execute", P, P, I, P);
    attributesCreate = status("dnnl_primitive_attr_create", A);
    attributesDestroy = status("dnnl_primitive_attr_destroy", P);
    setScratchpad = status("dnnl_primitive_attr_set_scratchpad_mode", P, I);
    postOpsCreate = status("dnnl_post_ops_create", A);
    postOpsDestroy = status("dnnl_post_ops_destroy", P);
    appendBinary = status("dnnl_post_ops_append_binary", P, I, P);
    setPostOps = status("dnnl_primitive_attr_set_post_ops", P, P);
    isa =
        Linker.nativeLinker()
            .downcallHandle(find("dnnl_get_effective_cpu_isa"), FunctionDescriptor.of(I));
    try (var arena = Arena.ofConfined()) {
      var out = arena.allocate(ValueLayout.JAVA_LONG);
      check("engine", (int) status("dnnl_engine_create", A, I, P).invoke(out, ENGINE_CPU, 0L));
      engine = out.get(ValueLayout.JAVA_LONG, 0);
      check(
          "stream",
          (int) status("dnnl_stream_create", A, P, I).invoke(out, engine, STREAM_IN_ORDER));
      stream = out.get(ValueLayout.JAVA_LONG, 0);
      check("attributes", (int) attributesCreate.invokeExact(out));
      attributes = out.get(ValueLayout.JAVA_LONG, 0);
      check("scratchpad mode", (int) setScratchpad.invokeExact(attributes, SCRATCHPAD_USER));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  private MemorySegment find(String name) {
    return symbols
        .find(name)
        .orElseThrow(
            () ->
                new DeviceException("oneDNN has no function " + name + "; wrong library version"));
  }

  private MethodHandle status(String name, MemoryLayout... arguments) {
    return Linker.nativeLinker()
        .downcallHandle(find(name), FunctionDescriptor.of(ValueLayout.JAVA_INT, arguments));
  }

  private static void check(String what, int status) {
    if (status != 0) {
      var meaning = status < STATUS.size() && status > 0 ? STATUS.get(status) : "unknown status";
      throw new DeviceException("oneDNN: %s: %s (%d)".formatted(what, meaning, status));
    }
  }

  private static RuntimeException unexpected(Throwable e) {
    return switch (e) {
      case RuntimeException known -> known;
      case Error error -> throw error;
      default -> new IllegalStateException(e);
    };
  }

  /// The calling thread's oneDNN calls stay on it, now and later: the number of OpenMP threads is a
  /// property of the thread that calls. Both results and primitives depend on it.
  void singleThread() {
    try {
      ompSetThreads.invokeExact(1);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /// The bits of dnnl_cpu_isa_t that oneDNN may use.
  int instructionSet() {
    try {
      return (int) isa.invokeExact();
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  void execute(String what, long primitive, int count, long arguments) {
    int result;
    try {
      result = (int) execute.invokeExact(primitive, stream, count, arguments);
    } catch (Throwable e) {
      throw unexpected(e);
    }
    if (result != 0) {
      check(what, result);
    }
  }

  /// How a convolution's window walks, in oneDNN's terms (dilation 0 is dense).
  record Window(long[] strides, long[] dilations, long[] before, long[] after) {}

  /// Everything made for one executable, and destroyed with it.
  final class Session implements AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final List<Runnable> destroyers = new ArrayList<>();
    private final List<List<Long>> scratchpads = new ArrayList<>();
    private long scratchpadBytes;
    private final int lanes;

    Session(int lanes) {
      this.lanes = lanes;
    }

    private interface Maker {
      int make(MemorySegment out) throws Throwable;
    }

    private long make(String what, MethodHandle destroyer, Maker maker) {
      var out = arena.allocate(ValueLayout.JAVA_LONG);
      try {
        check(what, maker.make(out));
      } catch (Throwable e) {
        throw unexpected(e);
      }
      long handle = out.get(ValueLayout.JAVA_LONG, 0);
      destroyers.add(
          () -> {
            try {
              check("destroy " + what, (int) destroyer.invokeExact(handle));
            } catch (Throwable e) {
              throw unexpected(e);
            }
          });
      return handle;
    }

    private MemorySegment longs(long... values) {
      return arena.allocateFrom(ValueLayout.JAVA_LONG, values);
    }

    long descriptor(long[] dims, long[] strides) {
      return make(
          "memory descriptor",
          descriptorDestroy,
          out -> (int) descriptor.invokeExact(out, dims.length, longs(dims), F32, longs(strides)));
    }

    /// A layout of oneDNN's own choice.
    long anyDescriptor(long... dims) {
      return make(
          "memory descriptor",
          descriptorDestroy,
          out -> (int) descriptorWithTag.invokeExact(out, dims.length, longs(dims), F32, TAG_ANY));
    }

    long bytes(long descriptor) {
      try {
        return (long) descriptorSize.invokeExact(descriptor);
      } catch (Throwable e) {
        throw unexpected(e);
      }
    }

    boolean equal(long a, long b) {
      try {
        return (int) descriptorEqual.invokeExact(a, b) != 0;
      } catch (Throwable e) {
        throw unexpected(e);
      }
    }

    /// @param bias a layout, or 0 for none
    /// @param added the layout of a tensor that is added to the result, or 0 for none
    long forward(String what, long src, long weights, long bias, long dst, Window w, long added) {
      long attributes = added == 0 ? OneDnn.this.attributes : adding(added);
      return make(
          what,
          primitiveDescDestroy,
          out ->
              (int)
                  convolutionForward.invokeExact(
                      out,
                      engine,
                      FORWARD_TRAINING,
                      CONVOLUTION_DIRECT,
                      src,
                      weights,
                      bias,
                      dst,
                      longs(w.strides()),
                      longs(w.dilations()),
                      longs(w.before()),
                      longs(w.after()),
                      attributes));
    }

    /// Attributes of a primitive behind which a tensor is added.
    private long adding(long layout) {
      long operations =
          make("post-ops", postOpsDestroy, out -> (int) postOpsCreate.invokeExact(out));
      long attributes =
          make("attributes", attributesDestroy, out -> (int) attributesCreate.invokeExact(out));
      try {
        check("added", (int) appendBinary.invokeExact(operations, BINARY_ADD, layout));
        check("post-ops", (int) setPostOps.invokeExact(attributes, operations));
        check("scratchpad mode", (int) setScratchpad.invokeExact(attributes, SCRATCHPAD_USER));
      } catch (Throwable e) {
        throw unexpected(e);
      }
      return attributes;
    }

    long inputGrad(String what, long diffSrc, long weights, long diffDst, Window w, long hint) {
      return make(
          what,
          primitiveDescDestroy,
          out ->
              (int)
                  convolutionInputGrad.invokeExact(
                      out,
                      engine,
                      CONVOLUTION_DIRECT,
                      diffSrc,
                      weights,
                      diffDst,
                      longs(w.strides()),
                      longs(w.dilations()),
                      longs(w.before()),
                      longs(w.after()),
                      hint,
                      attributes));
    }

    long weightGrad(String what, long src, long diffWeights, long diffDst, Window w, long hint) {
      return make(
          what,
          primitiveDescDestroy,
          out ->
              (int)
                  convolutionWeightGrad.invokeExact(
                      out,
                      engine,
                      CONVOLUTION_DIRECT,
                      src,
                      diffWeights,
                      0L,
                      diffDst,
                      longs(w.strides()),
                      longs(w.dilations()),
                      longs(w.before()),
                      longs(w.after()),
                      hint,
                      attributes));
    }

    long matmul(String what, long a, long b, long c) {
      return make(
          what,
          primitiveDescDestroy,
          out -> (int) matmul.invokeExact(out, engine, a, b, 0L, c, attributes));
    }

    long reorder(String what, long from, long to) {
      return make(
          what,
          primitiveDescDestroy,
          out -> (int) reorder.invokeExact(out, from, engine, to, engine, attributes));
    }

    /// A layout that a primitive descriptor asks for; belongs to it.
    long layout(long primitiveDesc, int which) {
      try {
        return (long) queryDescriptor.invokeExact(primitiveDesc, which, 0);
      } catch (Throwable e) {
        throw unexpected(e);
      }
    }

    /// The name of the implementation oneDNN chose.
    String implementation(long primitiveDesc) {
      try (var own = Arena.ofConfined()) {
        var out = own.allocate(ValueLayout.ADDRESS);
        check("query", (int) query.invokeExact(primitiveDesc, QUERY_IMPL_INFO, 0, out));
        return out.get(ValueLayout.ADDRESS, 0).reinterpret(256).getString(0);
      } catch (Throwable e) {
        throw unexpected(e);
      }
    }

    long memory(long descriptor, long address) {
      return make(
          "memory",
          memoryDestroy,
          out -> (int) memoryCreate.invokeExact(out, descriptor, engine, address));
    }

    /// The primitive of `primitiveDesc` on fixed addresses: (argument, descriptor, address) each.
    Call call(String what, long primitiveDesc, Argument... arguments) {
      return new Primitive(this, what, primitiveDesc).on(arguments);
    }

    Primitive primitive(String what, long primitiveDesc) {
      return new Primitive(this, what, primitiveDesc);
    }

    /// Bytes of scratchpad for each lane; known when all primitives are made.
    long scratchpadBytes() {
      return scratchpadBytes;
    }

    /// Gives each lane's scratchpad its place: `lanes` blocks of [#scratchpadBytes] from `address`.
    void placeScratchpads(long address) {
      for (var byLane : scratchpads) {
        for (int lane = 0; lane < lanes; lane++) {
          try {
            check(
                "scratchpad",
                (int)
                    memorySetHandle.invokeExact(
                        byLane.get(lane).longValue(), address + lane * scratchpadBytes));
          } catch (Throwable e) {
            throw unexpected(e);
          }
        }
      }
    }

    @Override
    public void close() {
      destroyers.reversed().forEach(Runnable::run);
      destroyers.clear();
      arena.close();
    }
  }

  /// What a primitive reads or writes, and where that lies.
  record Argument(int index, long descriptor, long address) {}

  /// A compiled primitive with its scratchpads.
  final class Primitive {
    private final Session session;
    private final String what;
    private final long handle;
    private final long[] scratchpads; // a oneDNN memory for each lane; empty if none is needed

    private Primitive(Session session, String what, long primitiveDesc) {
      this.session = session;
      this.what = what;
      this.handle =
          session.make(
              what, primitiveDestroy, out -> (int) primitiveCreate.invokeExact(out, primitiveDesc));
      long layout = session.layout(primitiveDesc, QUERY_SCRATCHPAD);
      long bytes = layout == 0 ? 0 : session.bytes(layout);
      scratchpads = new long[bytes == 0 ? 0 : session.lanes];
      for (int i = 0; i < scratchpads.length; i++) {
        scratchpads[i] = session.memory(layout, 0);
      }
      if (bytes > 0) {
        session.scratchpads.add(java.util.Arrays.stream(scratchpads).boxed().toList());
        long aligned = (bytes + 4095) / 4096 * 4096;
        session.scratchpadBytes = Math.max(session.scratchpadBytes, aligned);
      }
    }

    Call on(Argument... arguments) {
      int count = arguments.length + (scratchpads.length > 0 ? 1 : 0);
      var block = session.arena.allocate(16L * count, 8); // struct {int arg; void* memory}
      for (int i = 0; i < arguments.length; i++) {
        block.set(ValueLayout.JAVA_INT, 16L * i, arguments[i].index());
        block.set(
            ValueLayout.JAVA_LONG,
            16L * i + 8,
            session.memory(arguments[i].descriptor(), arguments[i].address()));
      }
      if (scratchpads.length > 0) {
        block.set(ValueLayout.JAVA_INT, 16L * (count - 1), ARG_SCRATCHPAD);
      }
      return new Call(this, block, count);
    }
  }

  /// A primitive on fixed memory. Not for two lanes at once.
  final class Call {
    private final Primitive primitive;
    private final MemorySegment arguments;
    private final int count;

    private Call(Primitive primitive, MemorySegment arguments, int count) {
      this.primitive = primitive;
      this.arguments = arguments;
      this.count = count;
    }

    void run(Lane lane) {
      if (primitive.scratchpads.length > 0) {
        arguments.set(
            ValueLayout.JAVA_LONG, 16L * (count - 1) + 8, primitive.scratchpads[lane.index]);
      }
      execute(primitive.what, primitive.handle, count, arguments.address());
    }
  }
}
