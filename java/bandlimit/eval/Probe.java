package bandlimit.eval;

/// One protocol at work: it looks at the samples chunk by chunk, then says what it found.
interface Probe {
  void see(Chunk chunk);

  void report(Findings into);
}
