package bandlimit.data;

/// The two parts of a data set: the one to train on and the one to measure on (whatever its files
/// call it: test, val, t10k).
public enum Split {
  TRAIN,
  TEST
}
