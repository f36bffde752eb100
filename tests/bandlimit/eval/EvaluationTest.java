package bandlimit.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import bandlimit.data.Loader;
import org.junit.jupiter.api.Test;

class EvaluationTest {
  @Test
  void paddingDoesNotCount() {
    var data = new PixelDataset(50, 8, 8, 1, 5, 1);
    try (var loader = Loader.evaluation(data, 16, 1)) {
      Classifier first = FakeNetwork.classifier(16, 8, 8, 1, 5, _ -> new double[] {1, 0, 0, 0, 0});
      Scores scores = Evaluation.run(first, loader);
      assertThat(scores.count()).isEqualTo(50);
      assertThat(scores.top1()).isEqualTo(20);
      assertThat(scores.top5()).isEqualTo(100);
      double z = Math.E + 4;
      assertThat(scores.loss())
          .isCloseTo(0.2 * Math.log(z / Math.E) + 0.8 * Math.log(z), within(1e-6));
      assertThat(Evaluation.run(first, loader).top1()).isEqualTo(20);
    }
  }
}
