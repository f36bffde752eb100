/// Training: the step as a graph, the loop, checkpoints, and the run folder.
@org.jspecify.annotations.NullMarked
package bandlimit.train;
