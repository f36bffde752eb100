/// Layers: plain functions that write nodes into a graph, and the values that steer them.
@org.jspecify.annotations.NullMarked
package bandlimit.nn;
