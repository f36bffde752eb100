package bandlimit.structure;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// A page of the documentation as the tests read it; what stands in HTML comments is not there yet.
record Markdown(Path path, String text) {
  private static final Pattern COMMENT = Pattern.compile("<!--.*?-->", Pattern.DOTALL);
  private static final Pattern FENCE =
      Pattern.compile("(?ms)^( *)```([\\w-]*)\\n(.*?)^\\1```[ ]*$");
  private static final Pattern INDENTED = Pattern.compile("(?m)^ {4,}\\S.*$");
  private static final Pattern INLINE = Pattern.compile("`([^`\\n]+)`");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("(?m)^#+ +(.+?)\\s*$");

  static Markdown of(Path path, String text) {
    return new Markdown(path, COMMENT.matcher(text).replaceAll(""));
  }

  /// The README, the changelog and every page below docs/.
  static List<Markdown> all() {
    try (Stream<Path> docs = Files.walk(Path.of("docs"))) {
      var pages = docs.filter(file -> file.toString().endsWith(".md")).sorted();
      return Stream.concat(Stream.of(Path.of("README.md"), Path.of("CHANGELOG.md")), pages)
          .map(Markdown::read)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Markdown read(Path path) {
    try {
      return of(path, Files.readString(path));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The fenced blocks marked with `language`.
  List<String> blocks(String language) {
    return FENCE
        .matcher(text)
        .results()
        .filter(block -> block.group(2).equals(language))
        .map(block -> block.group(3))
        .toList();
  }

  /// Everything set as code: fenced blocks, indented lines, spans.
  List<String> code() {
    var code = new ArrayList<String>();
    FENCE.matcher(text).results().forEach(block -> code.add(block.group(3)));
    String rest = FENCE.matcher(text).replaceAll("");
    INDENTED.matcher(rest).results().forEach(line -> code.add(line.group()));
    INLINE.matcher(rest).results().forEach(span -> code.add(span.group(1)));
    return code;
  }

  /// The targets of links and pictures within the project.
  List<String> links() {
    String prose = INLINE.matcher(FENCE.matcher(text).replaceAll("")).replaceAll("");
    return LINK.matcher(prose)
        .results()
        .map(link -> link.group(1))
        .filter(target -> !target.matches("(?i)[a-z]+:.*"))
        .toList();
  }

  /// The anchors that its headings make.
  List<String> anchors() {
    return HEADING
        .matcher(FENCE.matcher(text).replaceAll(""))
        .results()
        .map(heading -> heading.group(1).toLowerCase(Locale.ROOT))
        .map(title -> title.replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-'))
        .toList();
  }
}
