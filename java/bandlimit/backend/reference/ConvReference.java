package bandlimit.backend.reference;

import bandlimit.graph.op.ConvGeometry;

/// [bandlimit.graph.op.Conv2d] and its two transposes: one walk over (output, weight, input)
/// triples.
final class ConvReference {
  private ConvReference() {}

  /// Sees every product of the convolution: flat indices into y, w and x.
  private interface Term {
    void at(int y, int w, int x);
  }

  static void forward(ConvGeometry g, View x, View w, View y) {
    y.fill(0);
    walk(g, x, w, y, (iy, iw, ix) -> y.add(iy, w.get(iw) * x.get(ix)));
  }

  static void inputGrad(ConvGeometry g, View dy, View w, View dx) {
    dx.fill(0);
    walk(g, dx, w, dy, (iy, iw, ix) -> dx.add(ix, w.get(iw) * dy.get(iy)));
  }

  static void weightGrad(ConvGeometry g, View x, View dy, View dw) {
    dw.fill(0);
    walk(g, x, dw, dy, (iy, iw, ix) -> dw.add(iw, x.get(ix) * dy.get(iy)));
  }

  private static void walk(ConvGeometry g, View x, View w, View y, Term term) {
    var out = y.shape();
    int inChannels = w.shape().at(3);
    int outChannels = out.c() / g.groups();
    for (int n = 0; n < out.n(); n++) {
      for (int i = 0; i < out.h(); i++) {
        for (int j = 0; j < out.w(); j++) {
          for (int a = 0; a < w.shape().at(1); a++) {
            for (int b = 0; b < w.shape().at(2); b++) {
              int h = i * g.strideH() - g.top() + a * g.dilationH();
              int v = j * g.strideW() - g.left() + b * g.dilationW();
              int inH = g.boundary().index(h, x.shape().h());
              int inW = g.boundary().index(v, x.shape().w());
              if (inH < 0 || inW < 0) {
                continue; // zero padding
              }
              for (int o = 0; o < out.c(); o++) {
                int first = o / outChannels * inChannels;
                for (int c = 0; c < inChannels; c++) {
                  term.at(
                      y.index(n, i, j, o), w.index(o, a, b, c), x.index(n, inH, inW, first + c));
                }
              }
            }
          }
        }
      }
    }
  }
}
