package bandlimit.backend.cuda;

import bandlimit.conformance.Harness;
import bandlimit.error.DeviceException;
import bandlimit.graph.Graph;
import bandlimit.graph.op.Add;
import bandlimit.plan.Procedure;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.List;
import java.util.Map;

/// A program of `RealDeviceTest`: 1 + 2 on the device, once by its clock, or why not.
final class FakeDriverSmoke {
  private FakeDriverSmoke() {}

  public static void main(String[] args) {
    try (var backend = CudaBackend.open(CudaOptions.DEFAULT)) {
      var graph = new Graph();
      var a = graph.input("a", TensorType.f32(1));
      var sum = graph.apply("sum", new Add(), a, graph.input("b", TensorType.f32(1)));
      var procedure = new Procedure("smoke", graph, Map.of("sum", sum), List.of());
      try (var harness = Harness.of(backend, procedure)) {
        harness.write("a", HostTensor.of(Shape.of(1), 1f));
        harness.write("b", HostTensor.of(Shape.of(1), 2f));
        double result = harness.run().read("sum")[0];
        long[] nanos = new long[1];
        harness.run((step, taken) -> nanos[0] += taken);
        System.out.printf("%s, timed: %s, %s%n", result, nanos[0] > 0, backend.describe());
      }
    } catch (DeviceException e) {
      System.out.println(e.getMessage());
    }
  }
}
