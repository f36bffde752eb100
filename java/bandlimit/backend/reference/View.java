package bandlimit.backend.reference;

import bandlimit.tensor.Shape;

/// A slot of the reference backend: a stretch of doubles, whatever the slot's element type.
record View(double[] data, int offset, Shape shape) {
  double get(int i) {
    return data[offset + i];
  }

  void set(int i, double value) {
    data[offset + i] = value;
  }

  void add(int i, double value) {
    data[offset + i] += value;
  }

  int size() {
    return shape.intSize();
  }

  /// Flat index of an element of a four-axis tensor.
  int index(int a, int b, int c, int d) {
    return ((a * shape.at(1) + b) * shape.at(2) + c) * shape.at(3) + d;
  }

  double at(int a, int b, int c, int d) {
    return get(index(a, b, c, d));
  }

  void fill(double value) {
    java.util.Arrays.fill(data, offset, offset + size(), value);
  }
}
