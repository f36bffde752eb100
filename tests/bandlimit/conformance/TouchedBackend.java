package bandlimit.conformance;

import bandlimit.backend.Backend;
import bandlimit.backend.Executable;
import bandlimit.backend.reference.ReferenceBackend;
import bandlimit.graph.op.FusedOp;
import bandlimit.graph.op.Op;
import bandlimit.plan.Plan;
import bandlimit.plan.Program;
import bandlimit.plan.Slot;
import bandlimit.plan.Step;
import bandlimit.tensor.DType;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.TensorType;
import java.util.List;
import java.util.function.UnaryOperator;

/// A backend whose results are changed after each step: by an error, which a table must catch, or
/// by the roundings of storage, which it must let pass.
public final class TouchedBackend implements Backend {
  /// What happens to the results of a step right after it.
  @FunctionalInterface
  public interface Touch {
    void after(Executable executable, Step step);
  }

  private final Backend whole;
  private final String name;
  private final boolean bf16;
  private final Touch touch;

  private TouchedBackend(Backend whole, String name, boolean bf16, Touch touch) {
    this.whole = whole;
    this.name = name;
    this.bf16 = bf16;
    this.touch = touch;
  }

  /// One element of one kind of op is moved by `error`.
  public static TouchedBackend broken(Backend whole, Class<? extends Op> broken, double error) {
    return new TouchedBackend(
        whole,
        "broken",
        whole.hasBf16(),
        (executable, step) -> {
          if (broken.isInstance(step.op())) {
            change(
                executable,
                step.output(),
                value -> {
                  long last = value.shape().size() - 1;
                  value.set(last, value.get(last) + error);
                  return value;
                });
          }
        });
  }

  static TouchedBackend broken(Class<? extends Op> broken, double error) {
    return broken(new ReferenceBackend(), broken, error);
  }

  /// The reference, with every result rounded to the type it is stored in: the best that a machine
  /// with that storage can do.
  public static TouchedBackend rounding() {
    return new TouchedBackend(
        new ReferenceBackend(),
        "rounding",
        true,
        (executable, step) ->
            step.out()
                .forEach(slot -> change(executable, slot, value -> value.to(slot.type().dtype()))));
  }

  private static void change(Executable executable, Slot slot, UnaryOperator<HostTensor> changed) {
    var value = HostTensor.allocate(slot.type().withDType(DType.F64));
    executable.read(slot, value);
    executable.write(slot, changed.apply(value));
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String describe() {
    return name + " of " + whole.describe();
  }

  @Override
  public boolean hasBf16() {
    return bf16;
  }

  @Override
  public boolean has(FusedOp op) {
    return whole.has(op);
  }

  @Override
  public boolean takes(FusedOp op, List<TensorType> in) {
    return whole.takes(op, in);
  }

  @Override
  public long scratchBytes(Op op, List<TensorType> in, TensorType out) {
    return whole.scratchBytes(op, in, out);
  }

  @Override
  public int elementBytes(DType dtype) {
    return whole.elementBytes(dtype);
  }

  @Override
  public Executable compile(Program program) {
    return new Touched(whole.compile(program));
  }

  @Override
  public void close() {
    whole.close();
  }

  private final class Touched implements Executable {
    private final Executable executable;

    Touched(Executable executable) {
      this.executable = executable;
    }

    @Override
    public Program program() {
      return executable.program();
    }

    @Override
    public void write(Slot slot, HostTensor value) {
      executable.write(slot, value);
    }

    @Override
    public void read(Slot slot, HostTensor into) {
      executable.read(slot, into);
    }

    @Override
    public void run(Plan plan) {
      executable.run(plan, (step, _) -> touch.after(executable, step));
    }

    @Override
    public void run(Plan plan, Observer observer) {
      executable.run(
          plan,
          (step, nanos) -> {
            touch.after(executable, step);
            observer.ran(step, nanos);
          });
    }

    @Override
    public void close() {
      executable.close();
    }
  }
}
