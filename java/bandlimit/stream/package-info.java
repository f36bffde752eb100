/// Networks over a live signal: an inference graph over windows becomes one over chunks with
/// histories, and a session runs it.
@org.jspecify.annotations.NullMarked
package bandlimit.stream;
