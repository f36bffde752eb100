package bandlimit.stream;

import bandlimit.error.ShapeException;
import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.graph.TimeAxis;
import bandlimit.nn.Layer;
import bandlimit.nn.Mode;
import bandlimit.nn.Scope;
import bandlimit.nn.Variables;
import bandlimit.plan.Procedure;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/// A network from windows of a signal, (N, 1, W, C), rewritten so that each sample is computed
/// once.
///
/// Samples come in chunks of a fixed size. The plan `step` takes a chunk through all layers that
/// are the same at every moment: each keeps the columns that it will look back at. The last such
/// maps are kept for a window, in the order of time, and the plan `head` computes the rest of the
/// network from them, as it was. The first chunks are taken by `start` where layers wait for later
/// samples: it tells columns before the stream's beginning from those within.
///
/// A chunk is a hop where the product of strides divides the hop, else that product: any hop then
/// gives the same columns at the same moments.
///
/// Kechris et al., "Don't Think It Twice: Exploit Shift Invariance for Efficient Online Streaming
/// Inference of CNNs" (StreamiNNC), AAAI 2025.
public final class StreamingPlan {
  /// Names of the procedures and of what `head` answers.
  static final String STEP = "step";

  static final String START = "start";
  static final String HEAD = "head";
  static final String ANSWER = "answer";

  /// A layer whose stride does not divide what the hop is at its rate: the windows of one hop and
  /// of the next begin at different phases of it.
  ///
  /// @param length of its window, in columns; rate: samples a column
  public record Phase(String layer, int length, int stride, int rate) {}

  private final int hop;
  private final int chunk;
  private final int stride;
  private final int lag;
  private final Analysis analysis;
  private final Variables variables;
  private final List<Procedure> procedures = new ArrayList<>();
  private final Map<String, Double> histories;
  private final List<Mask> masks;
  private final int startChunks;
  private final List<String> approximated;

  private StreamingPlan(
      Graph graph,
      Node samples,
      Node output,
      Variables variables,
      int hop,
      StreamingOptions options) {
    this.variables = variables;
    this.hop = hop;
    this.analysis = new Analysis(graph, samples, output, options);
    this.stride = analysis.stride();
    check(samples, options);
    this.chunk = hop % stride == 0 ? hop : stride;
    this.lag = analysis.hasHead() ? lag() : Math.max(0, analysis.of(analysis.output).late());
    Map<Node, Integer> rings = analysis.hasHead() ? rings() : Map.of();
    var writer = new StreamWriter(analysis, chunk, false);
    procedures.add(writer.write(STEP, rings));
    this.histories = writer.histories;
    this.masks = List.copyOf(writer.wanted);
    this.startChunks = masks.stream().mapToInt(Mask::chunks).max().orElse(0);
    this.approximated = List.copyOf(writer.fills.keySet());
    if (!masks.isEmpty()) {
      procedures.add(new StreamWriter(analysis, chunk, true).write(START, rings));
    }
    if (analysis.hasHead()) {
      procedures.add(StreamWriter.head(HEAD, analysis, rings, ANSWER));
    }
  }

  /// Of a graph in which `output` is computed from the windows `samples`.
  public static StreamingPlan of(
      Graph graph, Node samples, Node output, int hop, StreamingOptions options) {
    return new StreamingPlan(graph, samples, output, new Variables(), hop, options);
  }

  /// Of a network in evaluation.
  ///
  /// @param window (1, W, C)
  /// @param streams how many signals run side by side
  public static StreamingPlan of(
      Layer network, Shape window, int streams, int hop, StreamingOptions options) {
    if (window.rank() != 3) {
      throw new ShapeException("a window is (1, W, C), got " + window);
    }
    var graph = new Graph();
    var variables = new Variables();
    var type = TensorType.f32(streams, window.at(0), window.at(1), window.at(2));
    var samples = graph.input(StreamWriter.SAMPLES, type);
    var scope = Scope.root(graph, Mode.EVAL, variables);
    var output = network.build(scope, samples);
    if (options.boundary().isEmpty() && !scope.adaptives().isEmpty()) {
      throw StreamingRules.adaptive(scope.adaptives().getFirst().result());
    }
    return new StreamingPlan(graph, samples, output, variables, hop, options);
  }

  private void check(Node samples, StreamingOptions options) {
    var shape = samples.shape();
    if (shape.rank() != 4 || shape.h() != 1) {
      throw new ShapeException("only signals stream, maps of height 1: the network takes " + shape);
    }
    if (hop < 1) {
      throw new ShapeException("the hop must be 1 sample or more, got " + hop);
    }
    if (!options.misaligned() && hop % stride != 0) {
      throw new ShapeException(
          ("hop %d is no multiple of the network's stride %d: %s. Windows would begin at other"
                  + " phases than those it was trained on; take %d or %d, or allow it: the answers"
                  + " are then those of one pass over the stream")
              .formatted(
                  hop,
                  stride,
                  words(phases(hop)),
                  Math.max(1, hop / stride) * stride,
                  (hop / stride + 1) * stride));
    }
    if (analysis.hasHead() && window() % stride != 0) {
      throw new ShapeException(
          "a window of %d samples is no multiple of the network's stride %d"
              .formatted(window(), stride));
    }
    for (Node node : analysis.border()) {
      StreamingRules.require(node, analysis.of(node).zeros() == 0, StreamingRules.BEHIND);
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
                        .formatted(p.layer, p.stride, p.rate))
            .toList());
  }

  /// Samples at the beginning of a window that the network itself cuts off: the left context it was
  /// trained with.
  private int cutContext() {
    int cut = 0;
    for (Node node : analysis.tracks().keySet()) {
      if (node.op() instanceof bandlimit.graph.op.Slice slice && slice.axis() == 2) {
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

  // ---- geometry ----

  /// Samples that a window's head waits for, a multiple of all rates.
  private int lag() {
    int lag = 0;
    for (Node node : analysis.border()) {
      var track = analysis.of(node);
      lag = Math.max(lag, (node.shape().w() + track.delay()) * track.rate() - window());
    }
    return Math.ceilDiv(lag, stride) * stride;
  }

  private Map<Node, Integer> rings() {
    Map<Node, Integer> rings = new LinkedHashMap<>();
    for (Node node : analysis.border()) {
      var track = analysis.of(node);
      rings.put(node, (lag + window()) / track.rate() - track.delay());
    }
    return rings;
  }

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
  public int context() {
    return Math.ceilDiv(reach(), stride) * stride;
  }

  /// Refuses a left context that is too short.
  public void requireContext(int samples) {
    if (samples < reach()) {
      throw new ShapeException(lacking(samples, reach()));
    }
  }

  /// Samples that one column of the last streaming map depends on.
  public int receptiveField() {
    return analysis.border().stream()
        .mapToInt(node -> analysis.of(node).field().size())
        .max()
        .orElse(1);
  }

  public int streams() {
    return analysis.samples.shape().n();
  }

  public int channels() {
    return analysis.samples.shape().c();
  }

  /// Samples of a window.
  public int window() {
    return analysis.samples.shape().w();
  }

  public int hop() {
    return hop;
  }

  /// Samples computed at a time.
  public int chunk() {
    return chunk;
  }

  /// Samples for which the last streaming map has one column.
  public int stride() {
    return stride;
  }

  /// Samples by which an answer is later than the end of what it speaks of: right context that has
  /// to come first.
  public int delay() {
    return lag;
  }

  /// Whether the network answers a window, or each column.
  public boolean answersWindows() {
    return analysis.hasHead();
  }

  /// Where windows at this hop meet layers at changing phases; empty where hop is aligned.
  public List<Phase> phases(int hop) {
    var phases = new ArrayList<Phase>();
    for (Node node : analysis.tracks().keySet()) {
      var axis = TimeAxis.of(node);
      if (axis.isPresent() && axis.get().stride() > 1) {
        int rate = analysis.of(node.input(0)).rate();
        if (hop % (rate * axis.get().stride()) != 0) {
          phases.add(new Phase(node.path(), axis.get().span(), axis.get().stride(), rate));
        }
      }
    }
    return phases;
  }

  /// Layers that see zeros where samples have not come yet; none in exact mode.
  public List<String> approximated() {
    return approximated;
  }

  /// Share of the last map's columns that depend on such zeros.
  public double contaminated() {
    double worst = 0;
    for (Node node : approximated.isEmpty() ? List.<Node>of() : analysis.border()) {
      var track = analysis.of(node);
      int n = chunk / track.rate();
      int ahead = track.field().right() - (track.rate() - 1);
      worst = Math.max(worst, Math.min(1, Math.ceilDiv(ahead, track.rate()) / (double) n));
    }
    return worst;
  }

  /// Paths of the maps that the head reads: all before them streams.
  public List<String> border() {
    return analysis.border().stream().map(Node::path).toList();
  }

  /// Of the network, where it was given as a layer.
  public Variables variables() {
    return variables;
  }

  /// What a program needs: `step`, perhaps `start`, perhaps `head`.
  public List<Procedure> procedures() {
    return List.copyOf(procedures);
  }

  /// What the streaming states hold before the first sample.
  Map<String, Double> histories() {
    return histories;
  }

  List<Mask> masks() {
    return masks;
  }

  /// Chunks that `start` takes.
  int startChunks() {
    return startChunks;
  }

  /// Columns by which the answer's map is numbered behind the chunks.
  int answerDelay() {
    return analysis.of(analysis.output).delay();
  }

  /// Samples for which an answer that is a map has one column.
  int answerRate() {
    return analysis.hasHead() ? stride : analysis.of(analysis.output).rate();
  }

  /// What two plans must have in common to take over each other's states.
  String fingerprint() {
    var text = new LinkedHashSet<String>();
    text.add("%d %d %d %d %d".formatted(streams(), window(), channels(), hop, chunk));
    for (var procedure : procedures) {
      procedure.graph().nodes().forEach(node -> text.add(procedure.name() + " " + node));
    }
    return String.join("\n", text);
  }
}
