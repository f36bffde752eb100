package bandlimit.stream;

import bandlimit.error.ShapeException;
import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.graph.op.Input;
import bandlimit.graph.op.Reshape;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/// Which nodes of a window's graph stream, which belong to the head, and where the border between
/// them lies.
final class Analysis {
  final Graph graph;
  final Node samples;
  final Node output;
  final boolean approximate;

  /// Maps that stream, in the order of computation.
  private final Map<Node, Track> tracks = new LinkedHashMap<>();

  /// Nodes that are computed on the whole window.
  private final Set<Node> head = new LinkedHashSet<>();

  private final Set<Node> live = new HashSet<>();
  private final Optional<Node> boundary;

  Analysis(Graph graph, Node samples, Node output, StreamingOptions options) {
    this.graph = graph;
    this.samples = samples;
    this.approximate = options.approximates();
    findLive(output);
    if (!live.contains(samples)) {
      throw new ShapeException(output.path() + " does not depend on " + samples.path());
    }
    this.boundary = options.boundary().map(this::named);
    for (Node node : graph.nodes()) {
      if (live.contains(node)) {
        place(node);
      }
    }
    this.output = answer(output);
  }

  private void findLive(Node output) {
    var open = new ArrayList<Node>(List.of(output));
    while (!open.isEmpty()) {
      var node = open.removeLast();
      if (live.add(node)) {
        open.addAll(node.inputs());
      }
    }
  }

  /// The last node of the layer `path`.
  private Node named(String path) {
    Optional<Node> found = Optional.empty();
    for (Node node : graph.nodes()) {
      String at = node.path();
      if (live.contains(node)
          && !node.inputs().isEmpty()
          && (at.equals(path) || at.startsWith(path + ".") || at.startsWith(path + "/"))) {
        found = Optional.of(node);
      }
    }
    return found.orElseThrow(
        () ->
            new ShapeException(
                "no layer %s that could be the boundary; there are %s, and those within"
                    .formatted(path, String.join(", ", layers()))));
  }

  /// The outermost layers, in their order.
  private List<String> layers() {
    return graph.nodes().stream()
        .filter(node -> live.contains(node) && !node.inputs().isEmpty())
        .map(node -> node.path().split("[./]", 2)[0])
        .distinct()
        .toList();
  }

  private void place(Node node) {
    if (node == samples) {
      tracks.put(node, Track.SAMPLES);
      return;
    }
    if (node.op() instanceof Input) {
      throw new ShapeException(
          "%s is an input beside the signal %s: it cannot stream"
              .formatted(node.path(), samples.path()));
    }
    boolean fromHead = node.inputs().stream().anyMatch(this::isWindow);
    boolean fromStream = node.inputs().stream().anyMatch(tracks::containsKey);
    if (fromHead) {
      boolean onMap = node.inputs().stream().anyMatch(i -> tracks.containsKey(i) && !isWindow(i));
      if (onMap && boundary.isEmpty()) {
        throw Refusal.mixed(node);
      }
      head.add(node);
    } else if (fromStream) {
      var track = StreamingRules.track(node, this::track, approximate);
      if (track.isPresent()) {
        tracks.put(node, track.get());
      } else {
        head.add(node);
      }
    }
  }

  /// Whether whoever reads this value works on the whole window.
  private boolean isWindow(Node node) {
    return head.contains(node) || boundary.filter(b -> b == node).isPresent();
  }

  /// A map under other extents is an answer as good as the map.
  private Node answer(Node output) {
    var node = output;
    while (node.op() instanceof Reshape && head.contains(node) && inTime(node.input(0))) {
      node = node.input(0);
    }
    return tracks.containsKey(node) && node.shape().w() > 1 ? node : output;
  }

  private boolean inTime(Node node) {
    return tracks.containsKey(node) || node.op() instanceof Reshape;
  }

  Optional<Track> track(Node node) {
    return Optional.ofNullable(tracks.get(node));
  }

  Track of(Node node) {
    return Objects.requireNonNull(tracks.get(node), node::path);
  }

  /// The maps that stream, in order.
  Map<Node, Track> tracks() {
    return tracks;
  }

  /// What is computed on the whole window, in order.
  Set<Node> head() {
    return head;
  }

  boolean isHead(Node node) {
    return head.contains(node);
  }

  boolean hasHead() {
    return head.contains(output);
  }

  /// The maps that the head reads; the answer itself where there is no head.
  List<Node> border() {
    if (!hasHead()) {
      return List.of(output);
    }
    var border = new LinkedHashSet<Node>();
    for (Node node : head) {
      node.inputs().stream().filter(tracks::containsKey).forEach(border::add);
    }
    return List.copyOf(border);
  }

  /// The least common multiple of all rates.
  int stride() {
    int stride = 1;
    for (Track track : tracks.values()) {
      stride = Math.multiplyExact(stride / gcd(stride, track.rate()), track.rate());
    }
    return stride;
  }

  private static int gcd(int a, int b) {
    return b == 0 ? a : gcd(b, a % b);
  }
}
