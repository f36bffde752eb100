package bandlimit.predict;

import java.util.List;

/// The classes of one image, the likeliest first.
public record Prediction(List<Candidate> candidates) {
  /// One class with its softmax probability.
  public record Candidate(int index, String name, double probability) {}

  public Prediction {
    candidates = List.copyOf(candidates);
  }

  public Candidate top() {
    return candidates.getFirst();
  }
}
