package bandlimit.device;

import bandlimit.backend.cuda.CudaOptions;
import bandlimit.config.TrainConfig;

/// What a config says of the device it names; a device that has no such choice does not read it.
///
/// @param tf32 whether products of float32 numbers may round their factors to tf32
/// @param conv whose convolutions run on a GPU
/// @param graphs whether a GPU replays a step as one
public record DeviceOptions(boolean tf32, TrainConfig.Conv conv, boolean graphs) {
  /// Full precision, and convolutions by the measured table.
  public static final DeviceOptions DEFAULT = new DeviceOptions(false, TrainConfig.Conv.AUTO, true);

  public static DeviceOptions of(TrainConfig config) {
    return new DeviceOptions(
        config.train().precision() == TrainConfig.Precision.TF32,
        config.cuda().conv(),
        config.cuda().graphs());
  }

  /// The same, in full precision.
  public DeviceOptions withoutTf32() {
    return new DeviceOptions(false, conv, graphs);
  }

  CudaOptions cuda() {
    var whose =
        switch (conv) {
          case AUTO -> CudaOptions.Conv.AUTO;
          case NATIVE -> CudaOptions.Conv.NATIVE;
          case CUDNN -> CudaOptions.Conv.CUDNN;
        };
    return CudaOptions.DEFAULT.withTf32(tf32).withConv(whose).withGraphs(graphs);
  }
}
