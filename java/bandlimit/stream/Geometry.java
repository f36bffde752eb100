package bandlimit.stream;

import bandlimit.error.ShapeException;
import bandlimit.graph.Node;
import bandlimit.graph.ReceptiveField;
import bandlimit.graph.TimeAxis;
import bandlimit.graph.op.Slice;
import bandlimit.stream.StreamingPlan.Phase;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The numbers of a stream, in samples, and whether they fit: hop, chunk, strides, context, delay.
final class Geometry {
  private final Analysis analysis;
  private final int hop;
  private final int stride;

  // kept, since a session asks at every hop and may not allocate
  private final int lag;
  private final int answerDelay;
  private final int answerRate;

  /// @throws ShapeException where they do not fit
  Geometry(Analysis analysis, int hop, StreamingOptions options) {
    this.analysis = analysis;
    this.hop = hop;
    this.stride = analysis.stride();
    check(options);
    if (analysis.hasHead()) {
      this.lag = waits();
      this.answerDelay = 0;
      this.answerRate = stride;
    } else {
      var answer = analysis.of(analysis.output);
      this.lag = Math.max(0, answer.late());
      this.answerDelay = answer.delay();
      this.answerRate = answer.rate();
    }
  }

  int hop() {
    return hop;
  }

  int stride() {
    return stride;
  }

  /// Samples computed at a time.
  int chunk() {
    return hop % stride == 0 ? hop : stride;
  }

  /// Samples of a window.
  int window() {
    return analysis.samples.shape().w();
  }

  /// Samples by which an answer is late.
  int lag() {
    return lag;
  }

  /// Columns by which an answer that is a map is numbered behind the chunks.
  int answerDelay() {
    return answerDelay;
  }

  /// Samples for which an answer that is a map has one column.
  int answerRate() {
    return answerRate;
  }

  /// Samples that a window's head waits for, a multiple of all rates.
  private int waits() {
    int most = 0;
    for (Node node : analysis.border()) {
      var track = analysis.of(node);
      most = Math.max(most, (node.shape().w() + track.delay()) * track.rate() - window());
    }
    return Math.ceilDiv(most, stride) * stride;
  }

  /// Columns of each map that are kept for the head; none where there is no head.
  Map<Node, Integer> rings() {
    Map<Node, Integer> rings = new LinkedHashMap<>();
    for (Node node : analysis.hasHead() ? analysis.border() : List.<Node>of()) {
      var track = analysis.of(node);
      rings.put(node, (lag + window()) / track.rate() - track.delay());
    }
    return rings;
  }

  /// Samples before a window's first that its columns depend on.
  private int reach() {
    return Math.max(
        0,
        analysis.border().stream()
            .mapToInt(node -> analysis.of(node).field().left())
            .max()
            .orElse(0));
  }

  /// Left context that full windows need for the answers of a stream: samples before the first of a
  /// window, whose columns are cut off, in whole strides. 0 where a window holds it already.
  int context() {
    return reach() == 0 || settlesInHead() ? 0 : Math.ceilDiv(reach(), stride) * stride;
  }

  /// Whether the head cuts off what depends on the zeros before a window: partial streaming of a
  /// network with a left context of its own.
  private boolean settlesInHead() {
    return analysis.head().stream()
        .filter(node -> node.op() instanceof Slice cut && cut.axis() == 2 && cut.from() > 0)
        .anyMatch(node -> ReceptiveField.between(analysis.samples, node).left() <= 0);
  }

  /// Refuses a left context that is too short.
  void requireContext(int samples) {
    if (samples < reach()) {
      throw new ShapeException(lacking(samples, reach()));
    }
  }

  /// Samples that one column of the last streaming map depends on.
  int receptiveField() {
    return analysis.border().stream()
        .mapToInt(node -> analysis.of(node).field().size())
        .max()
        .orElse(1);
  }

  /// Where windows at this hop meet layers at changing phases; empty where hop is aligned.
  List<Phase> phases(int hop) {
    return List.copyOf(misaligned(hop).values());
  }

  List<PhaseError> phaseErrors(int hop, double amplitude, double band, double hertz) {
    return misaligned(hop).entrySet().stream()
        .map(at -> PhaseError.of(analysis, at.getKey(), at.getValue(), amplitude, band, hertz))
        .toList();
  }

  private Map<Node, Phase> misaligned(int hop) {
    var phases = new LinkedHashMap<Node, Phase>();
    for (Node node : analysis.tracks().keySet()) {
      var axis = TimeAxis.of(node);
      if (axis.isPresent() && axis.get().stride() > 1) {
        int rate = analysis.of(node.input(0)).rate();
        if (hop % (rate * axis.get().stride()) != 0) {
          phases.put(node, new Phase(node.path(), axis.get().span(), axis.get().stride(), rate));
        }
      }
    }
    return phases;
  }

  /// Share of the last map's columns that depend on zeros in place of later samples.
  double contaminated() {
    double worst = 0;
    for (Node node : analysis.border()) {
      var track = analysis.of(node);
      int n = chunk() / track.rate();
      int ahead = track.field().right() - (track.rate() - 1);
      worst = Math.max(worst, Math.min(1, Math.ceilDiv(ahead, track.rate()) / (double) n));
    }
    return worst;
  }

  // ---- what does not fit ----

  private void check(StreamingOptions options) {
    var shape = analysis.samples.shape();
    if (shape.rank() != 4 || shape.h() != 1) {
      throw new ShapeException("only signals stream, maps of height 1: the network takes " + shape);
    }
    if (hop < 1) {
      throw new ShapeException("the hop must be 1 sample or more, got " + hop);
    }
    if (!options.misaligned() && hop % stride != 0) {
      throw new ShapeException(
          ("hop %d is no multiple of the network's stride %d: %s. Windows would begin at other"
                  + " phases than those it was trained on; take %s, or allow it (--misaligned): the"
                  + " answers are then those of one pass over the stream")
              .formatted(
                  hop,
                  stride,
                  words(phases(hop)),
                  (hop > stride ? hop / stride * stride + " or " : "")
                      + (hop / stride + 1) * stride));
    }
    if (analysis.hasHead() && window() % stride != 0) {
      throw new ShapeException(
          "a window of %d samples is no multiple of the network's stride %d"
              .formatted(window(), stride));
    }
    for (Node node : analysis.border()) {
      Refusal.require(node, analysis.of(node).zeros() == 0, Refusal.BEHIND);
    }
    int cut = cutContext();
    if (cut > 0 && context() > 0) {
      throw new ShapeException(lacking(cut, cut + reach()));
    }
  }

  private static String words(List<Phase> phases) {
    return String.join(
        ", ",
        phases.stream()
            .map(
                p ->
                    "%s takes %d columns of %d samples at a time"
                        .formatted(p.layer(), p.stride(), p.rate()))
            .toList());
  }

  /// Samples at the beginning of a window that the network itself cuts off: the left context it was
  /// trained with.
  private int cutContext() {
    int cut = 0;
    for (Node node : analysis.tracks().keySet()) {
      if (node.op() instanceof Slice slice && slice.axis() == 2) {
        cut += slice.from() * analysis.of(node).rate();
      }
    }
    return cut;
  }

  private String lacking(int given, int needed) {
    return ("a left context of %d samples is too short: %d are needed (receptive field %d, stride"
            + " %d), so the first %d columns of each window would see padding where a stream has"
            + " samples; give %d or more")
        .formatted(
            given,
            needed,
            receptiveField(),
            stride,
            Math.ceilDiv(needed - given, stride),
            Math.ceilDiv(needed, stride) * stride);
  }
}
