import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// The tables of docs/benchmarks/cpu.md out of what tests/bench/cpu.sh measured last.
///
/// `java CpuTable.java CSV PAGE DISTURBED` replaces what stands between PAGE's two marks, or writes
/// a new page. A cell is the median over the rounds of the least disturbed try of each.
final class CpuTable {
  private static final String BEGIN = "<!-- measured: written by tests/bench/cpu.sh -->";
  private static final String END = "<!-- end of measured -->";
  private static final String OURS = "bandlimit nhwc";
  private static final String UNTUNED = "libtorch-official-default";
  private static final String CIFAR = "train.cifar_resnet18_aa3_b32";
  private static final String CIFAR_PLAIN = "train.cifar_resnet18_plain_b32";
  private static final String ALIAS_FREE = "train.afc_stage1_b4";
  private static final String GELU = "train.gelu_stage1_b4";
  private static final String LARGE = "train.resnet18_224_aa3_b8";

  /// What libtorch's best time over ours should be.
  private static final Map<String, Double> GOALS =
      Map.ofEntries(
          Map.entry("lowpass_k5_s2_32x64x56x56.fwd", 2.0),
          Map.entry("lowpass_k5_s2_32x64x56x56.fwdbwd", 2.5),
          Map.entry("lowpass_k3_s1_32x64x56x56.fwdbwd", 2.5),
          Map.entry("poly2.fwd", 2.0),
          Map.entry("poly2.fwdbwd", 4.0),
          Map.entry("dw7x7_circular_96.fwdbwd", 6.0),
          Map.entry("conv3x3_s1_64_64.fwdbwd", 1.0),
          Map.entry("conv3x3_s2_64_128.fwdbwd", 1.0),
          Map.entry(CIFAR, 1.1),
          Map.entry(LARGE, 1.1),
          Map.entry("train.smallcnn_plain_b1", 1.0),
          Map.entry("afcact.fwdbwd", 6.0),
          Map.entry(ALIAS_FREE, 3.0));

  /// What our peak memory over libtorch's smallest should be.
  private static final Map<String, Double> MEMORY = Map.of(LARGE, 0.7, ALIAS_FREE, 0.25);

  /// One program on one case, all rounds together.
  record Cell(
      String program,
      double median,
      double p10,
      double p90,
      double peak,
      String ofCopy,
      String ofMatmul,
      boolean disturbed) {
    String millis() {
      return short_(median) + " (" + short_(p10) + "-" + short_(p90) + ")" + mark();
    }

    String mark() {
      return disturbed ? "*" : "";
    }
  }

  private final List<Map<String, String>> rows = new ArrayList<>();
  private final double most;

  private CpuTable(Path csv, double most) throws IOException {
    this.most = most;
    var lines = Files.readAllLines(csv);
    var columns = lines.getFirst().split(",", -1);
    for (var line : lines.subList(1, lines.size())) {
      var cells = line.split(",", -1);
      var row = new LinkedHashMap<String, String>();
      for (int i = 0; i < columns.length; i++) {
        row.put(columns[i], cells[i]);
      }
      rows.add(row);
    }
    var last = rows.getLast().get("session");
    rows.removeIf(row -> !row.get("session").equals(last));
  }

  public static void main(String[] args) throws IOException {
    var text = new CpuTable(Path.of(args[0]), Double.parseDouble(args[2])).text();
    var page = Path.of(args[1]);
    var old = Files.exists(page) ? Files.readString(page) : BEGIN + "\n" + END + "\n";
    int begin = old.indexOf(BEGIN);
    int end = old.indexOf(END);
    if (begin < 0 || end < begin) {
      throw new IOException(page + " lacks the marks between which the tables go: " + BEGIN);
    }
    Files.writeString(page, old.substring(0, begin) + BEGIN + "\n" + text + old.substring(end));
    System.out.print(text);
  }

  private String text() {
    var first = rows.getFirst();
    var ours = rows.stream().filter(row -> !row.get("device").isEmpty()).findFirst();
    return "\n%s; %s processors; commit %s; %s; from %s.\nOurs: %s.\n\n%s\n%s\n"
        .formatted(
            first.get("cpu"),
            Runtime.getRuntime().availableProcessors(),
            first.get("commit"),
            "JDK " + Runtime.version(),
            first.get("session"),
            ours.map(row -> row.get("device").replace(';', ',')).orElse("not measured"),
            goals(),
            everything());
  }

  private List<String> cases() {
    return rows.stream().map(row -> row.get("case") + " " + row.get("threads")).distinct().toList();
  }

  private List<Cell> cells(String name, int threads) {
    var programs = new LinkedHashMap<String, List<Map<String, String>>>();
    for (var row : rows) {
      if (row.get("case").equals(name) && row.get("threads").equals("" + threads)) {
        var program = row.get("program") + " " + row.get("layout");
        programs.computeIfAbsent(program, _ -> new ArrayList<>()).add(row);
      }
    }
    return programs.entrySet().stream().map(e -> cell(e.getKey(), e.getValue())).toList();
  }

  private Cell cell(String program, List<Map<String, String>> tries) {
    var rounds = new LinkedHashMap<String, Map<String, String>>();
    for (var row : tries) {
      rounds.merge(row.get("round"), row, (a, b) -> others(b) < others(a) ? b : a);
    }
    var kept = rounds.values();
    return new Cell(
        program,
        median(kept, "median_ms"),
        median(kept, "p10_ms"),
        median(kept, "p90_ms"),
        kept.stream().mapToDouble(row -> number(row.get("peak_mib"))).max().orElse(0),
        share(kept, "of_copy"),
        share(kept, "of_matmul"),
        kept.stream().anyMatch(row -> others(row) > most));
  }

  private static String share(java.util.Collection<Map<String, String>> rows, String column) {
    boolean there = rows.stream().noneMatch(row -> row.get(column).isEmpty());
    return there ? Math.round(100 * median(rows, column)) + " %" : "";
  }

  private static double others(Map<String, String> row) {
    return number(row.get("other_cpus"));
  }

  private static double number(String text) {
    return text.isEmpty() ? 0 : Double.parseDouble(text);
  }

  private static double median(java.util.Collection<Map<String, String>> rows, String column) {
    var values = rows.stream().mapToDouble(row -> number(row.get(column))).sorted().toArray();
    int n = values.length;
    return (values[(n - 1) / 2] + values[n / 2]) / 2;
  }

  private Optional<Cell> ours(String name, int threads) {
    return cells(name, threads).stream().filter(c -> c.program().equals(OURS)).findFirst();
  }

  private Optional<Cell> best(String name, int threads) {
    return cells(name, threads).stream()
        .filter(c -> !c.program().equals(OURS) && !c.program().startsWith(UNTUNED))
        .min(Comparator.comparingDouble(Cell::median));
  }

  private String goals() {
    var text = new StringBuilder();
    line(
        text,
        "case",
        "libtorch's best, ms",
        "Bandlimit, ms (p10-p90)",
        "ratio",
        "goal",
        "of copy",
        "of matmul");
    line(text, "---", "--:", "--:", "--:", "--:", "--:", "--:");
    for (var key : cases()) {
      var name = key.split(" ")[0];
      int threads = Integer.parseInt(key.split(" ")[1]);
      var us = ours(name, threads);
      var them = best(name, threads);
      if (threads != 2 || us.isEmpty() || them.isEmpty()) {
        continue;
      }
      var goal = Optional.ofNullable(GOALS.get(name));
      line(
          text,
          "`" + name + "`",
          short_(them.get().median()) + them.get().mark() + " " + where(them.get()),
          us.get().millis(),
          ratio(them.get(), us.get(), goal),
          goal.map(CpuTable::short_).orElse(""),
          us.get().ofCopy(),
          us.get().ofMatmul());
    }
    derived(text);
    return text.toString();
  }

  private void derived(StringBuilder text) {
    var us = ours(CIFAR, 2);
    var plain = best(CIFAR_PLAIN, 2);
    if (us.isPresent() && plain.isPresent()) {
      line(
          text,
          "`cifar_resnet18_b32`: ours anti-aliased against libtorch's plain",
          short_(plain.get().median()) + plain.get().mark() + " " + where(plain.get()),
          us.get().millis(),
          ratio(plain.get(), us.get(), Optional.of(1 / 1.17)),
          "0.855 (1.17 times)",
          "",
          "");
    }
    var one = ours(CIFAR, 1);
    var theirOne = best(CIFAR, 1);
    var theirTwo = best(CIFAR, 2);
    if (us.isPresent() && one.isPresent() && theirOne.isPresent() && theirTwo.isPresent()) {
      double scaling = one.get().median() / us.get().median();
      line(
          text,
          "`" + CIFAR + "`: one thread's time over two threads'",
          short_(theirOne.get().median() / theirTwo.get().median()),
          short_(scaling) + one.get().mark(),
          bold(short_(scaling), scaling >= 1.9),
          "1.9",
          "",
          "");
    }
    var aliasFree = ours(ALIAS_FREE, 2);
    var gelu = best(GELU, 2);
    if (aliasFree.isPresent() && gelu.isPresent()) {
      line(
          text,
          "`stage1_b4`: ours alias-free against libtorch's with GELU",
          short_(gelu.get().median()) + gelu.get().mark() + " " + where(gelu.get()),
          aliasFree.get().millis(),
          ratio(gelu.get(), aliasFree.get(), Optional.of(1 / 1.5)),
          "0.667 (1.5 times)",
          "",
          "");
    }
    List.of(LARGE, ALIAS_FREE).forEach(name -> memory(text, name, MEMORY.get(name)));
  }

  private void memory(StringBuilder text, String name, double goal) {
    var us = ours(name, 2);
    var smallest =
        cells(name, 2).stream()
            .filter(c -> !c.program().equals(OURS))
            .min(Comparator.comparingDouble(Cell::peak));
    if (us.isPresent() && smallest.isPresent()) {
      double share = us.get().peak() / smallest.get().peak();
      line(
          text,
          "`" + name + "`: peak resident memory, MiB; libtorch's smallest",
          "%.0f %s".formatted(smallest.get().peak(), where(smallest.get())),
          "%.0f".formatted(us.get().peak()),
          bold(short_(share) + " of it", share <= goal),
          goal + " of it",
          "",
          "");
    }
  }

  private static String where(Cell cell) {
    return "(" + cell.program().replace("libtorch-", "").replace("_", " ") + ")";
  }

  /// Bold where the goal is reached; a disturbed ratio is no result.
  private static String ratio(Cell them, Cell us, Optional<Double> goal) {
    double ratio = them.median() / us.median();
    return bold(short_(ratio), goal.isPresent() && ratio >= goal.get())
        + (them.disturbed() || us.disturbed() ? "*" : "");
  }

  private static String bold(String text, boolean reached) {
    return reached ? "**" + text + "**" : text;
  }

  private String everything() {
    var text = new StringBuilder();
    line(text, "case", "threads", "program", "median (p10-p90), ms", "peak resident, MiB");
    line(text, "---", "--:", "---", "--:", "--:");
    for (var key : cases()) {
      var parts = key.split(" ");
      for (var cell : cells(parts[0], Integer.parseInt(parts[1]))) {
        boolean step = parts[0].startsWith("train.");
        line(
            text,
            "`" + parts[0] + "`",
            parts[1],
            cell.program(),
            cell.millis(),
            step ? "%.0f".formatted(cell.peak()) : "");
      }
    }
    return text.toString();
  }

  private static void line(StringBuilder text, String... cells) {
    text.append("| ").append(String.join(" | ", Arrays.asList(cells))).append(" |\n");
  }

  /// Three digits.
  private static String short_(double value) {
    int digits = value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3;
    return String.format(Locale.ROOT, "%." + digits + "f", value);
  }
}
