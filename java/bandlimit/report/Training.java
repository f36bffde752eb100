package bandlimit.report;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/// Loss, accuracy or errors, and learning rate over epochs, all runs in one chart each.
final class Training {
  private Training() {}

  static void write(Html html, List<Run> runs, List<String> labels) {
    if (runs.stream().allMatch(run -> run.epochs().isEmpty())) {
      html.leaf("p", "No run has finished an epoch yet.", "class", "note");
      return;
    }
    Marker.legend(html, labels);
    html.open("div", "class", "charts");
    chart(html, runs, labels, "Training loss", "train_loss");
    chart(html, runs, labels, "Evaluation loss", "eval_loss");
    chart(html, runs, labels, "Evaluation top-1, %", "eval_top1");
    chart(html, runs, labels, "Evaluation top-1, %, averaged weights", "eval_ema_top1");
    chart(html, runs, labels, "Training top-1, %", "train_top1");
    chart(html, runs, labels, "Mean absolute error", "eval_mae");
    chart(html, runs, labels, "Mean absolute error, averaged weights", "eval_ema_mae");
    chart(html, runs, labels, "Root mean squared error", "eval_rmse");
    chart(html, runs, labels, "Learning rate", "lr");
    html.close();
  }

  private static void chart(
      Html html, List<Run> runs, List<String> labels, String title, String column) {
    var chart = new LineChart(360, title, "epoch", title);
    for (int run = 0; run < runs.size(); run++) {
      var points = new ArrayList<LineChart.Point>();
      for (var epoch : runs.get(run).epochs()) {
        OptionalDouble number = Run.value(epoch, "epoch");
        OptionalDouble value = Run.value(epoch, column);
        if (number.isPresent() && value.isPresent()) {
          String tip =
              "epoch %s: %s"
                  .formatted(
                      Numbers.fixed(number.getAsDouble(), 0),
                      Numbers.significant(value.getAsDouble()));
          points.add(new LineChart.Point(number.getAsDouble(), value.getAsDouble(), tip));
        }
      }
      chart.add(labels.get(run), run, points);
    }
    if (!chart.isEmpty()) {
      chart.draw(html);
    }
  }
}
