/// What goes wrong, each kind with the exit code that scripts may rely on (docs/cli.md).
@org.jspecify.annotations.NullMarked
package bandlimit.error;
