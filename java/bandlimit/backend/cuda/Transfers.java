package bandlimit.backend.cuda;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import jcuda.Pointer;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;

/// Copies between host and device through pinned memory: what is not pinned, the driver copies
/// slowly and in step with the host.
///
/// To the device, bytes go into one of two pinned buffers and from there, on a stream of their own,
/// to where they belong; the host waits only where both buffers are still on their way.
final class Transfers implements AutoCloseable {
  private static final long BUFFER = 16L << 20;
  private static final long ALIGNMENT = 256;

  private final Checks checks;
  private final CUstream compute;
  private final CUstream copies = new CUstream();
  private final List<Buffer> outgoing = new ArrayList<>();
  private final Buffer returning;
  private final CUevent earlierWork = new CUevent();
  private final CUevent arrived = new CUevent();

  /// When what arrived at an address had been moved on from there.
  private final TreeMap<Long, CUevent> movedOn = new TreeMap<>();

  private int current;
  private long position;

  Transfers(Checks checks, CUstream compute) {
    this.checks = checks;
    this.compute = compute;
    checks.ok(
        "cuStreamCreate",
        JCudaDriver.cuStreamCreate(copies, CUstream_flags.CU_STREAM_NON_BLOCKING));
    outgoing.add(new Buffer());
    outgoing.add(new Buffer());
    returning = new Buffer();
    create(earlierWork);
    create(arrived);
  }

  private void create(CUevent event) {
    checks.ok(
        "cuEventCreate", JCudaDriver.cuEventCreate(event, CUevent_flags.CU_EVENT_DISABLE_TIMING));
  }

  /// Copies to `to` after all work so far; returns when `from` is free again.
  void write(long to, MemorySegment from) {
    record(earlierWork, compute);
    await(copies, earlierWork);
    send(to, from);
    record(arrived, copies);
    await(compute, arrived);
  }

  /// Copies to `via` at once and on to `to` after all work so far.
  void upload(long to, long via, MemorySegment from) {
    var moved = movedOn.get(via);
    if (moved == null) {
      moved = new CUevent();
      create(moved);
      movedOn.put(via, moved);
      record(moved, compute); // behind the zeros that an allocation begins with
    }
    await(copies, moved);
    send(via, from);
    record(arrived, copies);
    await(compute, arrived);
    checks.ok(
        "cuMemcpyDtoDAsync",
        JCudaDriver.cuMemcpyDtoDAsync(Address.of(to), Address.of(via), from.byteSize(), compute));
    record(moved, compute);
  }

  /// Copies to the host, once all work so far is done.
  void read(MemorySegment into, long from) {
    for (long done = 0; done < into.byteSize(); ) {
      long bytes = Math.min(BUFFER, into.byteSize() - done);
      checks.ok(
          "cuMemcpyDtoHAsync",
          JCudaDriver.cuMemcpyDtoHAsync(
              returning.pointer, Address.of(from + done), bytes, compute));
      checks.ok("cuStreamSynchronize", JCudaDriver.cuStreamSynchronize(compute));
      MemorySegment.copy(returning.memory, 0, into, done, bytes);
      done += bytes;
    }
  }

  /// Forgets what went by way of a block that is freed.
  void freed(long address, long bytes) {
    var gone = movedOn.subMap(address, address + bytes);
    gone.values().forEach(event -> checks.ignore(JCudaDriver.cuEventDestroy(event)));
    gone.clear();
  }

  private void send(long to, MemorySegment from) {
    for (long done = 0; done < from.byteSize(); ) {
      if (BUFFER - position < Math.min(BUFFER / 2, from.byteSize() - done)) {
        nextBuffer();
      }
      long bytes = Math.min(BUFFER - position, from.byteSize() - done);
      var buffer = outgoing.get(current);
      MemorySegment.copy(from, done, buffer.memory, position, bytes);
      checks.ok(
          "cuMemcpyHtoDAsync",
          JCudaDriver.cuMemcpyHtoDAsync(
              Address.of(to + done), buffer.pointer.withByteOffset(position), bytes, copies));
      position = (position + bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
      done += bytes;
    }
  }

  /// Takes the other buffer, once what it held is on the device.
  private void nextBuffer() {
    record(outgoing.get(current).sent, copies);
    current = 1 - current;
    position = 0;
    checks.ok("cuEventSynchronize", JCudaDriver.cuEventSynchronize(outgoing.get(current).sent));
  }

  private void record(CUevent event, CUstream stream) {
    checks.ok("cuEventRecord", JCudaDriver.cuEventRecord(event, stream));
  }

  private void await(CUstream stream, CUevent event) {
    checks.ok("cuStreamWaitEvent", JCudaDriver.cuStreamWaitEvent(stream, event, 0));
  }

  @Override
  public void close() {
    freed(0, Long.MAX_VALUE);
    checks.ignore(JCudaDriver.cuStreamSynchronize(copies));
    outgoing.forEach(Buffer::close);
    returning.close();
    checks.ignore(JCudaDriver.cuEventDestroy(earlierWork));
    checks.ignore(JCudaDriver.cuEventDestroy(arrived));
    checks.ignore(JCudaDriver.cuStreamDestroy(copies));
  }

  /// Pinned memory, and when what was last sent from it had gone.
  private final class Buffer implements AutoCloseable {
    final Pointer pointer = new Pointer();
    final MemorySegment memory;
    final CUevent sent = new CUevent();

    Buffer() {
      checks.ok("cuMemHostAlloc", JCudaDriver.cuMemHostAlloc(pointer, BUFFER, 0));
      memory = MemorySegment.ofBuffer(pointer.getByteBuffer(0, BUFFER));
      create(sent);
    }

    @Override
    public void close() {
      checks.ignore(JCudaDriver.cuEventDestroy(sent));
      checks.ignore(JCudaDriver.cuMemFreeHost(pointer));
    }
  }
}
