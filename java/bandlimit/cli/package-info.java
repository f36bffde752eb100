/// The command line: `Main` and one class per verb. Verbs read options, call a room, print results.
@org.jspecify.annotations.NullMarked
package bandlimit.cli;
