package bandlimit.eval;

import bandlimit.data.Batch;
import bandlimit.tensor.HostTensor;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/// Loss and accuracy collected over batches, on the host in double, in order: the same numbers
/// whatever computed the logits, up to the logits themselves.
///
/// Rows of weight 0 (padding) do not count. The loss is plain cross-entropy, without smoothing.
public final class Scores implements Tally {
  private double loss;
  private long top1;
  private long top5;
  private long count;

  @Override
  public void add(HostTensor logits, Batch batch) {
    int columns = Math.toIntExact(batch.labels().shape().size() / batch.weights().shape().size());
    for (int row = 0; row < batch.count(); row++) {
      for (int i = row * columns; i < (row + 1) * columns && batch.weights().get(row) != 0; i++) {
        add(logits, i, (int) batch.labels().get(i));
      }
    }
  }

  /// Adds one row of `logits` (N, K) whose true class is `label`.
  public void add(HostTensor logits, int row, int label) {
    int rank = rank(logits, row, label);
    loss -= logProbability(logits, row, label);
    top1 += rank == 0 ? 1 : 0;
    top5 += rank < 5 ? 1 : 0;
    count++;
  }

  @Override
  public long count() {
    return count;
  }

  @Override
  public double loss() {
    return loss / count;
  }

  /// Percent, 0 to 100.
  public double top1() {
    return 100.0 * top1 / count;
  }

  /// Percent, 0 to 100.
  public double top5() {
    return 100.0 * top5 / count;
  }

  @Override
  public SequencedMap<String, Double> metrics() {
    var metrics = new LinkedHashMap<String, Double>();
    metrics.put("loss", loss());
    metrics.put("top1", top1());
    metrics.put("top5", top5());
    return metrics;
  }

  @Override
  public String brief() {
    return "top1 %.2f%%".formatted(top1());
  }

  @Override
  public String line() {
    return "Loss: %.4f  Acc@1: %.2f%%  Acc@5: %.2f%%  (%d samples)"
        .formatted(loss(), top1(), top5(), count);
  }

  public long correct() {
    return top1;
  }

  /// How many classes beat `label`; of equal logits the lower class wins. A NaN beats everything.
  static int rank(HostTensor logits, int row, int label) {
    int classes = logits.shape().at(1);
    double own = logits.get((long) row * classes + label);
    int rank = 0;
    for (int k = 0; k < classes; k++) {
      double other = logits.get((long) row * classes + k);
      if (k != label && !(other < own) && !(other == own && k > label)) {
        rank++;
      }
    }
    return rank;
  }

  /// The softmax probability of class `label`.
  public static double probability(HostTensor logits, int row, int label) {
    return Math.exp(logProbability(logits, row, label));
  }

  private static double logProbability(HostTensor logits, int row, int label) {
    int classes = logits.shape().at(1);
    long first = (long) row * classes;
    double top = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < classes; k++) {
      top = Math.max(top, logits.get(first + k));
    }
    double sum = 0;
    for (int k = 0; k < classes; k++) {
      sum += Math.exp(logits.get(first + k) - top);
    }
    return logits.get(first + label) - top - Math.log(sum);
  }
}
