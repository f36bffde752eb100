package bandlimit.nn;

import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.tensor.DType;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class LayoutTest {
  @Test
  void aConvolutionsWeightIsTransposedForTheFile() {
    var shape = Shape.of(2, 3, 5, 4); // out, kh, kw, in
    var ours = counted(shape);
    var file = get(Layout.CONV_WEIGHT.toFile("w", ours), "w");
    assertThat(file.shape()).isEqualTo(Shape.of(2, 4, 3, 5));
    for (int o = 0; o < 2; o++) {
      for (int c = 0; c < 4; c++) {
        for (int a = 0; a < 3; a++) {
          for (int b = 0; b < 5; b++) {
            assertThat(file.get(((o * 4 + c) * 3 + a) * 5 + b))
                .isEqualTo(ours.get(((o * 3 + a) * 5 + b) * 4 + c));
          }
        }
      }
    }
  }

  @Test
  void statisticsAreTwoTensorsInTheFile() {
    Map<String, HostTensor> file =
        Layout.BATCH_STATISTICS.toFile("bn1.running", counted(Shape.of(2, 3)));
    assertThat(file.keySet()).containsExactly("bn1.running_mean", "bn1.running_var");
    assertThat(get(file, "bn1.running_mean").toDoubles()).containsExactly(0, 1, 2);
    assertThat(get(file, "bn1.running_var").toDoubles()).containsExactly(3, 4, 5);
  }

  @Test
  void theFileGivesBackWhatItTook() {
    for (Layout layout : Layout.values()) {
      var shape = layout == Layout.BATCH_STATISTICS ? Shape.of(2, 7) : Shape.of(6, 3, 2, 5);
      var ours = counted(shape);
      var file = layout.toFile("v", ours);
      assertThat(file.keySet()).isEqualTo(layout.fileShapes("v", shape).keySet());
      var back = HostTensor.allocate(ours.type());
      layout.fromFile("v", name -> get(file, name), back);
      assertThat(back.toDoubles()).as(layout.name()).isEqualTo(ours.toDoubles());
    }
  }

  private static HostTensor get(Map<String, HostTensor> file, String name) {
    return Objects.requireNonNull(file.get(name), name);
  }

  private static HostTensor counted(Shape shape) {
    var tensor = HostTensor.allocate(new TensorType(DType.F32, shape));
    for (int i = 0; i < shape.size(); i++) {
      tensor.set(i, i);
    }
    return tensor;
  }
}
