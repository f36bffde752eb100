package bandlimit.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// What a decoder does not tell about a JPEG file: how the camera was held, and whether the file
/// ends.
///
/// @param orientation the EXIF value, 1 (upright) to 8
/// @param complete an end-of-image marker follows the first scan
record JpegMarkers(int orientation, boolean complete) {
  private static final int START_OF_SCAN = 0xda;
  private static final int END_OF_IMAGE = 0xd9;
  private static final int APP1 = 0xe1;
  private static final int ORIENTATION_TAG = 0x0112;
  private static final long EXIF = 0x457869660000L; // "Exif", two zero bytes

  static boolean isJpeg(byte[] file) {
    return file.length > 3
        && (file[0] & 0xff) == 0xff
        && (file[1] & 0xff) == 0xd8
        && (file[2] & 0xff) == 0xff;
  }

  /// Walks the segments up to the first scan.
  static JpegMarkers of(byte[] file) {
    int orientation = 1;
    int at = 2;
    while (at + 4 <= file.length && (file[at] & 0xff) == 0xff) {
      int marker = file[at + 1] & 0xff;
      if (marker == 0xff) { // fill byte
        at++;
        continue;
      }
      int length = (file[at + 2] & 0xff) << 8 | (file[at + 3] & 0xff);
      if (marker == START_OF_SCAN) {
        return new JpegMarkers(orientation, endsAfter(file, at));
      }
      int end = Math.min(file.length, at + 2 + length);
      if (marker == APP1 && end - at > 18) {
        orientation = orientation(ByteBuffer.wrap(file, at + 4, end - at - 4).slice(), orientation);
      }
      at += 2 + length;
    }
    return new JpegMarkers(orientation, false);
  }

  /// Within a scan 0xff is always followed by 0, so the marker cannot be picture data.
  private static boolean endsAfter(byte[] file, int scan) {
    for (int i = file.length - 2; i > scan; i--) {
      if ((file[i] & 0xff) == 0xff && (file[i + 1] & 0xff) == END_OF_IMAGE) {
        return true;
      }
    }
    return false;
  }

  /// The orientation in an EXIF segment's first directory; `otherwise` where it has none or makes
  /// no sense, as broken EXIF around a good picture is common.
  private static int orientation(ByteBuffer segment, int otherwise) {
    if (segment.getLong(0) >>> 16 != EXIF) {
      return otherwise;
    }
    ByteBuffer tiff = segment.slice(6, segment.limit() - 6);
    int order = tiff.getShort(0);
    if (order != 0x4949 && order != 0x4d4d) { // "II" little-endian, "MM" big-endian
      return otherwise;
    }
    tiff.order(order == 0x4949 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    int directory = tiff.getInt(4);
    if (directory < 8 || directory > tiff.limit() - 2) {
      return otherwise;
    }
    int entries = tiff.getShort(directory) & 0xffff;
    for (int i = 0; i < entries; i++) {
      int entry = directory + 2 + 12 * i;
      if (entry > tiff.limit() - 12) {
        return otherwise;
      }
      if ((tiff.getShort(entry) & 0xffff) == ORIENTATION_TAG) {
        int value = tiff.getShort(entry + 8);
        return value >= 1 && value <= 8 ? value : otherwise;
      }
    }
    return otherwise;
  }
}
