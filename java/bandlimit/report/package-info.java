/// Self-contained HTML pages from run folders: what was run, how it went, how it bears shifts.
@org.jspecify.annotations.NullMarked
package bandlimit.report;
