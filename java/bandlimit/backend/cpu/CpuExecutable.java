package bandlimit.backend.cpu;

import bandlimit.backend.Executable;
import bandlimit.plan.Plan;
import bandlimit.plan.Program;
import bandlimit.plan.Slot;
import bandlimit.tensor.HostTensor;
import java.lang.foreign.MemorySegment;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/// A program over three blocks of native memory, each step prepared once.
final class CpuExecutable implements Executable {
  private final OneDnn dnn;
  private final ReentrantLock running;
  private final Program program;
  private final NativeMemory blocks = new NativeMemory();
  private final Memory memory;
  private final OneDnn.Session session;
  private final Map<Plan, Kernel[]> kernels = new IdentityHashMap<>();
  private boolean closed;

  CpuExecutable(
      OneDnn dnn, Pool pool, ReentrantLock running, Optional<CpuLibrary> library, Program program) {
    this.dnn = dnn;
    this.running = running;
    this.program = program;
    this.session = dnn.new Session(pool.threads());
    try {
      this.memory =
          new Memory(
              blocks.allocate("the arena", program.arenaBytes()),
              blocks.allocate("the state", program.stateBytes()),
              blocks.allocate("the inputs", program.inputBytes()),
              Optional.of(new PackedWeights(blocks, program)));
      dnn.singleThread();
      var lanes = new LaneScratch();
      var steps = new Steps(session, pool, memory, library, lanes);
      for (var plan : program.plans().values()) {
        kernels.put(plan, plan.steps().stream().map(steps::prepare).toArray(Kernel[]::new));
      }
      long bytes = session.scratchpadBytes() * pool.threads();
      session.placeScratchpads(blocks.allocate("oneDNN's scratchpads", bytes).address());
      bytes = lanes.bytes() * pool.threads();
      lanes.place(blocks.allocate("the threads' scratch memory", bytes).address());
    } catch (RuntimeException | Error e) {
      session.close();
      blocks.close();
      throw e;
    }
    program
        .constants()
        .forEach(
            (slot, constant) -> {
              var host = host(slot);
              for (int i = 0; i < slot.type().shape().size(); i++) {
                host.set(i, constant.at(i));
              }
            });
  }

  private HostTensor host(Slot slot) {
    return new HostTensor(slot.type(), memory.checked(slot));
  }

  @Override
  public Program program() {
    return program;
  }

  @Override
  public void write(Slot slot, HostTensor value) {
    check(slot, value);
    changes(slot);
    host(slot).copyFrom(value);
  }

  @Override
  public void read(Slot slot, HostTensor into) {
    check(slot, into);
    into.copyFrom(host(slot));
  }

  @Override
  public Optional<MemorySegment> memory(Slot slot) {
    changes(slot);
    return Optional.of(memory.checked(slot));
  }

  private void changes(Slot slot) {
    memory.packed().ifPresent(packed -> packed.changed(slot));
  }

  private static void check(Slot slot, HostTensor host) {
    if (!slot.type().shape().equals(host.shape())) {
      throw new IllegalArgumentException("slot is " + slot.type() + ", host tensor " + host.type());
    }
  }

  @Override
  public void run(Plan plan) {
    var prepared = prepared(plan);
    running.lock();
    try {
      dnn.singleThread();
      for (var kernel : prepared) {
        kernel.run();
      }
    } finally {
      running.unlock();
    }
  }

  @Override
  public void run(Plan plan, Observer observer) {
    var prepared = prepared(plan);
    running.lock();
    try {
      dnn.singleThread();
      for (int i = 0; i < prepared.length; i++) {
        long start = System.nanoTime();
        prepared[i].run();
        observer.ran(plan.steps().get(i), System.nanoTime() - start);
      }
    } finally {
      running.unlock();
    }
  }

  private Kernel[] prepared(Plan plan) {
    if (closed) {
      throw new IllegalStateException("this executable is closed");
    }
    var prepared = kernels.get(plan);
    if (prepared == null) {
      throw new IllegalArgumentException("plan " + plan.name() + " is not of this program");
    }
    return prepared;
  }

  @Override
  public void close() {
    running.lock();
    try {
      if (!closed) {
        closed = true;
        session.close();
        blocks.close();
      }
    } finally {
      running.unlock();
    }
  }
}
