package bandlimit.structure;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// A Java file as the structure tests read it: `code` has the text's lines and columns, with
/// comments and the insides of literals blanked.
record JavaSource(String path, String code) {
  static JavaSource of(String path, String text) {
    return new JavaSource(path, blank(text));
  }

  /// Every Java file below a folder of the project, named relative to the project.
  static List<JavaSource> below(String folder) {
    try (Stream<Path> files = Files.walk(Path.of(folder))) {
      return files
          .filter(file -> file.toString().endsWith(".java"))
          .sorted()
          .map(file -> of(file.toString(), read(file)))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The package as declared; empty in a file without one.
  String packageName() {
    var declaration = Pattern.compile("(?m)^package\\s+([\\w.]+)\\s*;").matcher(code);
    return declaration.find() ? declaration.group(1) : "";
  }

  String fileName() {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /// `path:line` of an offset in `code`, as editors and terminals link it.
  String at(int offset) {
    return path + ":" + (1 + code.substring(0, offset).chars().filter(c -> c == '\n').count());
  }

  /// `path:line what` for each place where the pattern occurs in code.
  List<String> matches(Pattern pattern, String what) {
    return pattern.matcher(code).results().map(hit -> at(hit.start()) + " " + what).toList();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // Comments, text blocks, strings, characters; the first that starts wins. Possessive where a long
  // literal would otherwise make the matcher recurse once per character.
  private static final Pattern NOT_CODE =
      Pattern.compile(
          """
          //[^\\n]*+                             # to the end of the line
          | /\\*.*?\\*/
          | \"""\\s*?\\n.*?(?<!\\\\)\"""
          | "(?:[^"\\\\\\n]++|\\\\.)*+"
          | '(?:[^'\\\\\\n]++|\\\\.)*+'
          """,
          Pattern.DOTALL | Pattern.COMMENTS);

  private static String blank(String text) {
    return NOT_CODE.matcher(text).replaceAll(hit -> hit.group().replaceAll("[^\\n]", " "));
  }
}
