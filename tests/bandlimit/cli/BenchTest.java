package bandlimit.cli;

import static bandlimit.cli.Program.TINY;
import static bandlimit.cli.Program.run;
import static bandlimit.cli.Program.write;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.bench.KernelBench;
import bandlimit.bench.PeerCases;
import bandlimit.error.ConfigException;
import bandlimit.store.Csv;
import bandlimit.store.Json;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the bench verbs say and write; how fast anything is, is no test.
class BenchTest {
  @TempDir private Path temp;

  @Test
  void kernelsAreMeasuredAgainstTheMachinesOwnCopyAndProduct() {
    var csv = temp.resolve("kernels.csv");
    var said =
        run(
            "bench",
            "kernels",
            "--device",
            "reference",
            "--batch",
            "1",
            "--quick",
            "--only",
            "polynomial",
            "--csv",
            csv);
    said.succeeds();
    assertThat(said.out()).contains("f32: copy ", "polynomial degree 2", csv.toString());
    var table = Csv.read(csv);
    assertThat(table.columns()).isEqualTo(KernelBench.COLUMNS);
    assertThat(table.rows()).hasSize(2);
    for (var row : table.rows()) {
      double millis = Double.parseDouble(row.get("median_ms"));
      long bytes = Long.parseLong(row.get("bytes"));
      assertThat(Double.parseDouble(row.get("gb_per_s")))
          .isCloseTo(bytes / millis / 1e6, org.assertj.core.data.Offset.offset(0.1));
      assertThat(row.get("caches")).isEqualTo("cold");
      assertThat(Double.parseDouble(row.get("of_copy"))).isPositive();
      assertThat(row.get("device")).startsWith("reference");
    }
    // x and y; x, coefficients, dy, dx and the coefficients' gradient: each counted once
    long map = 56 * 56 * 96 * 4;
    long coefficients = 96 * 3 * 4;
    assertThat(table.rows().get(0).get("bytes")).isEqualTo("" + (2 * map + coefficients));
    assertThat(table.rows().get(1).get("bytes")).isEqualTo("" + (3 * map + 2 * coefficients));
    run("bench", "kernels", "--device", "reference", "--csv", csv).fails(9, "exists already");
  }

  @Test
  void casesOfTheComparisonAreTimedWarmAndAsJson() {
    var said =
        run(
            "bench",
            "kernels",
            "--device",
            "cpu",
            "--peers",
            "--warm",
            "--json",
            "--seconds",
            "0",
            "--only",
            "lowpass_k3_s1_32x64x56x56.fwd");
    said.succeeds();
    assertThat(said.out().strip().lines().toList())
        .as("the whole name takes that case alone")
        .hasSize(1);
    var json = Json.parse(said.out().getBytes(UTF_8), "stdout", ConfigException::new);
    assertThat(json.get("case").asString()).isEqualTo("lowpass_k3_s1_32x64x56x56.fwd");
    assertThat(json.get("caches").asString()).isEqualTo("warm");
    assertThat(json.get("runs").asInt()).isEqualTo(5);
    double median = json.get("median_ms").asDouble();
    assertThat(median).isBetween(json.get("p10_ms").asDouble(), json.get("p90_ms").asDouble());
    assertThat(json.get("bytes").asLong()).isEqualTo(2 * 4 * 32 * 64 * 56 * 56L);
  }

  @Test
  void aComparedCaseComputesTheResultAndEveryGradient() {
    for (var sample : PeerCases.all()) {
      var outputs = sample.procedure().outputs().keySet();
      assertThat(outputs).as(sample.name()).contains("y");
      assertThat(outputs.size() - 1)
          .as(sample.name())
          .isEqualTo(sample.name().endsWith(".fwdbwd") ? sample.in().size() : 0);
    }
  }

  @Test
  void aStepAsJsonSaysWhichNetworkItWas() throws Exception {
    var config = write(temp, "tiny.yaml", TINY);
    var said =
        run("bench", "step", config, "--device", "cpu", "--seconds", "0", "--json").succeeds();
    var json = Json.parse(said.out().getBytes(UTF_8), "stdout", ConfigException::new);
    assertThat(json.get("parameters").asInt()).isEqualTo(40378);
    assertThat(json.get("batch").asInt()).isEqualTo(16);
    assertThat(json.get("images_per_s").asDouble()).isPositive();
  }

  @Test
  void aStepIsMeasuredAndSharedOutAmongItsOps() throws Exception {
    var csv = temp.resolve("step.csv");
    var config = write(temp, "tiny.yaml", TINY);
    var said =
        run("bench", "step", config, "--device", "cpu", "--seconds", "0", "--csv", csv).succeeds();
    assertThat(said.out()).contains("smallcnn, batch 16: ", " images/s", "Conv2dWeightGrad");
    var rows = Csv.read(csv).rows();
    assertThat(rows.getFirst().get("what")).isEqualTo("whole step, batch 16");
    long steps = rows.stream().skip(1).mapToLong(row -> Long.parseLong(row.get("steps"))).sum();
    assertThat(rows.getFirst().get("steps")).isEqualTo("" + steps);
  }

  @Test
  void whatCannotBeMeasuredIsSaid() {
    run("bench", "kernels", "--batch", "0").fails(2, "--batch must be 1 or more, got 0");
    run("bench", "kernels", "--device", "reference", "--only", "fft")
        .fails(2, "no case is called fft", "low-pass 4 taps /2");
    run("bench", "kernels", "--seconds", "-1").fails(2, "--seconds must be 0 to 3600, got -1.0");
    run("bench").fails(2, "kernels, step or stream");
    run("bench", "kernels", "--device", "tpu").fails(5, "no device tpu");
  }

  @Test
  void streamsAreTimedBesideWindows() {
    var said =
        run(
            "bench",
            "stream",
            "conv1d_beats",
            "--device",
            "cpu",
            "--overlaps",
            "6,12",
            "--streams",
            "1,2",
            "--seconds",
            "0.02",
            "--json");
    var rows =
        said.succeeds()
            .out()
            .lines()
            .map(l -> Json.parse(l.getBytes(UTF_8), "out", ConfigException::new))
            .toList();
    assertThat(rows).hasSize(4);
    assertThat(rows).extracting(r -> r.path("hop").asInt()).containsExactly(240, 120, 240, 120);
    for (var row : rows) {
      assertThat(row.path("speed_up").asDouble()).isPositive();
      assertThat(row.path("hops").asInt()).isPositive();
      assertThat(row.path("bytes_per_stream").asInt()).isPositive();
    }
    run("bench", "stream", "--streams", "0").fails(2, "1 or more");
  }

  /// Hops that take longer than they last would come late and later.
  @Test
  void streamsInRealTimeKeepUpWithoutGarbage() {
    var said =
        run(
            "bench",
            "stream",
            "conv1d_beats",
            "conv1d_ppg",
            "--device",
            "cpu",
            "--hops",
            "16,32",
            "--rate",
            "2000",
            "--seconds",
            "0.3",
            "--json");
    var rows =
        said.succeeds()
            .out()
            .lines()
            .map(l -> Json.parse(l.getBytes(UTF_8), "out", ConfigException::new))
            .toList();
    assertThat(rows).extracting(r -> r.path("hops").asInt()).containsExactly(37, 18, 37, 18);
    for (var row : rows) {
      assertThat(row.path("late_ms").asDouble()).isBetween(row.path("hop_ms").asDouble(), 150.0);
      assertThat(row.path("bytes_per_hop").asDouble()).isNotNegative();
      assertThat(row.path("hop_max_ms").asDouble()).isPositive();
    }
  }
}
