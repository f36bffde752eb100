package bandlimit.stream;

import bandlimit.backend.Backend;
import bandlimit.backend.Executable;
import bandlimit.error.DataException;
import bandlimit.plan.Planner;
import java.lang.foreign.MemorySegment;

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
  private final Chunks chunks;
  private final Intake intake;
  private final Answer answer;
  private int sinceHop;
  private long received; // since the session began

  private StreamingSession(
      StreamingPlan plan, Executable executable, Missing missing, Weights weights) {
    this.plan = plan;
    this.missing = missing;
    this.executable = executable;
    this.chunks = new Chunks(plan, executable);
    this.intake = new Intake(plan, chunks.newBuffer(), missing);
    this.answer = new Answer(this, chunks.result());
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
    intake.require(samples.length, from, frames);
    int taken = 0;
    while (taken < frames) {
      int now = room(frames - taken);
      intake.take(samples, from, frames, taken, now, received);
      taken += now;
      advance(now, sink);
    }
  }

  /// As many moments as `samples` holds.
  public void push(float[] samples, Sink sink) {
    push(samples, 0, intake.moments(samples.length), sink);
  }

  /// The same from a segment of float32.
  ///
  /// @param from number of the first float
  public void push(MemorySegment samples, long from, int frames, Sink sink) {
    intake.require(samples.byteSize() / Float.BYTES, from, frames);
    int taken = 0;
    while (taken < frames) {
      int now = room(frames - taken);
      intake.take(samples, from, frames, taken, now, received);
      taken += now;
      advance(now, sink);
    }
  }

  /// How many moments fit before something has to be computed.
  private int room(int wanted) {
    return Math.min(wanted, Math.min(intake.room(), plan.hop() - sinceHop));
  }

  /// Says that `frames` moments of every stream are missing.
  public void gap(long frames, Sink sink) {
    if (frames < 0) {
      throw new IllegalArgumentException("a gap lasts 0 samples or more, got " + frames);
    }
    switch (missing) {
      case REFUSE ->
          throw new DataException(
              ("%d samples are missing from %d on; hold the last one or reset there (--missing"
                      + " hold, --missing reset)")
                  .formatted(frames, received));
      case HOLD -> {
        long left = frames;
        while (left > 0) {
          int now = room((int) Math.min(left, Integer.MAX_VALUE));
          intake.hold(now);
          left -= now;
          advance(now, sink);
        }
      }
      case RESET -> {
        received += frames;
        begin();
      }
    }
  }

  // ---- the clock ----

  private void advance(int frames, Sink sink) {
    sinceHop += frames;
    received += frames;
    boolean whole = intake.isWhole();
    if (whole) {
      intake.empty();
      chunks.compute(intake.buffer());
      if (!plan.answersWindows()) {
        columns(sink);
      }
    }
    if (sinceHop == plan.hop()) {
      sinceHop = 0;
      if (plan.answersWindows()) {
        window(sink);
      }
    }
    if (whole) {
      resetBroken();
    }
  }

  private void columns(Sink sink) {
    boolean any = false;
    for (int s = 0; s < plan.streams(); s++) {
      any |= firstColumn(s) + columnsOfChunk() > 0;
    }
    if (any) {
      chunks.readColumns();
      answer.set(received, received - plan.delay());
      sink.accept(answer);
    }
  }

  private long columnsOfChunk() {
    return plan.chunk() / plan.answerRate();
  }

  /// Of the newest chunk; 0 where windows are answered.
  long firstColumn(int stream) {
    return plan.answersWindows()
        ? 0
        : (chunks.age(stream) - 1) * columnsOfChunk() - plan.answerDelay();
  }

  private void window(Sink sink) {
    boolean any = false;
    for (int s = 0; s < plan.streams(); s++) {
      any |= isValid(s);
    }
    if (any) {
      chunks.answer();
      answer.set(received, received - intake.filled() - plan.delay());
      sink.accept(answer);
    }
  }

  /// Whether what the stream has given since its beginning is enough for an answer.
  boolean isValid(int stream) {
    long complete = chunks.age(stream) * plan.chunk() - plan.delay();
    return !intake.isBroken(stream) && complete >= (plan.answersWindows() ? plan.window() : 1);
  }

  // ---- beginnings ----

  /// Forgets all samples: the next is the first of every stream.
  public void reset() {
    received = 0;
    begin();
  }

  private void begin() {
    sinceHop = 0;
    intake.clear();
    chunks.begin();
  }

  /// Forgets all samples of one stream; it begins anew with the next chunk, and what this one has
  /// of it is lost.
  public void reset(int stream) {
    intake.breakOff(stream);
    if (intake.filled() == 0) {
      resetBroken();
    }
  }

  private void resetBroken() {
    for (int s = 0; s < plan.streams(); s++) {
      if (intake.isBroken(s)) {
        intake.mend(s);
        chunks.begin(s);
      }
    }
  }

  // ---- memory ----

  /// Bytes that one stream needs beside the weights: histories, windows, and the chunk in waiting.
  public long bytesPerStream() {
    return (intake.buffer().type().bytes() + chunks.bytes()) / plan.streams();
  }

  /// Everything that the future depends on, beside weights and plan.
  public byte[] snapshot() {
    return new Snapshot(plan, executable, chunks.states()).write(image());
  }

  /// Goes on where the snapshot was taken; a [bandlimit.error.CheckpointException] where it is of
  /// another network, other weights or another hop.
  public void restore(byte[] snapshot) {
    var image = new Snapshot(plan, executable, chunks.states()).read(snapshot, image());
    received = image.received();
    sinceHop = image.sinceHop();
    intake.fillTo(image.filled());
  }

  private Snapshot.Image image() {
    return new Snapshot.Image(
        received,
        intake.filled(),
        sinceHop,
        chunks.ages(),
        intake.last(),
        intake.broken(),
        intake.buffer());
  }

  @Override
  public void close() {
    executable.close();
  }
}
