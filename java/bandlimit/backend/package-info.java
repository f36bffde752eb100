/// The seam between plans and machines. Nothing here knows which machine it is.
@org.jspecify.annotations.NullMarked
package bandlimit.backend;
