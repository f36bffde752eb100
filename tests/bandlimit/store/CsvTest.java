package bandlimit.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bandlimit.error.DataException;
import bandlimit.error.OutputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CsvTest {
  private static final List<String> COLUMNS = List.of("epoch", "train_loss", "note");

  @TempDir private Path folder;

  @Test
  void theHeaderIsWrittenOnceAndRowsAreAppended() {
    Path file = folder.resolve("summary.csv");
    for (int epoch = 0; epoch < 2; epoch++) {
      try (var csv = Csv.open(file, COLUMNS)) {
        csv.append(Map.of("epoch", epoch, "train_loss", 0.1 + epoch));
      }
    }
    assertThat(file).hasContent("epoch,train_loss,note\n0,0.1,\n1,1.1,\n");
  }

  @Test
  void quotedCellsAreReadBack() {
    Path file = folder.resolve("a.csv");
    for (String note : List.of("a,b", "say \"x\"", "\"", ",", "")) {
      try (var csv = Csv.open(file, COLUMNS)) {
        csv.append(Map.of("note", note));
      }
      assertThat(Csv.read(file).rows().getLast()).containsEntry("note", note);
    }
    try (var csv = Csv.open(file, COLUMNS)) {
      assertThatThrownBy(() -> csv.append(Map.of("note", "two\nlines")))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> csv.append(Map.of("nought", 1)))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void halfARowIsReportedAndCutOff() throws Exception {
    Path file = Files.writeString(folder.resolve("a.csv"), "epoch,train_loss,note\n0,1,\n1,0.1");
    assertThat(Csv.read(file).rows()).hasSize(1);
    assertThat(Csv.read(file).half()).contains("1,0.1");
    Csv.open(file, COLUMNS).close();
    assertThat(file).hasContent("epoch,train_loss,note\n0,1,\n");
    Files.writeString(file, "epoch,tra");
    Csv.open(file, COLUMNS).close();
    assertThat(file).hasContent("epoch,train_loss,note\n");
  }

  @Test
  void rowsAfterACheckpointCanBeDropped() {
    Path file = folder.resolve("a.csv");
    try (var csv = Csv.open(file, COLUMNS)) {
      for (int epoch = 0; epoch < 4; epoch++) {
        csv.append(Map.of("epoch", epoch, "note", "a,b"));
      }
    }
    var table = Csv.read(file);
    Csv.write(file, new Csv.Table(table.columns(), table.rows().subList(0, 2), table.half()));
    assertThat(file).hasContent("epoch,train_loss,note\n0,,\"a,b\"\n1,,\"a,b\"\n");
  }

  @Test
  void anotherHeaderAndDamageAreRefused() throws Exception {
    Path file = Files.writeString(folder.resolve("a.csv"), "epoch,lr\n1,2\n");
    assertThatThrownBy(() -> Csv.open(file, COLUMNS))
        .isInstanceOf(OutputException.class)
        .hasMessageContaining("has the columns epoch,lr, but this run writes epoch,train_loss");
    Files.writeString(file, "epoch,lr\n1\n");
    assertThatThrownBy(() -> Csv.read(file))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("line 2: has 1 cells, the header has 2");
    Files.writeString(file, "epoch,lr\n1,\"2\n");
    assertThatThrownBy(() -> Csv.read(file)).hasMessageContaining("line 2: a quote is not closed");
    assertThatThrownBy(() -> Csv.read(folder.resolve("none"))).isInstanceOf(DataException.class);
  }
}
