package bandlimit.backend.cuda;

/// A kernel as a device knows it.
///
/// @param handle the device's own
/// @param parameterBytes size of its parameter struct, 0 where the device does not tell; checked
///   against what a launcher packs
record Kernel(String name, long handle, int parameterBytes) {}
