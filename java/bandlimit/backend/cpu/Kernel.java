package bandlimit.backend.cpu;

/// A step made ready to repeat: everything is looked up, placed and allocated; running only
/// computes.
interface Kernel {
  void run();
}
