/// The table: every op on every machine, both directions, at the sizes that hurt.
///
/// `Samples` holds the rows, a file for each stem. The tests check the reference by finite
/// differences, adjoints and formulas, and every other machine against the reference; `bandlimit
/// selftest` does the latter on a user's machine.
@org.jspecify.annotations.NullMarked
package bandlimit.conformance;
