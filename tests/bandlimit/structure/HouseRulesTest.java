package bandlimit.structure;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// House rules that the compiler's checks do not know; each has a synthetic file that breaks it.
class HouseRulesTest {
  private static final Pattern STDOUT = Pattern.compile("\\bSystem\\s*\\.\\s*out\\b");
  private static final Pattern PRINTED_TRACE = Pattern.compile("\\.printStackTrace\\(\\s*\\)");
  private static final Pattern EMPTY_CATCH = Pattern.compile("\\bcatch\\s*\\([^)]*\\)\\s*\\{\\s*}");
  private static final Pattern TEST =
      Pattern.compile("@(Test|ParameterizedTest|RepeatedTest|TestFactory|TestTemplate)\\b");
  private static final Pattern NULL_MARKED =
      Pattern.compile("@(org\\.jspecify\\.annotations\\.)?NullMarked\\b");

  @Test
  void noSourceBreaksARule() {
    List<JavaSource> sources = JavaSource.below("java");
    assertThat(sources.stream().flatMap(source -> violations(source).stream()).toList()).isEmpty();
    assertThat(unmarkedPackages(sources)).isEmpty();
  }

  @Test
  void everyTestIsInAClassThatRuns() {
    List<JavaSource> tests = JavaSource.below("tests");
    assertThat(tests.stream().flatMap(test -> neverRun(test).stream()).toList()).isEmpty();
  }

  @Test
  void printingOutsideTheCommandLineIsFound() {
    String text =
        "package bandlimit.%s;\nclass A {\n  void a() {\n    System.out.println();\n  }\n}\n";
    assertThat(violations(JavaSource.of("A.java", text.formatted("train"))))
        .containsExactly("A.java:4 prints to stdout; results are printed by cli");
    assertThat(violations(JavaSource.of("A.java", text.formatted("cli")))).isEmpty();
  }

  @Test
  void aSwallowedExceptionIsFoundBehindAComment() {
    String text =
        """
        package bandlimit.data;
        class A {
          void a() {
            try {
              b();
            } catch (java.io.IOException | RuntimeException e) {
              // cannot happen
            }
          }
          void c() {
            try { b(); } catch (RuntimeException e) { e.printStackTrace(); }
          }
        }
        """;
    assertThat(violations(JavaSource.of("A.java", text)))
        .containsExactly(
            "A.java:11 prints a stack trace; throw, or add it as a cause",
            "A.java:6 swallows an exception");
  }

  @Test
  void literalsAreNotCodeHoweverLong() {
    String block = "\"\"\"\n" + "System.out \\\"\"\" \n".repeat(5_000) + "\"\"\"";
    String line = "\"" + "System.out \\\" ".repeat(5_000) + "\"";
    String text = "package bandlimit.data;\nclass A {\n  String[] a = {%s, %s, '\"'};\n}\n";
    JavaSource source = JavaSource.of("A.java", text.formatted(block, line));
    assertThat(violations(source)).isEmpty();
    assertThat(source.code()).endsWith(",    };\n}\n");
  }

  @Test
  void aTestThatNeverRunsIsFound() {
    String text = "package bandlimit.data;\nclass CifarTests {\n  @Test void reads() {}\n}\n";
    assertThat(neverRun(JavaSource.of("tests/CifarTests.java", text))).hasSize(1);
    assertThat(neverRun(JavaSource.of("tests/CifarTest.java", text))).isEmpty();
  }

  @Test
  void anUnmarkedPackageIsFound() {
    JavaSource code = JavaSource.of("java/bandlimit/data/A.java", "package bandlimit.data;\n");
    JavaSource bare =
        JavaSource.of("java/bandlimit/data/package-info.java", "package bandlimit.data;\n");
    JavaSource marked =
        JavaSource.of(
            "java/bandlimit/data/package-info.java",
            "/// Data.\n@org.jspecify.annotations.NullMarked\npackage bandlimit.data;\n");
    assertThat(unmarkedPackages(List.of(code))).containsExactly("bandlimit.data");
    assertThat(unmarkedPackages(List.of(code, bare))).containsExactly("bandlimit.data");
    assertThat(unmarkedPackages(List.of(code, marked))).isEmpty();
  }

  private static List<String> violations(JavaSource source) {
    List<String> found = new ArrayList<>();
    if (!source.packageName().equals("bandlimit.cli")) {
      found.addAll(source.matches(STDOUT, "prints to stdout; results are printed by cli"));
    }
    found.addAll(
        source.matches(PRINTED_TRACE, "prints a stack trace; throw, or add it as a cause"));
    found.addAll(source.matches(EMPTY_CATCH, "swallows an exception"));
    return found;
  }

  /// Surefire runs classes named `*Test`; a test elsewhere would be skipped in silence.
  private static List<String> neverRun(JavaSource test) {
    return test.fileName().endsWith("Test.java")
        ? List.of()
        : test.matches(TEST, "is in a class that never runs: name it *Test");
  }

  private static Set<String> unmarkedPackages(List<JavaSource> sources) {
    Set<String> unmarked = new TreeSet<>();
    sources.forEach(source -> unmarked.add(source.packageName()));
    for (JavaSource source : sources) {
      if (source.fileName().equals("package-info.java")
          && NULL_MARKED.matcher(source.code()).find()) {
        unmarked.remove(source.packageName());
      }
    }
    return unmarked;
  }
}
