package bandlimit.backend.cuda;

import bandlimit.backend.Natives;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// CUDA 12's library names on machines that have CUDA 13: JCuda's natives ask for those
/// (native/forward/forward.cpp).
public final class Forwarding {
  /// What can be stood in for, in the order in which it is met.
  public static final List<String> LIBRARIES = List.of("libnvrtc.so.12", "libcublas.so.12");

  private Forwarding() {}

  /// The library that `library` would forward to: `libcublas.so.13`.
  public static String target(String library) {
    return library.substring(0, library.length() - 2) + "13";
  }

  /// The stand-in's file; empty where this build carries none.
  public static Optional<Path> standIn(String library) {
    return Optional.ofNullable(Forwarding.class.getResource("/bandlimit/forward/" + library))
        .map(resource -> Natives.file("the CUDA 13 forwarding libraries", resource));
  }

  /// Makes the loader know the stand-in where the library itself is not found, and CUDA 13's is. A
  /// library that is loaded by its file is found by its name from then on.
  static void offer(String library) {
    if (LIBRARIES.contains(library) && !isFound(library) && isFound(target(library))) {
      standIn(library).ifPresent(file -> SymbolLookup.libraryLookup(file, Arena.global()));
    }
  }

  private static boolean isFound(String library) {
    try (var arena = Arena.ofConfined()) {
      return SymbolLookup.libraryLookup(library, arena) != null;
    } catch (IllegalArgumentException e) {
      return false; // how the lookup says that the file is not there
    }
  }
}
