/// float32 on all cores: oneDNN for convolution and matmul, own loops for the rest; results do not
/// depend on the number of threads.
@org.jspecify.annotations.NullMarked
package bandlimit.backend.cpu;
