/// The definition of every op: the shortest loops that can be written, in double throughout.
@org.jspecify.annotations.NullMarked
package bandlimit.backend.reference;
