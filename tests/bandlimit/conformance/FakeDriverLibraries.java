package bandlimit.conformance;

import bandlimit.backend.cuda.CudaBackend;
import bandlimit.backend.cuda.CudaOptions;
import bandlimit.backend.reference.ReferenceBackend;
import bandlimit.plan.Planner;
import java.util.Arrays;
import java.util.List;

/// The program of `CudaFakeDriverTest`'s process with stand-ins for cuBLAS and cuDNN: products and
/// convolutions by them against the reference, and as a graph against one by one.
final class FakeDriverLibraries {
  private static final CudaOptions OPTIONS =
      CudaOptions.DEFAULT.withConv(CudaOptions.Conv.CUDNN).withTf32(Boolean.getBoolean("tf32"));

  private FakeDriverLibraries() {}

  public static void main(String[] args) {
    try (var direct = CudaBackend.open(OPTIONS.withGraphs(false));
        var captured = CudaBackend.open(OPTIONS);
        var reference = new ReferenceBackend()) {
      System.out.println(captured.describe());
      double epsilon = OPTIONS.tf32() ? 0x1p-11 : Tolerance.F32_EPSILON;
      var f32 = new BackendTable(captured, reference, epsilon);
      var bf16 = BackendTable.bf16(captured, reference);
      long theirs = 0;
      long ours = 0;
      // tf32 changes nothing of bf16
      for (var table : OPTIONS.tf32() ? List.of(f32) : List.of(f32, bf16)) {
        var rows =
            (table == f32 ? Samples.all() : Bf16Samples.rows())
                .stream()
                    .filter(s -> s.op().getClass().getSimpleName().matches("MatMul|Conv2d.*"))
                    .toList();
        for (Sample sample : rows) {
          table.check(sample);
          if (isTheirs(captured, sample)) {
            theirs++;
          } else {
            ours++;
          }
        }
        for (Sample sample : FakeDriverRows.oneOfEachKind(captured, rows.stream())) {
          var once = FakeDriverRows.runs(direct, sample);
          var again = FakeDriverRows.runs(captured, sample);
          for (int i = 0; i < once.size(); i++) {
            if (!Arrays.equals(once.get(i), again.get(i))) {
              System.out.println("graph differs: " + sample);
            }
          }
        }
        table.table().failures().stream().limit(5).forEach(System.out::println);
        System.out.println(table.table());
      }
      System.out.printf("%d by libraries, %d by our kernels%n", theirs, ours);
    }
  }

  private static boolean isTheirs(CudaBackend backend, Sample sample) {
    var procedure = Case.of(sample, backend, false, false).procedure();
    return Planner.plan(List.of(procedure), backend).plan(procedure.name()).steps().stream()
        .flatMap(step -> backend.kernels(step).stream())
        .anyMatch(name -> name.startsWith("cublas") || name.startsWith("cudnn"));
  }
}
