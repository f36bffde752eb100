package bandlimit.report;

import java.util.ArrayDeque;
import java.util.Deque;

/// Writes HTML that is well-formed XML as well: every element closed, every value escaped.
///
/// Attributes are name-value pairs: `open("td", "class", "number")`.
final class Html {
  private final StringBuilder out = new StringBuilder();
  private final Deque<String> open = new ArrayDeque<>();

  Html open(String tag, String... attributes) {
    start(tag, attributes);
    out.append('>');
    open.push(tag);
    return this;
  }

  /// Closes the element opened last.
  Html close() {
    out.append("</").append(open.pop()).append('>');
    if (!isInSvg()) {
      out.append('\n');
    }
    return this;
  }

  /// An element without content, such as `img`.
  Html empty(String tag, String... attributes) {
    start(tag, attributes);
    out.append("/>");
    return this;
  }

  /// An element with nothing but text.
  Html leaf(String tag, String text, String... attributes) {
    return open(tag, attributes).text(text).close();
  }

  /// A table, to be closed with [#closeTable], that scrolls sideways by itself where it is too
  /// wide; `caption` stands above it and stays.
  Html openTable(String style, String caption) {
    return leaf("p", caption, "class", "caption").openBareTable(style, caption);
  }

  /// One that its surroundings explain; `label` is for those who listen.
  Html openBareTable(String style, String label) {
    open("div", "class", "scroll", "tabindex", "0", "role", "region", "aria-label", label);
    return open("table", "class", style);
  }

  Html closeTable() {
    return close().close();
  }

  Html text(String text) {
    escape(text, false);
    return this;
  }

  /// Trusted text as it is: the style sheet, the doctype.
  Html raw(String trusted) {
    out.append(trusted);
    return this;
  }

  @Override
  public String toString() {
    if (!open.isEmpty()) {
      throw new IllegalStateException("not closed: " + open);
    }
    return out.toString();
  }

  private boolean isInSvg() {
    return open.contains("svg");
  }

  private void start(String tag, String... attributes) {
    out.append('<').append(tag);
    for (int i = 0; i < attributes.length; i += 2) {
      if (attributes[i].equals("class") && attributes[i + 1].isEmpty()) {
        continue;
      }
      out.append(' ').append(attributes[i]).append("=\"");
      escape(attributes[i + 1], true);
      out.append('"');
    }
  }

  private void escape(String text, boolean attribute) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '<' -> out.append("&lt;");
        case '>' -> out.append("&gt;");
        case '&' -> out.append("&amp;");
        case '"' -> out.append(attribute ? "&quot;" : "\"");
        case '\n', '\t' -> out.append(c);
        default -> out.append(c < ' ' ? '\uFFFD' : c); // control characters are no XML
      }
    }
  }
}
