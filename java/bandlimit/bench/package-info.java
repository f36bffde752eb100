/// Measurements of kernels and training steps: times as fractions of what the same machine can do.
@org.jspecify.annotations.NullMarked
package bandlimit.bench;
