package bandlimit.train;

/// Sees a run go by, for a bar on a terminal. Lines of text go to the [RunLog].
public interface Progress {
  /// Shows nothing.
  Progress NONE =
      new Progress() {
        @Override
        public void begin(String what, long steps) {}

        @Override
        public void step(long done, String figures) {}

        @Override
        public void end() {}
      };

  /// A stretch of `steps` begins: an epoch, an evaluation.
  void begin(String what, long steps);

  /// `done` of them are through; `figures` is a few words of numbers.
  void step(long done, String figures);

  void end();
}
