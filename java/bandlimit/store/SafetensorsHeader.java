package bandlimit.store;

import bandlimit.error.CheckpointException;
import bandlimit.tensor.DType;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The JSON part of a safetensors file: what lies where, counted from the end of the header.
///
/// [#parse] trusts nothing: after it every entry lies inside the file, has the size that its shape
/// and type say, and the entries tile the data without gap or overlap.
record SafetensorsHeader(SequencedMap<String, Entry> entries, Map<String, String> metadata) {
  private static final String METADATA = "__metadata__";

  /// Element types of the format that can be skipped over, with the [DType] that we read them as.
  enum Stored {
    F64(8, DType.F64),
    F32(4, DType.F32),
    BF16(2, DType.BF16),
    I32(4, DType.I32),
    U8(1, DType.U8),
    I64(8, DType.I32), // labels of other programs; the range is checked on reading
    F16(2),
    U64(8),
    U32(4),
    U16(2),
    I16(2),
    I8(1),
    BOOL(1),
    F8_E4M3(1),
    F8_E5M2(1);

    final int bytes;
    final Optional<DType> readAs;

    Stored(int bytes) {
      this.bytes = bytes;
      this.readAs = Optional.empty();
    }

    Stored(int bytes, DType readAs) {
      this.bytes = bytes;
      this.readAs = Optional.of(readAs);
    }
  }

  record Entry(Stored stored, Shape shape, long begin, long end) {}

  /// The layout for writing: wide types first, then by name, so that each tensor is aligned.
  static SafetensorsHeader layout(Map<String, HostTensor> tensors, Map<String, String> metadata) {
    var order = new ArrayList<>(tensors.entrySet());
    order.sort(
        Comparator.comparingInt((Map.Entry<String, HostTensor> e) -> -e.getValue().dtype().bytes())
            .thenComparing(Map.Entry.comparingByKey()));
    var entries = new LinkedHashMap<String, Entry>();
    long at = 0;
    for (Map.Entry<String, HostTensor> e : order) {
      String name = e.getKey();
      TensorType type = e.getValue().type();
      if (name.equals(METADATA)) {
        throw new IllegalArgumentException("a tensor cannot be called " + METADATA);
      }
      Stored stored = Stored.valueOf(type.dtype().name());
      entries.put(name, new Entry(stored, type.shape(), at, at + type.bytes()));
      at += type.bytes();
    }
    var sorted = new TreeMap<>(metadata);
    sorted.putIfAbsent("format", "pt"); // without it the Python loaders refuse the file
    return new SafetensorsHeader(entries, sorted);
  }

  /// The JSON, padded with spaces to a multiple of 8 bytes.
  byte[] toBytes() {
    ObjectNode root = Json.object();
    ObjectNode strings = root.putObject(METADATA);
    metadata.forEach(strings::put);
    entries.forEach(
        (name, e) -> {
          ObjectNode node = root.putObject(name);
          node.put("dtype", e.stored.name());
          var shape = node.putArray("shape");
          e.shape.dims().forEach(d -> shape.add(d.intValue()));
          node.putArray("data_offsets").add(e.begin).add(e.end);
        });
    byte[] json = Json.line(root).getBytes(StandardCharsets.UTF_8);
    var padded = new byte[(json.length + 7) / 8 * 8];
    java.util.Arrays.fill(padded, (byte) ' ');
    System.arraycopy(json, 0, padded, 0, json.length);
    return padded;
  }

  static SafetensorsHeader parse(byte[] json, long dataBytes, String file) {
    JsonNode root = Json.parse(json, file + ": header", CheckpointException::new);
    if (!root.isObject()) {
      throw bad(file, "the header is no JSON object");
    }
    var entries = new LinkedHashMap<String, Entry>();
    var metadata = new LinkedHashMap<String, String>();
    for (Map.Entry<String, JsonNode> p : root.properties()) {
      if (p.getKey().equals(METADATA)) {
        readMetadata(p.getValue(), metadata, file);
      } else {
        entries.put(p.getKey(), entry(p.getKey(), p.getValue(), dataBytes, file));
      }
    }
    checkTiling(entries, dataBytes, file);
    return new SafetensorsHeader(entries, metadata);
  }

  private static void readMetadata(JsonNode node, Map<String, String> metadata, String file) {
    for (Map.Entry<String, JsonNode> p : node.properties()) {
      if (!p.getValue().isString()) {
        throw bad(file, METADATA + "." + p.getKey() + " is no string");
      }
      metadata.put(p.getKey(), p.getValue().stringValue());
    }
    if (!node.isObject()) {
      throw bad(file, METADATA + " is no JSON object");
    }
  }

  private static Entry entry(String name, JsonNode node, long dataBytes, String file) {
    JsonNode shapeNode = node.path("shape");
    JsonNode offsets = node.path("data_offsets");
    if (!node.path("dtype").isString()
        || !shapeNode.isArray()
        || !offsets.isArray()
        || offsets.size() != 2
        || !isLong(offsets.path(0))
        || !isLong(offsets.path(1))
        || node.size() != 3) {
      throw bad(file, "tensor " + name + " needs dtype, shape and data_offsets [begin, end]");
    }
    Stored stored = stored(name, node.path("dtype").stringValue(), file);
    long begin = offsets.path(0).longValue();
    long end = offsets.path(1).longValue();
    if (begin < 0 || end < begin || end > dataBytes) {
      throw bad(
          file,
          "tensor %s has data_offsets [%d, %d], the file holds %d bytes of data%s"
              .formatted(name, begin, end, dataBytes, end > dataBytes ? " (truncated?)" : ""));
    }
    long elements = 1;
    var dims = new ArrayList<Integer>();
    for (JsonNode d : shapeNode) {
      if (!d.canConvertToInt() || !d.isIntegralNumber() || d.intValue() < 1) {
        throw bad(
            file,
            "tensor %s has the shape %s: every extent must be 1 or more"
                .formatted(name, shapeNode));
      }
      if (elements > dataBytes / d.intValue()) { // also keeps the product from overflowing
        throw bad(
            file,
            "tensor %s of shape %s does not fit into %d bytes of data"
                .formatted(name, shapeNode, dataBytes));
      }
      elements *= d.intValue();
      dims.add(d.intValue());
    }
    if (elements > dataBytes || elements * stored.bytes != end - begin) {
      throw bad(
          file,
          "tensor %s, %s of shape %s, has %d bytes in data_offsets"
              .formatted(name, stored, shapeNode, end - begin));
    }
    return new Entry(stored, new Shape(dims), begin, end);
  }

  private static boolean isLong(JsonNode node) {
    return node.isIntegralNumber() && node.canConvertToLong();
  }

  private static Stored stored(String name, String dtype, String file) {
    for (Stored s : Stored.values()) {
      if (s.name().equals(dtype)) {
        return s;
      }
    }
    throw bad(file, "tensor " + name + " has the unknown dtype " + dtype);
  }

  private static void checkTiling(Map<String, Entry> entries, long dataBytes, String file) {
    var byPlace = new ArrayList<>(entries.entrySet());
    byPlace.sort(Comparator.comparingLong(e -> e.getValue().begin));
    long at = 0;
    for (Map.Entry<String, Entry> e : byPlace) {
      if (e.getValue().begin != at) {
        throw bad(
            file,
            "tensor %s begins at byte %d of the data, where %d is due (%s)"
                .formatted(
                    e.getKey(),
                    e.getValue().begin,
                    at,
                    e.getValue().begin < at ? "an overlap" : "a gap"));
      }
      at = e.getValue().end;
    }
    if (at != dataBytes) {
      throw bad(file, "%d bytes after the last tensor".formatted(dataBytes - at));
    }
  }

  private static CheckpointException bad(String file, String problem) {
    return new CheckpointException(file + ": no usable safetensors file: " + problem);
  }
}
