/// Filters and the mathematics of one axis. No tensors.
@org.jspecify.annotations.NullMarked
package bandlimit.signal;
