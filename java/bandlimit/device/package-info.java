/// Which machines there are: the only room that names concrete backends.
@org.jspecify.annotations.NullMarked
package bandlimit.device;
