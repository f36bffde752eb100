package bandlimit.golden;

import bandlimit.error.DataException;
import bandlimit.signal.Boundary;
import bandlimit.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/// The options of a case or of a layer, read strictly: of the type expected, or it cannot be
/// interpreted.
record GoldenOptions(String where, JsonNode json) {
  String op() {
    return text("op");
  }

  boolean has(String key) {
    return json.has(key);
  }

  String text(String key) {
    return require(key, value(key).isString(), "text").asString();
  }

  int integer(String key) {
    return require(key, value(key).isIntegralNumber(), "a whole number").asInt();
  }

  int integer(String key, int otherwise) {
    return has(key) ? integer(key) : otherwise;
  }

  double number(String key) {
    return require(key, value(key).isNumber(), "a number").asDouble();
  }

  boolean flag(String key) {
    return require(key, value(key).isBoolean(), "true or false").asBoolean();
  }

  boolean flag(String key, boolean otherwise) {
    return has(key) ? flag(key) : otherwise;
  }

  Boundary boundary() {
    String mode = has("padding_mode") ? text("padding_mode") : "zero";
    for (Boundary boundary : Boundary.values()) {
      if (boundary.name().toLowerCase(Locale.ROOT).equals(mode)) {
        return boundary;
      }
    }
    throw unknown("padding_mode", mode);
  }

  Shape shape(String key) {
    require(key, value(key).isArray(), "a list");
    var dims = new ArrayList<Integer>();
    value(key).forEach(dim -> dims.add(dim.asInt()));
    return new Shape(dims);
  }

  List<GoldenOptions> layers() {
    require("layers", value("layers").isArray(), "a list");
    var layers = new ArrayList<GoldenOptions>();
    value("layers")
        .forEach(layer -> layers.add(new GoldenOptions(where + " layer " + layers.size(), layer)));
    return layers;
  }

  DataException unknown(String key, Object value) {
    return new DataException("%s: cannot interpret %s: %s".formatted(where, key, value));
  }

  private JsonNode value(String key) {
    var value = json.get(key);
    if (value == null) {
      throw new DataException("%s: has no %s among its options: %s".formatted(where, key, json));
    }
    return value;
  }

  private JsonNode require(String key, boolean holds, String what) {
    if (!holds) {
      throw new DataException("%s: %s must be %s, got %s".formatted(where, key, what, value(key)));
    }
    return value(key);
  }
}
