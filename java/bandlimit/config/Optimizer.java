package bandlimit.config;

import java.util.List;
import java.util.Optional;

/// The update rule of the weights.
@Tag(key = "name", def = "sgd", doc = "update rule")
public sealed interface Optimizer {
  double lr();

  double weightDecay();

  boolean decayNormAndBias();

  Optional<Double> clipGrad();

  /// Momentum m = momentum * m + (gradient + weight_decay * w); w -= lr * m, or with Nesterov w -=
  /// lr * (gradient + weight_decay * w + momentum * m).
  record Sgd(
      @Key(value = "peak learning rate", def = "0.1", above = 0) double lr,
      @Key(value = "share of the last update kept", def = "0.9", min = 0, below = 1)
          double momentum,
      @Key(value = "look ahead along the momentum", def = "false") boolean nesterov,
      @Key(value = "pull towards zero, added to the gradient", def = "1e-4", min = 0)
          double weightDecay,
      @Key(value = "decay normalisation parameters and biases too", def = "false")
          boolean decayNormAndBias,
      @Key(value = "longest gradient (2-norm over all weights); null does not clip", above = 0)
          Optional<Double> clipGrad)
      implements Optimizer {
    public Sgd {
      new Rules().require(!nesterov || momentum > 0, "nesterov", "needs momentum above 0").check();
    }
  }

  /// Adam with decoupled weight decay (Loshchilov and Hutter 2019), as PyTorch computes it.
  record AdamW(
      @Key(value = "peak learning rate", def = "1e-3", above = 0) double lr,
      @Key(value = "decay of the first and second moment", def = "[0.9, 0.999]", min = 0, below = 1)
          List<Double> betas,
      @Key(value = "added to the root of the second moment", def = "1e-8", above = 0) double eps,
      @Key(value = "pull towards zero, times the learning rate", def = "0.01", min = 0)
          double weightDecay,
      @Key(value = "decay normalisation parameters and biases too", def = "false")
          boolean decayNormAndBias,
      @Key(value = "longest gradient (2-norm over all weights); null does not clip", above = 0)
          Optional<Double> clipGrad)
      implements Optimizer {
    public AdamW {
      betas = List.copyOf(betas);
      new Rules()
          .require(betas.size() == 2, "betas", "must be two numbers, got %d", betas.size())
          .check();
    }

    public double beta1() {
      return betas.get(0);
    }

    public double beta2() {
      return betas.get(1);
    }
  }
}
