package bandlimit.backend.cuda;

import bandlimit.backend.Executable;
import bandlimit.error.DeviceException;
import bandlimit.plan.Plan;
import bandlimit.plan.Program;
import bandlimit.plan.Slot;
import bandlimit.plan.Step;
import bandlimit.tensor.HostTensor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/// A program over a few blocks of device memory. A plan's launches are made at compile time and
/// recorded as one when it first runs: there small updates run together ([Groups]), under an
/// observer each step by itself and in the plan's order, with the same bits.
///
/// What changes from run to run (learning rate, counters, batches) is in INPUT slots, so a
/// recording never has to change.
final class CudaExecutable implements Executable {
  private record Prepared(Step step, StepWork work) {}

  private final Device device;
  private final CudaOptions options;
  private final ReentrantLock running;
  private final Program program;
  private final List<Long> blocks = new ArrayList<>();
  private final long arena;
  private final long state;
  private final long input;
  private final long incoming; // where inputs arrive while a run still reads those before them
  private final Map<Plan, List<Prepared>> prepared = new IdentityHashMap<>();
  private final Map<Plan, List<StepWork>> grouped = new IdentityHashMap<>();
  private final Map<Plan, Device.Recording> recordings = new IdentityHashMap<>();
  private boolean closed;

  CudaExecutable(Device device, CudaOptions options, ReentrantLock running, Program program) {
    this.device = device;
    this.options = options;
    this.running = running;
    this.program = program;
    long free = device.freeBytes();
    try {
      this.arena = allocate(program.arenaBytes(), free);
      this.state = allocate(program.stateBytes(), free);
      this.input = allocate(program.inputBytes(), free);
      this.incoming = allocate(program.inputBytes(), free);
      var steps = new CudaSteps(device, options, this::address);
      for (var plan : program.plans().values()) {
        prepared.put(
            plan,
            plan.steps().stream()
                .map(step -> new Prepared(step, new StepWork(step.name(), steps.prepare(step))))
                .toList());
        grouped.put(plan, options.groups() ? group(plan, steps, free) : singles(plan));
      }
      program
          .constants()
          .forEach(
              (slot, constant) -> {
                var host = HostTensor.allocate(slot.type());
                for (int i = 0; i < slot.type().shape().size(); i++) {
                  host.set(i, constant.at(i));
                }
                device.write(address(slot), host.data());
              });
    } catch (RuntimeException | Error e) {
      blocks.forEach(device::free);
      throw e;
    }
  }

  private List<StepWork> singles(Plan plan) {
    return prepared(plan).stream().map(Prepared::work).toList();
  }

  private List<StepWork> group(Plan plan, CudaSteps steps, long free) {
    var singles = singles(plan);
    var elementwise = plan.steps().stream().map(steps::elementwise).toList();
    var keys = elementwise.stream().map(step -> step.map(Elementwise::key)).toList();
    var work = new ArrayList<StepWork>();
    for (var group : Groups.of(plan.steps(), keys)) {
      if (group.size() == 1) {
        work.add(singles.get(group.getFirst()));
        continue;
      }
      var many =
          new ManyTensors(group.stream().map(elementwise::get).map(Optional::orElseThrow).toList());
      var first = plan.steps().get(group.getFirst());
      work.add(
          new StepWork(
              "%s and %d like it".formatted(first.name(), group.size() - 1),
              List.of(many.launch(device, allocate(many.tableBytes(), free)))));
    }
    return work;
  }

  private long allocate(long bytes, long free) {
    long address = device.allocate(Math.max(bytes, 1));
    if (address == 0) {
      throw new DeviceException(device.name() + ": " + new Footprint(program).tooLarge(free));
    }
    blocks.add(address);
    return address;
  }

  private long address(Slot slot) {
    return slot.offset()
        + switch (slot.space()) {
          case ARENA -> arena;
          case STATE -> state;
          case INPUT -> input;
        };
  }

  @Override
  public Program program() {
    return program;
  }

  @Override
  public void write(Slot slot, HostTensor value) {
    check(slot, value);
    var data = value.to(slot.type().dtype()).data();
    locked(
        () -> {
          if (slot.space() == Slot.Space.INPUT) {
            device.upload(address(slot), incoming + slot.offset(), data);
          } else {
            device.write(address(slot), data);
          }
        });
  }

  @Override
  public void read(Slot slot, HostTensor into) {
    check(slot, into);
    boolean same = into.dtype() == slot.type().dtype();
    var host = same ? into : HostTensor.allocate(slot.type());
    locked(() -> device.read(host.data(), address(slot)));
    if (!same) {
      into.copyFrom(host);
    }
  }

  private static void check(Slot slot, HostTensor host) {
    if (!slot.type().shape().equals(host.shape())) {
      throw new IllegalArgumentException("slot is " + slot.type() + ", host tensor " + host.type());
    }
  }

  @Override
  public void run(Plan plan) {
    locked(() -> recorded(plan).replay());
  }

  @Override
  public long time(Plan plan) {
    long[] nanos = new long[1];
    locked(
        () -> {
          var recording = recorded(plan); // making it is not part of a run
          nanos[0] = device.timed(recording::replay);
        });
    return nanos[0];
  }

  private Device.Recording recorded(Plan plan) {
    return recordings.computeIfAbsent(
        plan, p -> device.record(p.name(), work(p), options.graphs()));
  }

  @Override
  public void run(Plan plan, Observer observer) {
    for (var step : prepared(plan)) {
      long[] nanos = new long[1];
      locked(() -> nanos[0] = device.timed(step.work()));
      observer.ran(step.step(), nanos[0]); // may read, so outside the lock
    }
  }

  private List<Prepared> prepared(Plan plan) {
    return ours(prepared, plan);
  }

  /// What a recording of the plan launches.
  List<StepWork> work(Plan plan) {
    return ours(grouped, plan);
  }

  private static <T> T ours(Map<Plan, T> made, Plan plan) {
    var value = made.get(plan);
    if (value == null) {
      throw new IllegalArgumentException("plan " + plan.name() + " is not of this program");
    }
    return value;
  }

  private void locked(Runnable action) {
    running.lock();
    try {
      if (closed) {
        throw new IllegalStateException("this executable is closed");
      }
      action.run();
    } finally {
      running.unlock();
    }
  }

  @Override
  public void close() {
    running.lock();
    try {
      if (!closed) {
        closed = true;
        recordings.values().forEach(Device.Recording::close);
        blocks.forEach(device::free);
      }
    } finally {
      running.unlock();
    }
  }
}
