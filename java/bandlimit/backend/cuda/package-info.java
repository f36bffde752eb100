/// CUDA: our own kernels over one seam, [Device], behind which is a GPU or its emulator.
///
/// A step becomes a few launches, made once when a program is compiled (the routing table is
/// [CudaSteps], a class for each family of ops packs the arguments); running a plan replays them.
@org.jspecify.annotations.NullMarked
package bandlimit.backend.cuda;
