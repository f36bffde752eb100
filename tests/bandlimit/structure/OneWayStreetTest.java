package bandlimit.structure;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// The rooms of the house and who may use whom: `bandlimit.X` in code is compared with the table.
class OneWayStreetTest {
  /// What a room uses directly. It may use their neighbours' neighbours too, and `error` always.
  private static final Map<String, Set<String>> ROOMS =
      Map.ofEntries(
          entry("error", Set.of()),
          entry("signal", Set.of()),
          entry("tensor", Set.of()),
          entry("store", Set.of("tensor")),
          entry("graph", Set.of("signal", "tensor")),
          entry("plan", Set.of("graph")),
          entry("backend", Set.of("plan")),
          entry("backend.reference", Set.of("backend")),
          entry("backend.cpu", Set.of("backend")),
          entry("backend.cuda", Set.of("backend")),
          entry("nn", Set.of("graph", "signal")),
          entry("model", Set.of("nn", "plan")),
          entry("data", Set.of("tensor", "store")),
          entry("config", Set.of("signal", "nn", "data")),
          entry("stream", Set.of("backend", "nn")),
          entry("eval", Set.of("stream", "data", "model", "config")),
          entry("certify", Set.of("eval", "store")),
          entry("train", Set.of("eval", "store")),
          entry("report", Set.of("certify", "eval", "store", "config")),
          entry("device", Set.of("config", "backend.reference", "backend.cpu", "backend.cuda")),
          entry("bench", Set.of("train")),
          entry("conformance", Set.of("bench")),
          entry("golden", Set.of("conformance")),
          entry("predict", Set.of("train", "device")),
          entry("cli", Set.of("predict", "report", "golden")));

  /// Only `device` names a machine; everyone else holds a `Backend`.
  private static final Set<String> MACHINES =
      Set.of("backend.reference", "backend.cpu", "backend.cuda");

  /// Machines see operations, steps and slots; only `plan` knows both sides.
  private static final Set<String> HIDDEN_FROM_MACHINES = Set.of("Node", "Graph");

  private static final Pattern USE =
      Pattern.compile("\\bbandlimit\\.([a-z]\\w*(?:\\.[a-z]\\w*)*)\\.([A-Z]\\w*|\\*)");

  @Test
  void everyUseFollowsTheStreet() {
    List<JavaSource> sources = JavaSource.below("java");
    assertThat(sources).as("sources found below java/").isNotEmpty();
    assertThat(sources.stream().flatMap(source -> violations(source).stream()).toList()).isEmpty();
  }

  @Test
  void theTableHasNoCycle() {
    for (String room : ROOMS.keySet()) {
      for (String neighbour : ROOMS.getOrDefault(room, Set.of())) {
        assertThat(reach(neighbour)).as("rooms that %s may use", neighbour).doesNotContain(room);
      }
    }
  }

  @Test
  void anImportUpTheStreetIsFound() {
    String text =
        """
        package bandlimit.signal;

        import bandlimit.error.ShapeException;
        import bandlimit.graph.Node;
        """;
    assertThat(violations(JavaSource.of("Filter.java", text)))
        .containsExactly("Filter.java:4 signal must not use graph (Node)");
  }

  @Test
  void aQualifiedNameCountsAndACommentDoesNot() {
    String text =
        """
        package bandlimit.data;

        // bandlimit.graph.Node would know what to do
        final class Loader {
          String name = "bandlimit.graph.Node";
          bandlimit.tensor.HostTensor batch;
          bandlimit.plan.Plan plan;
        }
        """;
    assertThat(violations(JavaSource.of("Loader.java", text)))
        .containsExactly("Loader.java:7 data must not use plan (Plan)");
  }

  @Test
  void staticAndStarImportsCount() {
    String text =
        """
        package bandlimit.tensor;

        import static bandlimit.signal.Filter.binomial;
        import bandlimit.store.*;
        """;
    assertThat(violations(JavaSource.of("Shape.java", text)))
        .containsExactly(
            "Shape.java:3 tensor must not use signal (Filter)",
            "Shape.java:4 tensor must not use store (*)");
  }

  @Test
  void onlyDeviceNamesAMachine() {
    String text = "package bandlimit.%s;\nimport bandlimit.backend.cpu.CpuBackend;\n";
    for (String room : List.of("cli", "predict", "train", "plan", "nn", "backend.reference")) {
      assertThat(violations(JavaSource.of("A.java", text.formatted(room)))).as(room).hasSize(1);
    }
    assertThat(violations(JavaSource.of("A.java", text.formatted("device")))).isEmpty();
    assertThat(violations(JavaSource.of("A.java", text.formatted("backend.cpu")))).isEmpty();
  }

  @Test
  void machinesDoNotSeeNodes() {
    String text =
        """
        package bandlimit.backend.cpu;

        import bandlimit.graph.Graph;
        import bandlimit.graph.op.Resample;
        import bandlimit.graph.*;
        """;
    assertThat(violations(JavaSource.of("A.java", text)))
        .containsExactly(
            "A.java:3 backend.cpu must not see Graph", "A.java:5 backend.cpu must not see *");
  }

  @Test
  void aRoomOutsideTheTableIsFound() {
    assertThat(violations(JavaSource.of("A.java", "package bandlimit.attic;\n")))
        .containsExactly("A.java:1 bandlimit.attic is in no room: add it to OneWayStreetTest");
    assertThat(violations(JavaSource.of("A.java", "package bandlimit;\n"))).hasSize(1);
  }

  private static List<String> violations(JavaSource source) {
    String room = roomOf(source.packageName());
    if (room.isEmpty()) {
      return List.of(
          source.at(0) + " " + source.packageName() + " is in no room: add it to OneWayStreetTest");
    }
    List<String> found = new ArrayList<>();
    Set<String> allowed = reach(room);
    var uses = USE.matcher(source.code());
    while (uses.find()) {
      String used = roomOf("bandlimit." + uses.group(1));
      String type = uses.group(2);
      boolean machine = MACHINES.contains(used) && !room.equals("device");
      if (!used.equals(room) && !used.equals("error") && (machine || !allowed.contains(used))) {
        String name = used.isEmpty() ? uses.group(1) : used;
        found.add(
            "%s %s must not use %s (%s)".formatted(source.at(uses.start()), room, name, type));
      } else if (MACHINES.contains(room)
          && uses.group(1).equals("graph")
          && (HIDDEN_FROM_MACHINES.contains(type) || type.equals("*"))) {
        found.add("%s %s must not see %s".formatted(source.at(uses.start()), room, type));
      }
    }
    return found;
  }

  /// The longest room that the package is or lies in (`graph.op` lies in `graph`); empty for none.
  private static String roomOf(String packageName) {
    String room = packageName.startsWith("bandlimit.") ? packageName.substring(10) : "";
    while (!room.isEmpty() && !ROOMS.containsKey(room)) {
      room = room.substring(0, Math.max(0, room.lastIndexOf('.')));
    }
    return room;
  }

  private static Set<String> reach(String room) {
    Set<String> all = new HashSet<>();
    for (String neighbour : ROOMS.getOrDefault(room, Set.of())) {
      all.add(neighbour);
      all.addAll(reach(neighbour));
    }
    return all;
  }
}
