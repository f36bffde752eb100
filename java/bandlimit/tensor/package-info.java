/// Element types, extents and host memory. No arithmetic, no graph.
@org.jspecify.annotations.NullMarked
package bandlimit.tensor;
