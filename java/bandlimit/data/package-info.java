/// Data sets, transforms and the loader that turns them into batches. Knows no graphs.
@org.jspecify.annotations.NullMarked
package bandlimit.data;
