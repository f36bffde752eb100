/// What an operation means: result type and gradient, one record each. `Op` is the table of
/// contents.
@org.jspecify.annotations.NullMarked
package bandlimit.graph.op;
