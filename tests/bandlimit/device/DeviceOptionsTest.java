package bandlimit.device;

import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.backend.cuda.CudaOptions;
import bandlimit.config.ConfigFile;
import bandlimit.config.TrainConfig;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class DeviceOptionsTest {
  private static final String SMALL =
      "{model: {name: resnet20}, data: {name: shapes}, train: {epochs: 1}, device: cuda}";

  @Test
  void whatAConfigLeavesOutIsTheDefault() {
    assertThat(DeviceOptions.of(config())).isEqualTo(DeviceOptions.DEFAULT);
    assertThat(DeviceOptions.of(config("train.precision=bf16-mixed")))
        .isEqualTo(DeviceOptions.DEFAULT);
  }

  @Test
  void aConfigChooses() {
    assertThat(
            DeviceOptions.of(
                config("train.precision=tf32", "cuda.conv=native", "cuda.graphs=false")))
        .isEqualTo(new DeviceOptions(true, TrainConfig.Conv.NATIVE, false));
    var cuda = DeviceOptions.of(config("train.precision=tf32", "cuda.conv=cudnn")).cuda();
    assertThat(cuda).isEqualTo(CudaOptions.DEFAULT.withTf32(true).withConv(CudaOptions.Conv.CUDNN));
  }

  private static TrainConfig config(String... overrides) {
    return ConfigFile.parse(SMALL, Path.of("c.yaml"), List.of(overrides), ConfigFile.KnownNames.ANY)
        .single();
  }
}
