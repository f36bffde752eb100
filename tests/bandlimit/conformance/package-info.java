/// The table: every op on every backend, both directions, at the sizes that hurt.
///
/// `Samples` holds the rows, a file for each stem; the reference is checked against finite
/// differences, adjoints and formulas, every other backend against the reference.
@org.jspecify.annotations.NullMarked
package bandlimit.conformance;
