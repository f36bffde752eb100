package bandlimit.stream;

import bandlimit.error.DataException;
import bandlimit.tensor.HostTensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Samples on their way in: the chunk that fills, and what stands in it for samples that are
/// missing. Allocates nothing after it was made.
final class Intake {
  private final int streams;
  private final int channels;
  private final int chunk;
  private final Missing missing;
  private final HostTensor buffer; // (N, chunk, C), as the program's input
  private final float[] last; // values that HOLD repeats, (N, C)
  private final boolean[] broken; // streams whose signal ends in this chunk
  private int filled; // moments

  /// @param buffer for a chunk, in float32
  Intake(StreamingPlan plan, HostTensor buffer, Missing missing) {
    this.streams = plan.streams();
    this.channels = plan.channels();
    this.chunk = plan.chunk();
    this.missing = missing;
    this.buffer = buffer;
    this.last = new float[streams * channels];
    this.broken = new boolean[streams];
  }

  /// What has come of the chunk.
  HostTensor buffer() {
    return buffer;
  }

  float[] last() {
    return last;
  }

  boolean[] broken() {
    return broken;
  }

  int filled() {
    return filled;
  }

  void fillTo(int moments) {
    filled = moments;
  }

  boolean isWhole() {
    return filled == chunk;
  }

  void empty() {
    filled = 0;
  }

  /// Whether the stream's signal ends in this chunk; the next begins another.
  boolean isBroken(int stream) {
    return broken[stream];
  }

  void breakOff(int stream) {
    broken[stream] = true;
  }

  void mend(int stream) {
    broken[stream] = false;
  }

  /// Moments that are still to come.
  int room() {
    return chunk - filled;
  }

  void clear() {
    filled = 0;
    Arrays.fill(last, 0);
    Arrays.fill(broken, false);
  }

  /// The number in the buffer where the next moment of a stream goes.
  private long place(int stream) {
    return ((long) stream * chunk + filled) * channels;
  }

  /// That `floats` numbers hold `frames` moments of every stream from `from` on.
  void require(long floats, long from, int frames) {
    long size = (long) streams * frames * channels;
    if (frames < 0 || from < 0 || from + size > floats) {
      throw new IllegalArgumentException(
          "%d moments of %d streams with %d channels are %d numbers, got %d from %d on"
              .formatted(frames, streams, channels, size, floats, from));
    }
  }

  /// How many moments of every stream so many numbers are.
  int moments(int numbers) {
    int each = streams * channels;
    if (numbers % each != 0) {
      throw new IllegalArgumentException(
          "%d numbers are no whole moments of %d streams with %d channels"
              .formatted(numbers, streams, channels));
    }
    return numbers / each;
  }

  /// Takes the moments `taken` to `taken + now` of `frames`, which begin at `from`.
  ///
  /// @param number of the first of them in the stream, for errors
  void take(float[] samples, int from, int frames, int taken, int now, long number) {
    for (int s = 0; s < streams; s++) {
      int at = from + (s * frames + taken) * channels;
      MemorySegment.copy(samples, at, buffer.data(), HostTensor.F32, 4 * place(s), now * channels);
    }
    check(now, number);
  }

  void take(MemorySegment samples, long from, int frames, int taken, int now, long number) {
    for (int s = 0; s < streams; s++) {
      long at = from + ((long) s * frames + taken) * channels;
      long bytes = (long) Float.BYTES * now * channels;
      MemorySegment.copy(samples, 4 * at, buffer.data(), 4 * place(s), bytes);
    }
    check(now, number);
  }

  /// Takes `now` moments that repeat the last one.
  void hold(int now) {
    for (int s = 0; s < streams; s++) {
      for (int i = 0; i < now; i++) {
        for (int c = 0; c < channels; c++) {
          long to = place(s) + (long) i * channels + c;
          buffer.data().setAtIndex(HostTensor.F32, to, last[s * channels + c]);
        }
      }
    }
    filled += now;
  }

  /// Looks through what has just come in. Where a sample is refused, none of it counts.
  private void check(int frames, long number) {
    for (int s = 0; s < streams; s++) {
      long to = place(s);
      for (int i = 0; i < frames; i++) {
        for (int c = 0; c < channels; c++) {
          long at = to + (long) i * channels + c;
          float value = buffer.data().getAtIndex(HostTensor.F32, at);
          if (!Float.isFinite(value)) {
            value = missing(s, number + i, c);
            buffer.data().setAtIndex(HostTensor.F32, at, value);
          }
          last[s * channels + c] = value;
        }
      }
    }
    filled += frames;
  }

  private float missing(int stream, long number, int channel) {
    return switch (missing) {
      case REFUSE ->
          throw new DataException(
              ("stream %d, channel %d: sample %d is no number; hold the last one or reset"
                      + " there (--missing hold, --missing reset)")
                  .formatted(stream, channel, number));
      case HOLD -> last[stream * channels + channel];
      case RESET -> {
        broken[stream] = true;
        yield 0;
      }
    };
  }
}
