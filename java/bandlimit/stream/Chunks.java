package bandlimit.stream;

import bandlimit.backend.Executable;
import bandlimit.plan.Plan;
import bandlimit.plan.Slot;
import bandlimit.tensor.HostTensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// The machine's side of a session: a plan's programs run chunk by chunk, over the histories that
/// are their states.
final class Chunks {
  private final StreamingPlan plan;
  private final Executable executable;
  private final Plan step;
  private final Optional<Start> start;
  private final Optional<Plan> head;
  private final Port in;
  private final Port out;
  private final long[] ages; // chunks since the beginning of each stream
  private final Map<String, Slot> states = new LinkedHashMap<>();

  /// The plan that takes the first chunks, and where it reads what is before a stream's beginning.
  private record Start(Plan plan, Port in, Map<Mask, Port> masks) {}

  Chunks(StreamingPlan plan, Executable executable) {
    this.plan = plan;
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
    this.ages = new long[plan.streams()];
    program
        .states()
        .forEach(
            (path, slot) -> {
              if (plan.histories().containsKey(path)) {
                states.put(path, slot);
              }
            });
  }

  private Start start(Plan of) {
    Map<Mask, Port> ports = new LinkedHashMap<>();
    plan.masks().forEach(mask -> ports.put(mask, Port.input(executable, of.input(mask.name()))));
    return new Start(of, Port.input(executable, of.input(StreamWriter.SAMPLES)), ports);
  }

  /// The answer of the last run: what [#readColumns] and [#answer] overwrite.
  HostTensor result() {
    return out.host();
  }

  /// A chunk of samples as the machine takes it.
  HostTensor newBuffer() {
    return HostTensor.allocate(in.slot().type());
  }

  /// Chunks that a stream has given since it began.
  long age(int stream) {
    return ages[stream];
  }

  long[] ages() {
    return ages;
  }

  /// The histories.
  Map<String, Slot> states() {
    return states;
  }

  // ---- runs ----

  /// Takes the next chunk of every stream.
  void compute(HostTensor samples) {
    if (start.isPresent() && youngest() < plan.startChunks()) {
      var first = start.get();
      for (var entry : first.masks().entrySet()) {
        fill(entry.getKey(), entry.getValue());
      }
      run(first.plan(), first.in(), samples);
    } else {
      run(step, in, samples);
    }
    for (int s = 0; s < ages.length; s++) {
      ages[s]++;
    }
  }

  private void run(Plan chosen, Port port, HostTensor samples) {
    MemorySegment.copy(samples.data(), 0, port.host().data(), 0, samples.data().byteSize());
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
    for (int s = 0; s < ages.length; s++) {
      for (int i = 0; i < mask.columns(); i++) {
        port.host().set((long) s * mask.columns() + i, mask.at(ages[s], i));
      }
    }
    port.write();
  }

  /// Reads what the last chunk made, of a network that answers each column.
  void readColumns() {
    out.read();
  }

  /// Computes the head on the windows as they are, and reads its answer.
  void answer() {
    executable.run(head.orElseThrow());
    out.read();
  }

  // ---- beginnings ----

  /// Every stream begins with the next chunk.
  void begin() {
    Arrays.fill(ages, 0);
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

  /// One stream begins with the next chunk.
  void begin(int stream) {
    ages[stream] = 0;
    states.forEach(
        (path, slot) -> {
          var port = Port.exact(executable, slot);
          port.read();
          long each = slot.type().shape().size() / ages.length;
          for (long i = stream * each; i < (stream + 1) * each; i++) {
            port.host().set(i, before(path));
          }
          port.write();
        });
  }

  /// Bytes of all histories.
  long bytes() {
    return states.values().stream().mapToLong(slot -> slot.type().bytes()).sum();
  }
}
