/// A user's own code, outside Bandlimit's packages: it sees what the public API shows.
@org.jspecify.annotations.NullMarked
package example;
