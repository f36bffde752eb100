/// Using a trained network from a program: checkpoint in, class names and probabilities out.
@org.jspecify.annotations.NullMarked
package bandlimit.predict;
