package bandlimit.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bandlimit.error.DeviceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OneDnnLibrariesTest {
  @TempDir Path temp;

  @Test
  void unpacksOncePrivately() throws IOException {
    OneDnnLibraries.load(temp.resolve("natives"));
    var folder = temp.resolve("natives").resolve("dnnl-" + OneDnnLibraries.version());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
        .isEqualTo("rwx------");
    try (var files = Files.list(folder)) {
      assertThat(files.map(f -> f.getFileName().toString()))
          .containsExactlyInAnyOrderElementsOf(OneDnnLibraries.LIBRARIES);
    }
    var library = folder.resolve("libdnnl.so.3");
    var written = Files.getLastModifiedTime(library);
    OneDnnLibraries.load(temp.resolve("natives"));
    assertThat(Files.getLastModifiedTime(library)).isEqualTo(written);
  }

  @Test
  void aTruncatedFileIsReplaced() throws IOException {
    var folder = Files.createDirectories(temp.resolve("dnnl-" + OneDnnLibraries.version()));
    Files.writeString(folder.resolve("libgomp.so.1"), "half");
    OneDnnLibraries.load(temp);
    assertThat(Files.size(folder.resolve("libgomp.so.1"))).isGreaterThan(100_000);
  }

  @Test
  void aFolderThatCannotBeMadeIsNamedWithTheCure() throws IOException {
    var file = Files.writeString(temp.resolve("file"), "not a folder");
    assertThatThrownBy(() -> OneDnnLibraries.load(file))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("cannot unpack oneDNN into " + file)
        .hasMessageContaining("-Dbandlimit.natives");
  }

  @Test
  void aFileThatDoesNotLoadIsNamedWithTheCure() throws IOException {
    var folder = Files.createDirectories(temp.resolve("dnnl-" + OneDnnLibraries.version()));
    OneDnnLibraries.load(temp.resolve("good"));
    var good = temp.resolve("good").resolve(folder.getFileName()).resolve("libgomp.so.1");
    byte[] bytes = Files.readAllBytes(good);
    bytes[18] = 40; // of another processor
    Files.write(folder.resolve("libgomp.so.1"), bytes);
    assertThatThrownBy(() -> OneDnnLibraries.load(temp))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining(folder.resolve("libgomp.so.1") + " does not load")
        .hasMessageContaining("delete its folder");
  }
}
