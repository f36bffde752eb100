package bandlimit.backend.cuda;

/// One piece of work on a device's stream.
interface Work {
  /// For profiles, plans and faults: the kernel's name, or the library's function.
  String name();
}
