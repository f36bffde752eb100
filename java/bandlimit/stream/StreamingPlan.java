package bandlimit.stream;

import bandlimit.error.ShapeException;
import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.nn.Layer;
import bandlimit.nn.Mode;
import bandlimit.nn.Scope;
import bandlimit.nn.Variables;
import bandlimit.plan.Procedure;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
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

  private final Analysis analysis;
  private final Geometry geometry;
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
    this.analysis = new Analysis(graph, samples, output, options);
    this.geometry = new Geometry(analysis, hop, options);
    int chunk = geometry.chunk();
    var rings = geometry.rings();
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
      procedures.add(HeadWriter.write(HEAD, analysis, rings, ANSWER));
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
      throw Refusal.adaptive(scope.adaptives().getFirst().result());
    }
    return new StreamingPlan(graph, samples, output, variables, hop, options);
  }

  /// Left context that full windows need for the answers of a stream: samples before the first of a
  /// window, whose columns are cut off, in whole strides. 0 where a window holds it already.
  public int context() {
    return geometry.context();
  }

  /// Refuses a left context that is too short.
  public void requireContext(int samples) {
    geometry.requireContext(samples);
  }

  /// Samples that one column of the last streaming map depends on.
  public int receptiveField() {
    return geometry.receptiveField();
  }

  public int streams() {
    return analysis.samples.shape().n();
  }

  public int channels() {
    return analysis.samples.shape().c();
  }

  /// Samples of a window.
  public int window() {
    return geometry.window();
  }

  public int hop() {
    return geometry.hop();
  }

  /// Samples computed at a time.
  public int chunk() {
    return geometry.chunk();
  }

  /// Samples for which the last streaming map has one column.
  public int stride() {
    return geometry.stride();
  }

  /// Samples by which an answer is later than the end of what it speaks of: right context that has
  /// to come first.
  public int delay() {
    return geometry.lag();
  }

  /// Whether the network answers a window, or each column.
  public boolean answersWindows() {
    return analysis.hasHead();
  }

  /// Where windows at this hop meet layers at changing phases; empty where hop is aligned.
  public List<Phase> phases(int hop) {
    return geometry.phases(hop);
  }

  /// The published bound for each of them.
  ///
  /// @param amplitude of what the network's first layer reads, or half its range
  /// @param band the highest frequency of the signal; infinite where it is not known
  /// @param hertz samples in the same unit of time
  public List<PhaseError> phaseErrors(int hop, double amplitude, double band, double hertz) {
    return geometry.phaseErrors(hop, amplitude, band, hertz);
  }

  /// Layers that see zeros where samples have not come yet; none in exact mode.
  public List<String> approximated() {
    return approximated;
  }

  /// Share of the last map's columns that depend on such zeros.
  public double contaminated() {
    return approximated.isEmpty() ? 0 : geometry.contaminated();
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
    return geometry.answerDelay();
  }

  /// Samples for which an answer that is a map has one column.
  int answerRate() {
    return geometry.answerRate();
  }

  /// What two plans must have in common to take over each other's states.
  String fingerprint() {
    var text = new LinkedHashSet<String>();
    text.add("%d %d %d %d %d".formatted(streams(), window(), channels(), hop(), chunk()));
    for (var procedure : procedures) {
      procedure.graph().nodes().forEach(node -> text.add(procedure.name() + " " + node));
    }
    return String.join("\n", text);
  }
}
