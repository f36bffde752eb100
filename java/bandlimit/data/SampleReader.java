package bandlimit.data;

import bandlimit.error.DataException;
import bandlimit.store.AtomicFiles;
import bandlimit.store.Npy;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/// A signal that arrives little by little: from a file, or a pipe that may fall silent.
///
/// Whole numbers of 16 bits stay what they are; values that are not finite are handed on.
public interface SampleReader extends AutoCloseable {
  /// How samples are written. `CSV`: a line a moment, channels between commas; an empty cell is
  /// NaN, a first line that is no number a header, and `gap N` stands for N missing moments.
  enum Format {
    F32,
    I16,
    CSV,
    WAV,
    NPY
  }

  int channels();

  /// Samples in a second, where the file says it.
  default Optional<Double> rate() {
    return Optional.empty();
  }

  /// Waits for at least one moment and reads what is there, up to what `into` holds: how many
  /// moments; 0 before a gap; -1 at the end.
  int read(float[] into);

  /// The moments missing after what [#read] has just given; 0 where there is no gap.
  default long gap() {
    return 0;
  }

  @Override
  void close();

  /// A file of the format that its name says, or of `given`.
  ///
  /// @param channels of formats that do not say
  static SampleReader open(Path file, Optional<Format> given, int channels) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    var format =
        given.orElseGet(
            () ->
                switch (name.substring(name.lastIndexOf('.') + 1)) {
                  case "npy" -> Format.NPY;
                  case "csv" -> Format.CSV;
                  case "wav" -> Format.WAV;
                  default ->
                      throw new DataException(
                          file + ": a .npy, .csv or .wav file, or say --format f32, i16 or csv");
                });
    if (format == Format.NPY) {
      return new OfArray(Npy.read(file));
    }
    try {
      return of(file.toString(), Files.newInputStream(file), format, channels);
    } catch (IOException e) {
      throw new DataException(file + ": cannot be read: " + AtomicFiles.reason(e), e);
    }
  }

  /// A pipe; `name` is for messages.
  static SampleReader of(String name, InputStream in, Format format, int channels) {
    return switch (format) {
      case CSV -> new OfLines(name, in);
      case WAV -> WavHeader.open(name, in);
      case F32, I16 -> new OfBytes(name, in, format == Format.I16, channels, -1, Optional.empty());
      case NPY -> throw new DataException(name + ": .npy is read from files only");
    };
  }

  /// A mapped array, (T) or (T, C).
  final class OfArray implements SampleReader {
    private final Npy array;
    private final int channels;
    private long next;

    OfArray(Npy array) {
      int rank = array.shape().rank();
      if (rank < 1 || rank > 2) {
        throw new DataException(
            "%s has shape %s, but a signal is (T) or (T, C)"
                .formatted(array.file(), array.shape()));
      }
      this.array = array;
      this.channels = rank == 1 ? 1 : array.shape().at(1);
    }

    @Override
    public int channels() {
      return channels;
    }

    @Override
    public int read(float[] into) {
      long left = array.shape().size() - next;
      int count = (int) Math.min(left, into.length / channels * channels);
      for (int i = 0; i < count; i++) {
        into[i] = (float) array.get(next++);
      }
      return left == 0 ? -1 : count / channels;
    }

    @Override
    public void close() {
      // the mapping belongs to the garbage collector
    }
  }

  /// Little-endian numbers, moment after moment.
  final class OfBytes implements SampleReader {
    private final String name;
    private final InputStream in;
    private final boolean whole;
    private final int channels;
    private final Optional<Double> rate;
    private final ByteBuffer bytes = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
    private long left; // bytes of the signal; below 0: until the end

    OfBytes(
        String name,
        InputStream in,
        boolean whole,
        int channels,
        long left,
        Optional<Double> rate) {
      this.name = name;
      this.in = in;
      this.whole = whole;
      this.channels = channels;
      this.left = left;
      this.rate = rate;
    }

    @Override
    public int channels() {
      return channels;
    }

    @Override
    public Optional<Double> rate() {
      return rate;
    }

    @Override
    public int read(float[] into) {
      int each = channels * (whole ? Short.BYTES : Float.BYTES);
      int most = Math.min(into.length / channels, bytes.capacity() / each) * each;
      while (bytes.position() < each) {
        int wanted = (int) Math.min(most - bytes.position(), left < 0 ? Long.MAX_VALUE : left);
        int got = wanted == 0 ? -1 : readSome(wanted);
        if (got < 0) {
          if (bytes.position() > 0) {
            throw new DataException(
                "%s: ends within a sample: %d of %d bytes of its channels"
                    .formatted(name, bytes.position(), each));
          }
          return -1;
        }
      }
      bytes.flip();
      int moments = bytes.remaining() / each;
      for (int i = 0; i < moments * channels; i++) {
        into[i] = whole ? bytes.getShort() : bytes.getFloat();
      }
      bytes.compact();
      return moments;
    }

    private int readSome(int wanted) {
      try {
        int got = in.read(bytes.array(), bytes.position(), wanted);
        if (got > 0) {
          bytes.position(bytes.position() + got);
          left -= left < 0 ? 0 : got;
        }
        return got;
      } catch (IOException e) {
        throw new DataException(name + ": cannot be read: " + AtomicFiles.reason(e), e);
      }
    }

    @Override
    public void close() {
      shut(name, in);
    }
  }

  /// A line a moment.
  final class OfLines implements SampleReader {
    private final String name;
    private final BufferedReader lines;
    private final InputStream in;
    private Optional<float[]> first; // read to count channels
    private int channels;
    private int line;
    private long gap;
    private long before; // moments missing before the first sample

    OfLines(String name, InputStream in) {
      this.name = name;
      this.in = in;
      this.lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
      var text = next();
      if (text.isPresent() && !isGap(text.get()) && !isNumber(text.get().split(",", 2)[0])) {
        text = next();
      }
      while (text.isPresent() && isGap(text.get())) {
        before += missing(text.get());
        text = next();
      }
      this.channels = text.map(t -> t.split(",", -1).length).orElse(1);
      this.first = text.map(this::numbers);
    }

    private static boolean isGap(String text) {
      return text.startsWith("gap ");
    }

    private static boolean isNumber(String cell) {
      return cell.isBlank() || !Float.isNaN(parse(cell)) || cell.strip().equalsIgnoreCase("nan");
    }

    /// NaN for what is no number.
    private static float parse(String cell) {
      try {
        return Float.parseFloat(cell.strip());
      } catch (NumberFormatException _) {
        return Float.NaN;
      }
    }

    private Optional<String> next() {
      try {
        String text = lines.readLine();
        line++;
        while (text != null && text.isBlank()) {
          text = lines.readLine();
          line++;
        }
        return Optional.ofNullable(text);
      } catch (IOException e) {
        throw new DataException(name + ": cannot be read: " + AtomicFiles.reason(e), e);
      }
    }

    private float[] numbers(String text) {
      var cells = text.split(",", -1);
      if (cells.length != channels) {
        throw new DataException(
            "%s, line %d: has %d numbers, the first sample has %d"
                .formatted(name, line, cells.length, channels));
      }
      var values = new float[channels];
      for (int c = 0; c < channels; c++) {
        if (!isNumber(cells[c])) {
          throw new DataException(
              "%s, line %d: \"%s\" is no number".formatted(name, line, cells[c]));
        }
        values[c] = parse(cells[c]);
      }
      return values;
    }

    @Override
    public int channels() {
      return channels;
    }

    @Override
    public int read(float[] into) {
      gap = before;
      before = 0;
      if (gap > 0) {
        return 0;
      }
      int moments = 0;
      do {
        float[] values;
        if (first.isPresent()) {
          values = first.get();
          first = Optional.empty();
        } else {
          var text = next();
          if (text.isEmpty()) {
            return moments == 0 ? -1 : moments;
          }
          if (isGap(text.get())) {
            gap = missing(text.get());
            return moments;
          }
          values = numbers(text.get());
        }
        System.arraycopy(values, 0, into, moments * channels, channels);
        moments++;
      } while ((moments + 1) * channels <= into.length && isWaiting());
      return moments;
    }

    private boolean isWaiting() {
      try {
        return lines.ready();
      } catch (IOException e) {
        throw new DataException(name + ": cannot be read: " + AtomicFiles.reason(e), e);
      }
    }

    private long missing(String text) {
      try {
        long count = Long.parseLong(text.substring(4).strip());
        if (count >= 0) {
          return count;
        }
      } catch (NumberFormatException e) {
        throw new DataException(unclear(text), e);
      }
      throw new DataException(unclear(text));
    }

    private String unclear(String text) {
      return "%s, line %d: \"%s\" is no gap: a number of samples is wanted, such as gap 120"
          .formatted(name, line, text);
    }

    @Override
    public long gap() {
      return gap;
    }

    @Override
    public void close() {
      shut(name, in);
    }
  }

  /// What stands before the samples of a WAV file.
  final class WavHeader {
    private static final int PCM = 1;
    private static final int FLOAT = 3;
    private static final int EXTENSIBLE = 0xfffe;

    private WavHeader() {}

    static SampleReader open(String name, InputStream stream) {
      var in = new BufferedInputStream(stream);
      var riff = take(name, in, 12);
      if (!word(riff, 0).equals("RIFF") || !word(riff, 8).equals("WAVE")) {
        throw new DataException(name + ": is no WAV file: it does not begin with RIFF ... WAVE");
      }
      int format = -1;
      int bits = 0;
      int channels = 0;
      double rate = 0;
      while (true) {
        var chunk = take(name, in, 8);
        long size = chunk.getInt(4) & 0xffffffffL;
        if (word(chunk, 0).equals("data")) {
          boolean whole = format == PCM && bits == 16;
          if ((!whole && !(format == FLOAT && bits == 32)) || channels < 1) {
            throw new DataException(
                "%s: WAV format %d of %d bits and %d channels; 16-bit PCM and 32-bit float are read"
                    .formatted(name, format, bits, channels));
          }
          // who writes into a pipe does not know the size, and says 0 or all ones
          long left = size == 0 || size >= 0xffffff00L ? -1 : size;
          return new OfBytes(name, in, whole, channels, left, Optional.of(rate));
        }
        if (size > 1 << 20) {
          throw new DataException("%s: a WAV chunk of %d bytes before data".formatted(name, size));
        }
        var body = take(name, in, (int) (size + size % 2));
        if (word(chunk, 0).equals("fmt ") && size >= 16) {
          format = body.getShort(0) & 0xffff;
          channels = body.getShort(2);
          rate = body.getInt(4);
          bits = body.getShort(14);
          if (format == EXTENSIBLE && size >= 26) {
            format = body.getShort(24);
          }
        }
      }
    }

    private static ByteBuffer take(String name, InputStream in, int count) {
      try {
        var bytes = in.readNBytes(count);
        if (bytes.length < count) {
          throw new DataException(name + ": ends before its samples: is it a WAV file?");
        }
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      } catch (IOException e) {
        throw new DataException(name + ": cannot be read: " + AtomicFiles.reason(e), e);
      }
    }

    private static String word(ByteBuffer bytes, int at) {
      return new String(bytes.array(), at, 4, StandardCharsets.ISO_8859_1);
    }
  }

  private static void shut(String name, InputStream in) {
    try {
      in.close();
    } catch (IOException e) {
      throw new DataException(name + ": cannot be closed: " + AtomicFiles.reason(e), e);
    }
  }
}
