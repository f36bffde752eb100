@org.jspecify.annotations.NullMarked
package bandlimit.stream;
