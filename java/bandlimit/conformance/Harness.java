package bandlimit.conformance;

import bandlimit.backend.Backend;
import bandlimit.backend.Executable;
import bandlimit.plan.Plan;
import bandlimit.plan.PlanOptions;
import bandlimit.plan.Planner;
import bandlimit.plan.Procedure;
import bandlimit.plan.Program;
import bandlimit.plan.Slot;
import bandlimit.tensor.DType;
import bandlimit.tensor.HostTensor;
import java.util.List;

/// One procedure compiled on one backend, with its tensors read and written by name.
///
/// Values come back as doubles, so that the reference loses nothing on the way.
public final class Harness implements AutoCloseable {
  private final Executable executable;
  private final Plan plan;

  private Harness(Executable executable, Plan plan) {
    this.executable = executable;
    this.plan = plan;
  }

  public static Harness of(Backend backend, Procedure procedure, PlanOptions options) {
    Program program = Planner.plan(List.of(procedure), backend, options);
    return new Harness(backend.compile(program), program.plan(procedure.name()));
  }

  public static Harness of(Backend backend, Procedure procedure) {
    return of(backend, procedure, PlanOptions.ALL);
  }

  public Plan plan() {
    return plan;
  }

  /// Writes an input; one that the plan pruned away is left out.
  public Harness write(String input, HostTensor value) {
    if (plan.inputs().containsKey(input)) {
      executable.write(plan.input(input), value);
    }
    return this;
  }

  public Harness writeState(String path, HostTensor value) {
    executable.write(executable.program().state(path), value);
    return this;
  }

  /// Fills a result's place with NaN, or -1 where it holds integers; not where the result is an
  /// input seen again.
  public Harness poison(String output) {
    var slot = plan.output(output);
    if (slot.space() == Slot.Space.ARENA) {
      boolean floating = slot.type().dtype().isFloating();
      executable.write(slot, HostTensor.allocate(slot.type()).fill(floating ? Double.NaN : -1));
    }
    return this;
  }

  public Harness run() {
    executable.run(plan);
    return this;
  }

  public Harness run(Executable.Observer observer) {
    executable.run(plan, observer);
    return this;
  }

  public double[] read(String output) {
    return read(plan.output(output));
  }

  public double[] readState(String path) {
    return read(executable.program().state(path));
  }

  public double[] read(Slot slot) {
    var values = HostTensor.allocate(slot.type().withDType(DType.F64));
    executable.read(slot, values);
    return values.toDoubles();
  }

  @Override
  public void close() {
    executable.close();
  }
}
