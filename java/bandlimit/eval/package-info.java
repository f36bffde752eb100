/// What a trained network is worth: accuracy, shift consistency and their statistics.
@org.jspecify.annotations.NullMarked
package bandlimit.eval;
