package bandlimit.nn;

/// Which of a model's two graphs is built: batch norm, dropout and drop-path differ.
public enum Mode {
  TRAIN,
  EVAL
}
