package bandlimit.backend.cuda;

import jcuda.driver.CUdeviceptr;

/// A device address as JCuda takes it, from a number and back.
final class Address extends CUdeviceptr {
  private static final Address ZERO = new Address();

  /// To be filled in by an allocation.
  Address() {}

  private Address(long value) {
    super(ZERO, value);
  }

  static Address of(long value) {
    return new Address(value);
  }

  long value() {
    return getNativePointer() + getByteOffset();
  }
}
