package bandlimit.certify;

import bandlimit.backend.Backend;
import bandlimit.backend.Executable;
import bandlimit.error.ShapeException;
import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.graph.op.Input;
import bandlimit.nn.Layer;
import bandlimit.nn.Mode;
import bandlimit.nn.Scope;
import bandlimit.nn.Variables;
import bandlimit.plan.Planner;
import bandlimit.plan.Procedure;
import bandlimit.tensor.DType;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Certifies a network: what follows from its operations, and whether measurements bear it out.
public final class Certifier {
  private static final String IMAGES = "images";
  private static final String LOGITS = "logits";
  private static final String CAPTURE = "capture";
  private static final int BATCH = 8;
  private static final int PIXELS = 128 * 128; // of images that still go through by `BATCH`

  /// Above this a measurement contradicts a guarantee; rounding of float32 in deep networks stays
  /// below.
  private static final double ROUNDING = 1e-3;

  /// @param layers whether each layer is measured too
  public record Options(List<Kind> kinds, long seed, boolean layers) {
    public static final Options ALL = new Options(List.of(Kind.values()), 0, true);

    public Options {
      kinds = List.copyOf(kinds);
    }
  }

  /// Puts the weights into a program.
  @FunctionalInterface
  public interface Weights {
    void into(Executable executable, Variables variables);

    /// Those that training would start from.
    static Weights initial(long seed) {
      return (executable, variables) ->
          variables
              .all()
              .forEach(
                  v -> {
                    var slot = executable.program().states().get(v.path());
                    if (slot != null) {
                      executable.write(slot, v.initial(seed));
                    }
                  });
    }
  }

  /// Told how far it is.
  @FunctionalInterface
  public interface Progress {
    void update(int done, int total);
  }

  private final Graph graph = new Graph();
  private final Variables variables = new Variables();
  private final Shape sample;
  private final int batch;
  private final Node images;
  private final Node logits;
  private final Map<Node, Value> values;
  private final List<Scope.Adaptive> adaptives;
  private final Structure structure;
  private final List<Part> parts;

  private Certifier(Layer network, Shape sample, int most) {
    this.sample = sample;
    this.batch = Math.max(2, Math.min(most, BATCH));
    this.images =
        graph.input(IMAGES, TensorType.f32(batch, sample.at(0), sample.at(1), sample.at(2)));
    var scope = Scope.root(graph, Mode.EVAL, variables);
    this.logits = network.build(scope, images);
    this.adaptives = List.copyOf(scope.adaptives());
    this.values = Inference.of(graph, images, false, adaptives);
    this.structure = Structure.of(graph, images, logits, adaptives);
    this.parts = Part.of(graph, logits, values, adaptives);
  }

  /// What follows from the operations of a network from samples (H, W, C) alone; runs nothing.
  public static Structure structure(Layer network, Shape sample) {
    return new Certifier(network, sample, 2).structure;
  }

  /// @param network from normalised maps (N, H, W, C) to logits (N, K)
  /// @param sample (H, W, C)
  public static Certificate run(
      Layer network,
      Shape sample,
      Backend backend,
      Weights weights,
      Images images,
      Options options,
      Progress progress) {
    boolean large = sample.at(0) * sample.at(1) > PIXELS;
    int batch = large ? BATCH / 2 : BATCH;
    int filled = options.layers() ? batch : Math.min(batch, images.fields().size());
    var certifier = new Certifier(network, sample, filled);
    var program = Planner.plan(certifier.procedures(options.layers()), backend);
    try (var executable = backend.compile(program)) {
      weights.into(executable, certifier.variables);
      return certifier.measure(executable, backend, images, options, progress);
    }
  }

  // ---- programs ----

  private List<Procedure> procedures(boolean layers) {
    var procedures = new ArrayList<Procedure>();
    procedures.add(new Procedure(LOGITS, graph, Map.of(Probe.output(0), logits), List.of()));
    if (layers) {
      Map<String, Node> captured = new LinkedHashMap<>();
      captured().forEach(node -> captured.put(name(node), node));
      captured.put(LOGITS, logits);
      procedures.add(new Procedure(CAPTURE, graph, captured, List.of()));
      for (int i = 0; i < parts.size(); i++) {
        var part = parts.get(i);
        var own = part.inputs().stream().map(Node::type).toList();
        var periods = part.inputs().stream().map(x -> Twin.type(x, Part.value(values, x))).toList();
        procedure("layer" + i, part, own, Part::copy).ifPresent(procedures::add);
        procedure("twin" + i, part, periods, Twin::write).ifPresent(procedures::add);
      }
    }
    return procedures;
  }

  private static Optional<Procedure> procedure(
      String name, Part part, List<TensorType> types, Part.Writer writer) {
    var to = new Graph();
    try {
      var copies = part.writtenTo(to, types, writer);
      Map<String, Node> outputs = new LinkedHashMap<>();
      for (int o = 0; o < part.outputs().size(); o++) {
        outputs.put(Probe.output(o), Part.copy(copies, part.outputs().get(o)));
      }
      return Optional.of(new Procedure(name, to, outputs, List.of()));
    } catch (ShapeException | IllegalArgumentException e) {
      return Optional.empty(); // a border that does not fit the map: nothing to compare with
    }
  }

  private Set<Node> captured() {
    Set<Node> captured = new LinkedHashSet<>();
    for (Part part : parts) {
      part.inputs().stream().filter(x -> !(x.op() instanceof Input)).forEach(captured::add);
    }
    return captured;
  }

  private static String name(Node node) {
    return "value" + node.id();
  }

  // ---- measurements ----

  private Certificate measure(
      Executable executable, Backend backend, Images given, Options options, Progress progress) {
    boolean wide = backend.elementBytes(DType.F32) > Float.BYTES;
    var noise =
        Images.noise(
            sample.at(0),
            sample.at(1),
            sample.at(2),
            Math.min(batch, given.fields().size()),
            options.seed());
    var value = Part.value(values, logits);
    boolean moves = value.hasGrid() && Probe.hasForm(logits, value, batch);
    var form =
        moves
            ? Probe.form(logits, value, batch)
            : Shape.of(
                1,
                Math.toIntExact(logits.shape().size() / batch / logits.shape().at(-1)),
                logits.shape().at(-1));
    var plan = executable.program().plan(LOGITS);
    var probe = new Probe(executable, plan, batch, wide, List.of(IMAGES));
    var onImages = new LogitChanges(probe, form, moves, given.fields());
    var onNoise = new LogitChanges(probe, form, moves, noise);
    int total = options.kinds().size() + 1 + (options.layers() ? parts.size() : 0);
    int done = 0;
    var changes = new ArrayList<Certificate.Change>();
    for (var tries : tries(options)) {
      changes.add(tries.measure(structure, onImages, onNoise));
      progress.update(Math.min(++done, total), total);
    }
    var rows = new ArrayList<Certificate.Row>();
    var contradictions = new ArrayList<String>();
    for (var change : changes) {
      if (change.guaranteed() && !(Math.max(change.share(), change.noise()) <= ROUNDING)) {
        contradictions.add(
            "%s translations change nothing by structure, but the logits by %.1e of their range"
                .formatted(change.kind(), Math.max(change.share(), change.noise())));
      }
    }
    if (options.layers()) {
      var captured = capture(executable, wide, given.fields().getFirst(), noise.getFirst());
      for (int i = 0; i < parts.size(); i++) {
        new LayerReport(parts.get(i), values, adaptives, batch, wide, ROUNDING, contradictions)
            .of(executable, i, captured, options.seed())
            .ifPresent(rows::add);
        progress.update(Math.min(++done, total), total);
      }
    }
    return new Certificate(
        Certificate.FORMAT,
        structure,
        backend.describe(),
        given.source(),
        given.generated(),
        given.fields().size(),
        options.seed(),
        onImages.range(),
        onNoise.range(),
        changes,
        rows,
        contradictions);
  }

  private List<Tries> tries(Options options) {
    int h = sample.at(0);
    int w = sample.at(1);
    var tries = new ArrayList<Tries>();
    double step = Math.max(structure.rows(), structure.cols());
    if (step > 1 && Math.min(structure.rows(), structure.cols()) >= 0) {
      tries.add(
          new Tries(
              "multiples of " + Math.round(step),
              step,
              Kind.multiples(step, h, w, options.seed())));
    }
    for (Kind kind : options.kinds()) {
      tries.add(new Tries(kind.word(), kind.step(), kind.shifts(h, w, options.seed())));
    }
    return tries;
  }

  /// The inputs of every layer, for an image and for noise.
  private Map<Node, Field[]> capture(
      Executable executable, boolean wide, Field image, Field noise) {
    var plan = executable.program().plan(CAPTURE);
    var probe = new Probe(executable, plan, batch, wide, List.of(IMAGES));
    var nodes = List.copyOf(captured());
    var readable =
        nodes.stream().filter(n -> Probe.hasForm(n, Part.value(values, n), batch)).toList();
    var forms = readable.stream().map(n -> Probe.form(n, Part.value(values, n), batch)).toList();
    var names = readable.stream().map(Certifier::name).toList();
    var results = probe.run(List.of(new Field[] {image}, new Field[] {noise}), names, forms);
    Map<Node, Field[]> captured = new LinkedHashMap<>();
    captured.put(images, new Field[] {image, noise});
    for (int k = 0; k < readable.size(); k++) {
      captured.put(readable.get(k), new Field[] {results.getFirst()[k], results.getLast()[k]});
    }
    return captured;
  }
}
