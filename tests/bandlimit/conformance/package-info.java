/// The table of `java/bandlimit/conformance` as tests, and the negative controls of its own.
@org.jspecify.annotations.NullMarked
package bandlimit.conformance;
