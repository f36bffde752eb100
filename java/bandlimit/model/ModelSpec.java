package bandlimit.model;

import bandlimit.error.ConfigException;
import bandlimit.nn.Antialias;
import bandlimit.nn.Nonlinearity;
import bandlimit.nn.Norm;
import bandlimit.signal.Boundary;
import bandlimit.tensor.Shape;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;

/// Which network, for what input and output.
///
/// @param name one of [Models#names]
/// @param numClasses outputs of the last layer
/// @param input (H, W, C) of one sample; a signal is an image of height 1
/// @param antialias what happens where resolution is lost
/// @param activation which one the network takes; [Nonlinearity.Published] is its own
/// @param norm which one the network takes; empty is its own
/// @param padding beyond the edge of a map, zero or circular; empty is what `antialias` needs
/// @param layerScale start of the factors of residual branches; empty is the family's published
///   value
/// @param dropout probability of dropping a feature before the classifier; empty is the family's
///   published value (0.5 for the ImageNet heads of VGG, 0 elsewhere)
/// @param dropPath probability of skipping the last residual branch; it rises linearly from 0
/// @param context where given, convolutions of a signal look only back (signal padding), and so
///   many samples at the start of each input are there to be looked back at: their columns are
///   dropped
public record ModelSpec(
    String name,
    int numClasses,
    Shape input,
    Antialias antialias,
    Nonlinearity activation,
    Optional<Norm> norm,
    Optional<Boundary> padding,
    Optional<Double> layerScale,
    Optional<Double> dropout,
    double dropPath,
    Optional<Integer> context) {
  public ModelSpec {
    padding.ifPresent(
        boundary -> {
          if (boundary != Boundary.ZERO && boundary != Boundary.CIRCULAR) {
            throw new ConfigException(
                "model.padding is zero or circular, got "
                    + boundary.name().toLowerCase(Locale.ROOT));
          }
        });
    if (numClasses < 1) {
      throw new ConfigException("model.num_classes must be 1 or more, got " + numClasses);
    }
    if (input.rank() != 3) {
      throw new ConfigException("a model's input is (H, W, C), got " + input);
    }
    dropout.ifPresent(rate -> probability("model.dropout", rate));
    probability("model.drop_path", dropPath);
  }

  private static void probability(String key, double rate) {
    if (!(0 <= rate && rate < 1)) {
      throw new ConfigException(key + " must lie in [0, 1), got " + rate);
    }
  }

  /// Without anti-aliasing, dropout as published, no drop-path.
  public static ModelSpec of(String name, int numClasses, Shape input) {
    return new ModelSpec(
        name,
        numClasses,
        input,
        Antialias.NONE,
        new Nonlinearity.Published(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        0,
        Optional.empty());
  }

  public ModelSpec withAntialias(Antialias changed) {
    return with(draft -> draft.antialias = changed);
  }

  public ModelSpec withActivation(Nonlinearity changed) {
    return with(draft -> draft.activation = changed);
  }

  public ModelSpec withNorm(Norm changed) {
    return with(draft -> draft.norm = Optional.of(changed));
  }

  public ModelSpec withPadding(Boundary changed) {
    return with(draft -> draft.padding = Optional.of(changed));
  }

  public ModelSpec withLayerScale(double start) {
    return with(draft -> draft.layerScale = Optional.of(start));
  }

  public ModelSpec withInput(Shape changed) {
    return with(draft -> draft.input = changed);
  }

  public ModelSpec withDropout(double rate) {
    return with(draft -> draft.dropout = Optional.of(rate));
  }

  public ModelSpec withDropPath(double rate) {
    return with(draft -> draft.dropPath = rate);
  }

  public ModelSpec withContext(int samples) {
    return with(draft -> draft.context = Optional.of(samples));
  }

  private ModelSpec with(Consumer<Draft> change) {
    var draft = new Draft(this);
    change.accept(draft);
    return draft.finished();
  }

  /// What may be changed of a spec, open for one change.
  private static final class Draft {
    private final ModelSpec of;
    private Shape input;
    private Antialias antialias;
    private Nonlinearity activation;
    private Optional<Norm> norm;
    private Optional<Boundary> padding;
    private Optional<Double> layerScale;
    private Optional<Double> dropout;
    private double dropPath;
    private Optional<Integer> context;

    Draft(ModelSpec of) {
      this.of = of;
      input = of.input;
      antialias = of.antialias;
      activation = of.activation;
      norm = of.norm;
      padding = of.padding;
      layerScale = of.layerScale;
      dropout = of.dropout;
      dropPath = of.dropPath;
      context = of.context;
    }

    ModelSpec finished() {
      return new ModelSpec(
          of.name,
          of.numClasses,
          input,
          antialias,
          activation,
          norm,
          padding,
          layerScale,
          dropout,
          dropPath,
          context);
    }
  }

  double dropoutOr(double published) {
    return dropout.orElse(published);
  }

  /// For families whose residual branches have no factors: refuses one.
  ModelSpec withoutLayerScale() {
    layerScale.ifPresent(
        start -> {
          throw new ConfigException(
              "model.layer_scale is %s, but %s has no layer scale; leave it out"
                  .formatted(start, name));
        });
    return this;
  }

  /// For families of images, which look both ways.
  void refuseContext() {
    if (context.isPresent()) {
      throw new ConfigException(
          "model.padding: signal needs a network of signals (conv1d_...), but %s is one of images"
              .formatted(name));
    }
  }

  /// For families without residual branches.
  void refuseDropPath() {
    if (dropPath != 0) {
      throw new ConfigException(
          "model.drop_path is %s, but %s has no residual branches to skip; set it to 0"
              .formatted(dropPath, name));
    }
  }
}
