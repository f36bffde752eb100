/// Programs that measure; run by hand, never by the build.
@org.jspecify.annotations.NullMarked
package bandlimit.bench;
