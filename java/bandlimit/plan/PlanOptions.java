package bandlimit.plan;

/// The passes, each with its switch. All on is the default; a test trains with each off in turn.
///
/// - prune: drop what no output or update needs
/// - merge: equal ops on equal inputs become one node
/// - fuse: several core ops become one step where the backend has it
/// - reuse: values whose lifetimes do not meet share arena bytes
/// - inPlace: an elementwise step may write over an input that dies there
public record PlanOptions(
    boolean prune, boolean merge, boolean fuse, boolean reuse, boolean inPlace) {
  public static final PlanOptions ALL = new PlanOptions(true, true, true, true, true);

  public PlanOptions withoutFuse() {
    return new PlanOptions(prune, merge, false, reuse, inPlace);
  }
}
