package bandlimit.stream;

import bandlimit.backend.Backend;
import bandlimit.backend.Executable;
import bandlimit.error.DataException;
import bandlimit.plan.Plan;
import bandlimit.plan.Planner;
import bandlimit.plan.Slot;
import bandlimit.tensor.HostTensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// One or more live signals going through a network; for one thread at a time.
///
/// Samples are pushed in any number; whenever a hop is complete, the sink gets an [Answer]. All
/// streams of a session get as many samples as each other, and know nothing of each other. On the
/// cpu device a push allocates nothing, once it is compiled.
public final class StreamingSession implements AutoCloseable {
  /// Gets the answers, in a push; what it gets is overwritten by the next one.
  @FunctionalInterface
  public interface Sink {
    void accept(Answer answer);
  }

  /// Puts the network's weights into a program.
  @FunctionalInterface
  public interface Weights {
    void into(Executable executable);
  }

  private final StreamingPlan plan;
  private final Missing missing;
  private final Executable executable;
  private final Plan step;
  private final Optional<Start> start;
  private final Optional<Plan> head;
  private final Port in;
  private final Port out;
  private final Answer answer;

  private final int streams;
  private final int channels;
  private final int chunk;
  private final HostTensor buffer; // (N, chunk, C), as the program's input
  private final float[] last; // values that HOLD repeats, (N, C)
  private final boolean[] broken; // streams that RESET after this chunk
  private final long[] ages; // chunks since the beginning of each stream
  private final Map<String, Slot> states = new LinkedHashMap<>();

  private int filled;
  private int sinceHop;
  private long received; // since the session began

  /// The plan that takes the first chunks, and where it reads what is before a stream's beginning.
  private record Start(Plan plan, Port in, Map<Mask, Port> masks) {}

  /// A slot as the host reaches it: directly where the machine's memory is the host's.
  private record Port(Executable executable, Slot slot, HostTensor host, boolean direct) {
    /// In the slot's element type.
    static Port input(Executable executable, Slot slot) {
      return direct(executable, slot)
          .orElseGet(() -> new Port(executable, slot, HostTensor.allocate(slot.type()), false));
    }

    /// In the element type of the machine's memory, which may hold more than the slot's.
    static Port exact(Executable executable, Slot slot) {
      return direct(executable, slot)
          .orElseGet(() -> new Port(executable, slot, executable.read(slot), false));
    }

    private static Optional<Port> direct(Executable executable, Slot slot) {
      return executable
          .memory(slot)
          .map(memory -> new Port(executable, slot, new HostTensor(slot.type(), memory), true));
    }

    void write() {
      if (!direct) {
        executable.write(slot, host);
      }
    }

    void read() {
      if (!direct) {
        executable.read(slot, host);
      }
    }
  }

  private StreamingSession(
      StreamingPlan plan, Executable executable, Missing missing, Weights weights) {
    this.plan = plan;
    this.missing = missing;
    this.executable = executable;
    var program = executable.program();
    this.step = program.plan(StreamingPlan.STEP);
    this.start =
        plan.masks().isEmpty()
            ? Optional.empty()
            : Optional.of(start(program.plan(StreamingPlan.START)));
    this.head =
        plan.answersWindows() ? Optional.of(program.plan(StreamingPlan.HEAD)) : Optional.empty();
    this.in = Port.input(executable, step.input(StreamWriter.SAMPLES));
    this.out =
        Port.exact(
            executable,
            head.map(h -> h.output(StreamingPlan.ANSWER))
                .orElseGet(() -> step.output(StreamWriter.COLUMNS)));
    this.streams = plan.streams();
    this.channels = plan.channels();
    this.chunk = plan.chunk();
    this.buffer = HostTensor.allocate(in.slot().type());
    this.last = new float[streams * channels];
    this.broken = new boolean[streams];
    this.ages = new long[streams];
    this.answer = new Answer(this, out.host());
    program
        .states()
        .forEach(
            (path, slot) -> {
              if (plan.histories().containsKey(path)) {
                states.put(path, slot);
              }
            });
    weights.into(executable);
    begin();
  }

  public static StreamingSession open(
      StreamingPlan plan, Backend backend, Missing missing, Weights weights) {
    var executable = backend.compile(Planner.plan(plan.procedures(), backend));
    try {
      return new StreamingSession(plan, executable, missing, weights);
    } catch (RuntimeException e) {
      executable.close();
      throw e;
    }
  }

  private Start start(Plan of) {
    Map<Mask, Port> ports = new LinkedHashMap<>();
    plan.masks().forEach(mask -> ports.put(mask, Port.input(executable, of.input(mask.name()))));
    return new Start(of, Port.input(executable, of.input(StreamWriter.SAMPLES)), ports);
  }

  public StreamingPlan plan() {
    return plan;
  }

  /// Samples that each stream has given so far, gaps included.
  public long received() {
    return received;
  }

  // ---- samples ----

  /// Takes `frames` moments of every stream. Where a sample is refused, [#received] says how many
  /// were taken before.
  ///
  /// @param samples (N, frames, C) from `from` on: stream by stream, moment by moment
  public void push(float[] samples, int from, int frames, Sink sink) {
    check(samples.length, from, frames);
    int taken = 0;
    while (taken < frames) {
      int now = room(frames - taken);
      for (int s = 0; s < streams; s++) {
        int at = from + (s * frames + taken) * channels;
        MemorySegment.copy(
            samples, at, buffer.data(), HostTensor.F32, 4 * place(s), now * channels);
      }
      taken += now;
      mend(now);
      advance(now, sink);
    }
  }

  /// As many moments as `samples` holds.
  public void push(float[] samples, Sink sink) {
    int each = streams * channels;
    if (samples.length % each != 0) {
      throw new IllegalArgumentException(
          "%d numbers are no whole moments of %d streams with %d channels"
              .formatted(samples.length, streams, channels));
    }
    push(samples, 0, samples.length / each, sink);
  }

  /// The same from a segment of float32.
  ///
  /// @param from number of the first float
  public void push(MemorySegment samples, long from, int frames, Sink sink) {
    check(samples.byteSize() / Float.BYTES, from, frames);
    int taken = 0;
    while (taken < frames) {
      int now = room(frames - taken);
      for (int s = 0; s < streams; s++) {
        long at = from + ((long) s * frames + taken) * channels;
        long bytes = (long) Float.BYTES * now * channels;
        MemorySegment.copy(samples, 4 * at, buffer.data(), 4 * place(s), bytes);
      }
      taken += now;
      mend(now);
      advance(now, sink);
    }
  }

  private void check(long floats, long from, int frames) {
    long size = (long) streams * frames * channels;
    if (frames < 0 || from < 0 || from + size > floats) {
      throw new IllegalArgumentException(
          "%d moments of %d streams with %d channels are %d numbers, got %d from %d on"
              .formatted(frames, streams, channels, size, floats, from));
    }
  }

  /// How many moments fit before something has to be computed.
  private int room(int wanted) {
    return Math.min(wanted, Math.min(chunk - filled, plan.hop() - sinceHop));
  }

  /// The number in the buffer where the next moment of a stream goes.
  private long place(int stream) {
    return ((long) stream * chunk + filled) * channels;
  }

  /// Looks through what has just come in.
  private void mend(int frames) {
    for (int s = 0; s < streams; s++) {
      long to = place(s);
      for (int i = 0; i < frames; i++) {
        for (int c = 0; c < channels; c++) {
          long at = to + (long) i * channels + c;
          float value = buffer.data().getAtIndex(HostTensor.F32, at);
          if (!Float.isFinite(value)) {
            value = missing(s, i, c);
            buffer.data().setAtIndex(HostTensor.F32, at, value);
          }
          last[s * channels + c] = value;
        }
      }
    }
  }

  private float missing(int stream, int i, int channel) {
    return switch (missing) {
      case REFUSE ->
          throw new DataException(
              "stream %d, channel %d: sample %d is no number; hold the last one, or reset there"
                  .formatted(stream, channel, received + i));
      case HOLD -> last[stream * channels + channel];
      case RESET -> {
        broken[stream] = true;
        yield 0;
      }
    };
  }

  /// Says that `frames` moments of every stream are missing.
  public void gap(long frames, Sink sink) {
    if (frames < 0) {
      throw new IllegalArgumentException("a gap lasts 0 samples or more, got " + frames);
    }
    switch (missing) {
      case REFUSE ->
          throw new DataException(
              "%d samples are missing from %d on; hold the last one, or reset there"
                  .formatted(frames, received));
      case HOLD -> hold(frames, sink);
      case RESET -> {
        received += frames;
        begin();
      }
    }
  }

  private void hold(long frames, Sink sink) {
    long left = frames;
    while (left > 0) {
      int now = room((int) Math.min(left, Integer.MAX_VALUE));
      for (int s = 0; s < streams; s++) {
        for (int i = 0; i < now; i++) {
          for (int c = 0; c < channels; c++) {
            long to = place(s) + (long) i * channels + c;
            buffer.data().setAtIndex(HostTensor.F32, to, last[s * channels + c]);
          }
        }
      }
      left -= now;
      advance(now, sink);
    }
  }

  private void advance(int frames, Sink sink) {
    filled += frames;
    sinceHop += frames;
    received += frames;
    boolean whole = filled == chunk;
    if (whole) {
      filled = 0;
      compute();
      if (head.isEmpty()) {
        columns(sink);
      }
    }
    if (sinceHop == plan.hop()) {
      sinceHop = 0;
      if (head.isPresent()) {
        window(head.get(), sink);
      }
    }
    if (whole) {
      resetBroken();
    }
  }

  private void compute() {
    if (start.isPresent() && youngest() < plan.startChunks()) {
      var first = start.get();
      for (var entry : first.masks().entrySet()) {
        fill(entry.getKey(), entry.getValue());
      }
      run(first.plan(), first.in());
    } else {
      run(step, in);
    }
    for (int s = 0; s < streams; s++) {
      ages[s]++;
    }
  }

  private void run(Plan chosen, Port port) {
    MemorySegment.copy(buffer.data(), 0, port.host().data(), 0, buffer.data().byteSize());
    port.write();
    executable.run(chosen);
  }

  private long youngest() {
    long least = Long.MAX_VALUE;
    for (long age : ages) {
      least = Math.min(least, age);
    }
    return least;
  }

  private void fill(Mask mask, Port port) {
    for (int s = 0; s < streams; s++) {
      for (int i = 0; i < mask.columns(); i++) {
        port.host().set((long) s * mask.columns() + i, mask.at(ages[s], i));
      }
    }
    port.write();
  }

  private void columns(Sink sink) {
    long late = plan.answerDelay();
    long n = chunk / plan.answerRate();
    long first = (ages[0] - 1) * n - late;
    if (first + n > 0 || streams > 1) {
      out.read();
      answer.set(received, received - plan.delay(), first);
      sink.accept(answer);
    }
  }

  private void window(Plan plan, Sink sink) {
    boolean any = false;
    for (int s = 0; s < streams; s++) {
      any |= isValid(s);
    }
    if (any) {
      executable.run(plan);
      out.read();
      answer.set(received, received - filled - this.plan.delay(), 0);
      sink.accept(answer);
    }
  }

  /// Whether what the stream has given since its beginning is enough for an answer.
  boolean isValid(int stream) {
    long complete = ages[stream] * chunk - plan.delay();
    return !broken[stream] && complete >= (plan.answersWindows() ? plan.window() : 1);
  }

  // ---- beginnings ----

  /// Forgets all samples: the next is the first of every stream.
  public void reset() {
    received = 0;
    begin();
  }

  private void begin() {
    filled = 0;
    sinceHop = 0;
    Arrays.fill(last, 0);
    Arrays.fill(ages, 0);
    Arrays.fill(broken, false);
    states.forEach(
        (path, slot) -> {
          var port = Port.exact(executable, slot);
          port.host().fill(before(path));
          port.write();
        });
  }

  private double before(String path) {
    return plan.histories().getOrDefault(path, 0.0);
  }

  /// Forgets all samples of one stream; it begins anew with the next chunk, and what this one has
  /// of it is lost.
  public void reset(int stream) {
    broken[stream] = true;
    if (filled == 0) {
      resetBroken();
    }
  }

  private void resetBroken() {
    for (int s = 0; s < streams; s++) {
      if (broken[s]) {
        broken[s] = false;
        ages[s] = 0;
        for (var entry : states.entrySet()) {
          forget(s, entry.getKey(), entry.getValue());
        }
      }
    }
  }

  private void forget(int stream, String path, Slot slot) {
    var port = Port.exact(executable, slot);
    port.read();
    long each = slot.type().shape().size() / streams;
    for (long i = stream * each; i < (stream + 1) * each; i++) {
      port.host().set(i, before(path));
    }
    port.write();
  }

  // ---- memory ----

  /// Bytes that one stream needs beside the weights: histories, windows, and the chunk in waiting.
  public long bytesPerStream() {
    long bytes = buffer.type().bytes();
    for (Slot slot : states.values()) {
      bytes += slot.type().bytes();
    }
    return bytes / streams;
  }

  /// Everything that the future depends on, beside weights and plan.
  public byte[] snapshot() {
    return new Snapshot(plan, executable, states).write(image());
  }

  /// Goes on where the snapshot was taken; a [bandlimit.error.CheckpointException] where it is of
  /// another network, other weights or another hop.
  public void restore(byte[] snapshot) {
    var image = new Snapshot(plan, executable, states).read(snapshot, image());
    received = image.received();
    filled = image.filled();
    sinceHop = image.sinceHop();
  }

  private Snapshot.Image image() {
    return new Snapshot.Image(received, filled, sinceHop, ages, last, broken, buffer);
  }

  @Override
  public void close() {
    executable.close();
  }
}
