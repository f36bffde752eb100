package bandlimit.model;

import bandlimit.backend.Backend;
import bandlimit.backend.Executable;
import bandlimit.backend.reference.ReferenceBackend;
import bandlimit.nn.Mode;
import bandlimit.plan.Planner;
import bandlimit.plan.Procedure;
import bandlimit.tensor.HostTensor;
import java.util.List;
import java.util.Map;

/// A network of signals at its start, compiled for one window at a time.
final class Run implements AutoCloseable {
  private final Backend backend;
  private final Executable executable;

  Run(ModelSpec spec) {
    this(spec, new ReferenceBackend());
  }

  /// Closes `backend` too.
  Run(ModelSpec spec, Backend backend) {
    this.backend = backend;
    var built = Built.of(spec, 1, Mode.EVAL);
    var procedure = new Procedure("run", built.graph(), Map.of("y", built.logits()), List.of());
    executable = backend.compile(Planner.plan(List.of(procedure), backend));
    for (var variable : built.variables().all()) {
      executable.write(executable.program().state(variable.path()), variable.initial(3));
    }
  }

  float[] apply(float[] signal) {
    var plan = executable.program().plan("run");
    executable.write(
        plan.input("images"), HostTensor.of(plan.input("images").type().shape(), signal));
    executable.run(plan);
    var y = executable.read(plan.output("y"));
    var values = new float[y.shape().intSize()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) y.get(i);
    }
    return values;
  }

  @Override
  public void close() {
    executable.close();
    backend.close();
  }
}
