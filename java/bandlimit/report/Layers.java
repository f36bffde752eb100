package bandlimit.report;

import java.util.List;

/// `layers.json`: a network layer by layer, as `explain` shows it.
record Layers(List<Row> layers, Totals totals) {
  /// @param output extents without the batch, such as (32, 32, 16)
  /// @param macs multiply-accumulates for one sample
  record Row(
      String path, String op, String output, long parameters, long macs, List<String> notes) {}

  record Totals(long parameters, long macs) {}

  Layers {
    layers = List.copyOf(layers);
  }
}
