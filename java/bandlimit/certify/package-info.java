/// Which translations of its input a network does not see: proven from its operations, and
/// measured.
@org.jspecify.annotations.NullMarked
package bandlimit.certify;
