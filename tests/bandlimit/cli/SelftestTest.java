package bandlimit.cli;

import static bandlimit.cli.Program.run;
import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.conformance.Suite;
import bandlimit.conformance.TouchedBackend;
import bandlimit.device.Devices;
import bandlimit.error.DataException;
import bandlimit.graph.op.Conv2d;
import bandlimit.store.Json;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The self-test that users run; the machines themselves are tested in `conformance`.
class SelftestTest {
  @Test
  void theCpuPassesAndSaysSoAsJson() {
    var said = run("selftest", "--device", "cpu", "--json").succeeds();
    assertThat(said.out()).hasLineCount(1);
    var json =
        Json.parse(said.out().getBytes(StandardCharsets.UTF_8), "stdout", DataException::new);
    assertThat(json.path("device").asString()).startsWith("cpu: float32");
    assertThat(json.path("passed").asBoolean()).isTrue();
    var sections = json.path("sections");
    assertThat(sections.path(0).path("name").asString()).isEqualTo("table f32");
    assertThat(sections.path(0).path("rows").asInt()).isGreaterThan(2000);
    assertThat(sections.path(1).path("name").asString()).isEqualTo("table f32, kernels in Java");
    assertThat(sections.path(1).path("rows").asInt()).isGreaterThan(2000);
    assertThat(sections.path(2).path("name").asString()).isEqualTo("training");
    assertThat(sections.path(2).path("rows").asInt()).isGreaterThan(50);
    assertThat(sections.path(3).path("name").asString()).isEqualTo("streams");
    assertThat(sections.path(3).path("rows").asInt()).isEqualTo(5);
  }

  @Test
  void aMachineThatComputesWronglyFails() {
    try (var reference = Devices.open("reference")) {
      var broken = TouchedBackend.broken(reference.backend(), Conv2d.class, 1);
      var subject = new Suite.Subject(() -> broken, List.of());
      var sections = new Suite(subject, reference.backend(), _ -> {}).run(0);
      assertThat(sections).allSatisfy(s -> assertThat(s.failures()).as(s.name()).isNotEmpty());
      assertThat(Suite.failures(sections)).anyMatch(f -> f.startsWith("Conv2d["));
    }
  }

  @Test
  void anAbsentDeviceIsNoFailureOfTheTest() {
    run("selftest", "--device", "cuda").fails(5, "device: cuda cannot be used");
    run("selftest", "--large", "-1").fails(2, "--large must be 0 or more, got -1");
  }
}
