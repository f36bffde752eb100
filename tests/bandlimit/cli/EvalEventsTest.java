package bandlimit.cli;

import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.cli.Program.Said;
import bandlimit.store.Npy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `eval` of a network that decides on every column of a signal.
class EvalEventsTest {
  @TempDir Path folder;

  @Test
  void eventsArePhasedCountedAndComparedAndShiftsRefused() throws IOException {
    int length = 6000;
    var data = ByteBuffer.allocate(4 * length).order(ByteOrder.LITTLE_ENDIAN);
    var events = new StringBuilder();
    for (int t = 0; t < length; t++) {
      data.putFloat(t % 90 == 50 ? 3 : t % 90 == 51 ? -1 : 0);
      events.append(t % 90 == 50 ? t + ",N\n" : "");
    }
    Npy.write(folder.resolve("signal.npy"), Npy.Type.F32, List.of(length), data.array());
    Files.writeString(folder.resolve("events.csv"), events.toString());
    Path config =
        Program.write(
            folder,
            "beats.yaml",
            """
            device: cpu
            model: {name: conv1d_beats, padding: signal}
            data:
              name: signal
              root: .
              batch_size: 4
              signal: {rate: 100, window: 160, hop: 80, context: 232, target: columns, stride: 8,
                       radius: 8, delay: 16}
            train: {epochs: 1}
            optimizer: {lr: 0.05}
            shift: {protocols: []}
            """);
    Said planned = Program.run("train", config, "--dry-run", "--set", "data.signal.stride=4");
    assertThat(planned.code()).isEqualTo(3);
    assertThat(planned.err()).contains("gives 20 decisions a sample, but signal has labels for 40");
    Said trained = Program.run("train", config, "--run", "run", "--output-dir", folder, "-q");
    assertThat(trained.code()).as(trained.err()).isZero();
    Path run = folder.resolve("default/run");
    assertThat(run.resolve("events.json")).exists();

    Said said = Program.run("eval", run, "--noise", "30", "--phases", "--pan-tompkins", "--save");
    assertThat(said.code()).as(said.err()).isZero();
    assertThat(said.out())
        .contains("signal: ")
        .contains("network       sensitivity ")
        .contains("phases        of 8 starts")
        .contains("Pan-Tompkins  sensitivity 100.00%");
    assertThat(Files.readString(run.resolve("events.json"))).contains("panTompkins", "jitterMs");
    assertThat(Program.run("eval", run, "--json").out()).contains("\"sensitivity\":{\"hits\":");

    Said shifted = Program.run("eval", run, "--shift", "circular");
    assertThat(shifted.code()).isEqualTo(2);
    assertThat(shifted.err()).contains("this network decides on every column");
    Said predicted = Program.run("predict", run, folder.resolve("signal.npy"));
    assertThat(predicted.code()).isEqualTo(3);
    assertThat(predicted.err()).contains("predict is for one answer a sample");
  }
}
