package bandlimit.data;

import bandlimit.error.DataException;
import bandlimit.store.Npy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// A signal from a file: `values` of all channels, sample after sample.
///
/// @param rate samples in a second, where the file says it
public record Recording(Path file, int channels, Optional<Double> rate, float[] values) {
  private static final int PCM = 1;
  private static final int FLOAT = 3;

  public int length() {
    return values.length / channels;
  }

  public float at(int sample, int channel) {
    return values[sample * channels + channel];
  }

  /// @throws DataException naming the file, and the place where a value is not finite
  public static Recording read(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    Recording read;
    if (name.endsWith(".npy")) {
      read = npy(file);
    } else if (name.endsWith(".csv")) {
      read = csv(file);
    } else if (name.endsWith(".wav")) {
      read = wav(file);
    } else {
      throw new DataException(
          file + ": a signal is a .npy, .csv or .wav file, and this name ends otherwise");
    }
    for (int i = 0; i < read.values.length; i++) {
      if (!Float.isFinite(read.values[i])) {
        throw new DataException(
            "%s: sample %d, channel %d is %s; fill gaps before training"
                .formatted(file, i / read.channels, i % read.channels, read.values[i]));
      }
    }
    return read;
  }

  /// The sample number that `cell` of line `line` (from 0) of `file` is, not before `after`.
  ///
  /// @throws DataException where it is none of this signal
  int sample(Path file, int line, String cell, int after) {
    double at = number(cell).orElse(Double.NaN);
    if (!(at >= 0 && at < length()) || at != Math.rint(at)) {
      throw new DataException(
          "%s, line %d: \"%s\" is no sample of %s, which has %d"
              .formatted(file, line + 1, cell, this.file.getFileName(), length()));
    }
    if (at < after) {
      throw new DataException(
          "%s, line %d: sample %s comes after %d; lines must be in the order of time"
              .formatted(file, line + 1, cell, after));
    }
    return (int) at;
  }

  private static Recording npy(Path file) {
    Npy array = Npy.read(file);
    var shape = array.shape();
    if (shape.rank() != 1 && shape.rank() != 2) {
      throw new DataException(
          "%s has shape %s, but a signal is (T) or (T, C)".formatted(file, shape));
    }
    var values = new float[shape.intSize()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) array.get(i);
    }
    return new Recording(file, shape.rank() == 1 ? 1 : shape.at(1), Optional.empty(), values);
  }

  /// Numbers with commas between them, a line a sample; a first line that is no number is a header.
  private static Recording csv(Path file) {
    List<String> lines = lines(file);
    int first = !lines.isEmpty() && number(lines.getFirst().split(",", 2)[0]).isEmpty() ? 1 : 0;
    if (lines.size() == first) {
      throw new DataException(file + ": has no samples");
    }
    int channels = lines.get(first).split(",", -1).length;
    var values = new float[(lines.size() - first) * channels];
    for (int line = first; line < lines.size(); line++) {
      String[] cells = lines.get(line).split(",", -1);
      if (cells.length != channels) {
        throw new DataException(
            "%s, line %d: has %d numbers, the first sample has %d"
                .formatted(file, line + 1, cells.length, channels));
      }
      for (int c = 0; c < channels; c++) {
        String cell = cells[c];
        int at = line + 1;
        values[(line - first) * channels + c] =
            number(cell)
                .orElseThrow(
                    () ->
                        new DataException(
                            "%s, line %d: \"%s\" is no number".formatted(file, at, cell)))
                .floatValue();
      }
    }
    return new Recording(file, channels, Optional.empty(), values);
  }

  static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file).stream().filter(line -> !line.isBlank()).toList();
    } catch (IOException e) {
      throw DataFiles.unreadable(file, e);
    }
  }

  static Optional<Double> number(String text) {
    try {
      return Optional.of(Double.parseDouble(text.strip()));
    } catch (NumberFormatException _) {
      return Optional.empty();
    }
  }

  /// RIFF: 16-bit whole numbers as they are, or 32-bit floats.
  private static Recording wav(Path file) {
    ByteBuffer bytes = ByteBuffer.wrap(DataFiles.read(file)).order(ByteOrder.LITTLE_ENDIAN);
    if (bytes.limit() < 12 || !word(bytes, 0).equals("RIFF") || !word(bytes, 8).equals("WAVE")) {
      throw new DataException(file + ": is no WAV file: it does not begin with RIFF ... WAVE");
    }
    int format = -1;
    int channels = 0;
    double rate = 0;
    int bits = 0;
    for (int at = 12; at + 8 <= bytes.limit(); ) {
      String id = word(bytes, at);
      long size = bytes.getInt(at + 4) & 0xffffffffL;
      int data = at + 8;
      if (data + size > bytes.limit()) {
        throw new DataException(
            "%s: its %s of %d bytes is cut short at %d"
                .formatted(file, id.strip(), size, bytes.limit()));
      }
      if (id.equals("fmt ") && size >= 16) {
        format = bytes.getShort(data) & 0xffff;
        channels = bytes.getShort(data + 2);
        rate = bytes.getInt(data + 4);
        bits = bytes.getShort(data + 14);
        if (format == 0xfffe && size >= 26) { // extensible: the format stands in its identifier
          format = bytes.getShort(data + 24);
        }
      } else if (id.equals("data")) {
        boolean whole = format == PCM && bits == 16;
        if (!whole && !(format == FLOAT && bits == 32) || channels < 1) {
          throw new DataException(
              "%s: WAV format %d of %d bits and %d channels; 16-bit PCM and 32-bit float are read"
                  .formatted(file, format, bits, channels));
        }
        int count = (int) (size / (bits / 8) / channels * channels);
        var values = new float[count];
        for (int i = 0; i < count; i++) {
          values[i] = whole ? bytes.getShort(data + 2 * i) : bytes.getFloat(data + 4 * i);
        }
        return new Recording(file, channels, Optional.of(rate), values);
      }
      at = (int) (data + size + size % 2);
    }
    throw new DataException(file + ": has no samples: no data chunk");
  }

  private static String word(ByteBuffer bytes, int at) {
    var word = new byte[4];
    bytes.get(at, word);
    return new String(word, StandardCharsets.ISO_8859_1);
  }
}
