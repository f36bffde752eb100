/// The graph of values, and gradients as a transform of it. Knows no machine.
@org.jspecify.annotations.NullMarked
package bandlimit.graph;
