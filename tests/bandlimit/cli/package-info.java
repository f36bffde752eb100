/// Tests of the command line, in process.
@org.jspecify.annotations.NullMarked
package bandlimit.cli;
