package bandlimit.backend.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;

/// A program of `RealDeviceTest`: copies of all sizes in all orders, against what they must leave.
final class FakeDriverMemory {
  private static final int LARGEST = 40 << 20; // more than all staging buffers

  private FakeDriverMemory() {}

  public static void main(String[] args) throws InterruptedException {
    try (var device = RealDevice.open(CudaOptions.DEFAULT);
        var arena = Arena.ofShared()) {
      long block = device.allocate(LARGEST);
      long other = device.allocate(LARGEST);
      long via = device.allocate(LARGEST);
      var back = arena.allocate(LARGEST);
      device.read(back, block);
      require(back.mismatch(arena.allocate(LARGEST)) == -1, "new memory is zero");
      var sizes = new int[] {4, LARGEST, 64, 3_000_001, 4, 17 << 20, 12};
      for (int i = 0; i < sizes.length; i++) {
        var first = bytes(arena, sizes[i], 2 * i);
        var second = bytes(arena, sizes[i], 2 * i + 1);
        device.upload(block, via, first);
        device.upload(other, via, second); // by way of the same memory
        same(device, other, second, "upload after upload");
        same(device, block, first, "upload before upload");
        device.upload(block, via, second);
        device.write(block, first);
        same(device, block, first, "write after upload");
        device.write(block, first);
        device.upload(block, via, second);
        same(device, block, second, "upload after write");
        second.fill((byte) 7); // given back when the call returned
        device.write(block, first);
        first.fill((byte) 7);
        same(device, block, bytes(arena, sizes[i], 2 * i), "changed after write");
      }
      // threads take turns
      var thread = new Thread(() -> same(device, block, bytes(arena, 12, 12), "another thread"));
      thread.start();
      thread.join();
      device.free(via);
      device.free(other);
      device.free(block);
    }
    System.out.println("memory: good");
  }

  private static MemorySegment bytes(Arena arena, int size, int seed) {
    var bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    var segment = arena.allocate(size);
    MemorySegment.copy(bytes, 0, segment, ValueLayout.JAVA_BYTE, 0, size);
    return segment;
  }

  private static void same(Device device, long at, MemorySegment expected, String what) {
    try (var arena = Arena.ofShared()) {
      var back = arena.allocate(expected.byteSize());
      device.read(back, at);
      require(back.mismatch(expected) == -1, what + " of " + expected.byteSize() + " bytes");
    }
  }

  private static void require(boolean holds, String what) {
    if (!holds) {
      System.out.println("memory: not so: " + what);
    }
  }
}
