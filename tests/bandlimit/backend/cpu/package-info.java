/// The CPU backend's own promises: same bits for any number of threads, memory, native libraries.
@org.jspecify.annotations.NullMarked
package bandlimit.backend.cpu;
