package bandlimit.config;

import bandlimit.data.AugmentSpec;
import bandlimit.data.DataSpec;
import bandlimit.data.Interpolation;
import bandlimit.data.SignalSpec;
import bandlimit.nn.Antialias;
import bandlimit.nn.Nonlinearity;
import bandlimit.nn.Norm;
import bandlimit.signal.Boundary;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// Everything that decides a training run, every default filled in: one YAML file, or one variant
/// of it.
public record TrainConfig(
    @Key(value = "name of the folder under `output_dir` that collects the runs", def = "default")
        String experiment,
    @Key(
            value = "what initial weights, order of samples, augmentation and dropout derive from",
            def = "0",
            min = 0)
        long seed,
    @Key(
            value =
                "where to compute; `auto` takes a usable GPU, else the CPU, and says why;"
                    + " `reference` is the slow double-precision definition; `cuda-emulated` is"
                    + " for tests",
            def = "auto")
        Device device,
    @Key(
            value = "where run folders go; relative to the working directory",
            def = "runs",
            fromWorkingDirectory = true)
        Path outputDir,
    @Key(value = "steps between two log lines", def = "50", min = 1) int logInterval,
    @Key(value = "epochs between two evaluations", def = "1", min = 1) int valInterval,
    @Key("run folder or checkpoint to continue exactly") Optional<Path> resume,
    @Key("checkpoint to take only the weights from") Optional<Path> initFrom,
    @Key("choices of the devices `cuda` and `cuda-emulated`; others do not read them") Cuda cuda,
    @Key("the network") Model model,
    @Key("the data set") Data data,
    @Key("random changes to training samples") AugmentSpec augment,
    @Key("how long and how precisely") Train train,
    @Key("the update rule") Optimizer optimizer,
    @Key("the learning rate over time") Schedule schedule,
    @Key("what training minimises") Loss loss,
    @Key("exponential moving average of the weights") Ema ema,
    @Key("what is kept on disk") Checkpoints checkpoint,
    @Key("evaluation of shift consistency after training") Shift shift) {

  private static final Pattern FOLDER = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]*");

  public TrainConfig {
    checkpoint = checkpoint.of(loss);
    var rules = new Rules();
    checkpoint.check(rules, loss);
    rules
        .require(
            FOLDER.matcher(experiment).matches(),
            "experiment",
            "must be a folder name of letters, digits, `.`, `_` and `-`, got \"%s\"",
            experiment)
        .require(
            train.precision == Precision.FP32
                || (device != Device.CPU && device != Device.REFERENCE),
            "train.precision",
            "only fp32 runs on device: %s, got %s",
            KeySpec.word(device),
            KeySpec.word(train.precision))
        .require(
            schedule.warmupEpochs() + schedule.cooldownEpochs() <= train.epochs,
            "schedule.warmup_epochs",
            "warm-up and cool-down take %s epochs, but train.epochs is %d",
            YamlWriter.shortest(schedule.warmupEpochs() + schedule.cooldownEpochs()),
            train.epochs)
        .require(
            ema.enabled || !checkpoint.metric().startsWith("eval_ema/"),
            "checkpoint.monitor",
            "%s is measured only with ema.enabled: true",
            checkpoint.metric())
        .require(
            (model.padding.equals(Optional.of(Padding.SIGNAL)))
                == (data.signal.isPresent() && data.signal.get().context() > 0),
            "model.padding",
            "signal and data.signal.context go together: give both, or neither")
        .require(
            data.signal.isEmpty()
                || data.signal.get().target() == SignalSpec.Target.WINDOW
                || shift.protocols.isEmpty(),
            "shift.protocols",
            "shifts are measured on one decision a sample, but data.signal.target is columns; set"
                + " them to []")
        .require(
            !loss.isRegression() || shift.protocols.isEmpty(),
            "shift.protocols",
            "shifts are measured on classes, but loss.name: %s tells numbers; set them to []",
            loss.word())
        .require(
            !loss.isRegression() || !augment.mixes(),
            augment.mixup() > 0 ? "augment.mixup" : "augment.cutmix",
            "mixes the classes of two samples, but loss.name: %s tells numbers; set it to 0",
            loss.word())
        .require(
            resume.isEmpty() || initFrom.isEmpty() || resume.equals(initFrom),
            "init_from",
            "resume continues a run with its own weights; give one of resume and init_from")
        .check();
  }

  /// The metric that decides which checkpoint is the best.
  public String monitor() {
    return checkpoint.metric();
  }

  /// What the precision takes from the network's promise, if it promises anything that it takes.
  public Optional<String> weakened() {
    if (train.precision == Precision.FP32 || !(model.antialias instanceof Antialias.Ideal)) {
      return Optional.empty();
    }
    return Optional.of(
        "train.precision: %s rounds %s, so shifts by fractions of a pixel change the logits by about as much; fp32 keeps antialias.kind: ideal exact to 1e-5"
            .formatted(
                train.precision.word(),
                train.precision == Precision.TF32
                    ? "the factors of products to 11 bits"
                    : "every map to 8 bits"));
  }

  /// Samples of the past that each window of a signal has before it, with signal padding.
  public Optional<Integer> context() {
    return model
        .padding()
        .filter(padding -> padding == Padding.SIGNAL)
        .flatMap(_ -> data.signal.map(SignalSpec::context));
  }

  /// As canonical YAML: every key, in the records' order; binds to an equal record.
  public String toYaml() {
    return YamlWriter.write(this);
  }

  /// 12 hexadecimal digits that change with any key: the start of SHA-256 of [#toYaml].
  public String hash() {
    return YamlWriter.hash(toYaml());
  }

  public enum Device {
    AUTO,
    CUDA,
    CPU,
    REFERENCE,
    CUDA_EMULATED
  }

  public enum Precision {
    FP32,
    TF32,
    BF16_MIXED;

    /// As in a config.
    public String word() {
      return KeySpec.word(this);
    }
  }

  /// Whose convolutions run on a GPU.
  public enum Conv {
    AUTO,
    NATIVE,
    CUDNN
  }

  public record Cuda(
      @Key(
              value =
                  "whose convolutions run: our own, cuDNN's, or by a measured table, which takes"
                      + " ours where cuDNN is not installed",
              def = "auto")
          Conv conv,
      @Key(
              value =
                  "whether a step's launches are captured once and replayed as one; the bits are"
                      + " the same; off to find which launch fails",
              def = "true")
          boolean graphs) {}

  public record Model(
      @Key(value = "network of the zoo; `bandlimit models` lists them", names = Key.Names.MODELS)
          String name,
      @Key(value = "classes of the last layer; null takes the data set's", min = 2)
          Optional<Integer> numClasses,
      @Key("anti-aliasing") Antialias antialias,
      @Key("the activation") Nonlinearity activation,
      @Key(
              "normalisation: of the batch, of each pixel (layer), or of each pixel by one"
                  + " deviation a sample (alias_free); null takes the network's own")
          Optional<Norm> norm,
      @Key(
              "what convolutions see beyond the edge of a map: zero, circular, or, in networks of"
                  + " signals, signal: the samples before the window (data.signal.context of them),"
                  + " looking only back; null takes circular with antialias.kind ideal, aps or lps,"
                  + " else zero")
          Optional<Padding> padding,
      @Key(
              value =
                  "start of the factors of residual branches, in networks that have them"
                      + " (convnext); null takes the published 1e-6, and 0 for the alias-free"
                      + " stem's",
              min = 0)
          Optional<Double> layerScale,
      @Key(
              value =
                  "probability of skipping the last residual branch; rises linearly to it with"
                      + " depth",
              def = "0",
              min = 0,
              below = 1)
          double dropPath,
      @Key(
              value =
                  "probability of dropping a feature before the classifier; null takes the"
                      + " network's published one",
              min = 0,
              below = 1)
          Optional<Double> dropout) {}

  /// What convolutions see beyond the edge of a map.
  public enum Padding {
    ZERO,
    CIRCULAR,
    SIGNAL;

    /// Empty where nothing is beyond the edge that the map does not hold.
    public Optional<Boundary> boundary() {
      return switch (this) {
        case ZERO -> Optional.of(Boundary.ZERO);
        case CIRCULAR -> Optional.of(Boundary.CIRCULAR);
        case SIGNAL -> Optional.empty();
      };
    }
  }

  /// The data set and how it is fed.
  public record Data(
      @Key(
              value = "data set: shapes, cifar10, cifar100, idx, imagefolder, npy, signal",
              names = Key.Names.DATA_SETS)
          String name,
      @Key("folder of its files; relative to this file, `~` is home; `shapes` needs none")
          Optional<Path> root,
      @Key(value = "samples in a training step, per device", def = "128", min = 1) int batchSize,
      @Key(value = "samples in an evaluation step; null takes batch_size", min = 1)
          Optional<Integer> evalBatchSize,
      @Key(
              value = "threads that load and augment; never changes a result",
              def = "2",
              min = 1,
              max = 1024)
          int workers,
      @Key(
              value = "height and width of a sample, in pixels, for `shapes` and `imagefolder`",
              min = 8)
          Optional<Integer> imageSize,
      @Key(value = "use only the first so many samples of each split", min = 1)
          Optional<Integer> limit,
      @Key(value = "seed of the `shapes` generator", def = "0", min = 0) long seed,
      @Key(
              value = "training samples that `shapes` generates",
              def = "" + DataSpec.DEFAULT_TRAIN_SIZE,
              min = 1)
          int trainSize,
      @Key(
              value = "test samples that `shapes` generates",
              def = "" + DataSpec.DEFAULT_TEST_SIZE,
              min = 1)
          int testSize,
      @Key(
              value = "an image that cannot be decoded: true counts and leaves it out, false stops",
              def = "false")
          boolean skipUndecodable,
      @Key(
              value =
                  "how `imagefolder` resizes, in training and evaluation, by Pillow's filters with"
                      + " antialiasing",
              def = "bilinear")
          Interpolation interpolation,
      @Key("a long signal with events or numbers, cut into windows; of the data set `signal` alone")
          Optional<SignalSpec> signal) {
    public Data {
      new Rules()
          .require(
              signal.isPresent() == name.equals("signal"),
              "signal",
              signal.isPresent()
                  ? "is for data.name: signal, got %s"
                  : "is missing: data.name: %s needs window and hop",
              name)
          .check();
    }

    /// The part that says what the data are.
    public DataSpec spec() {
      return new DataSpec(
          name,
          root.map(Path::toString),
          imageSize,
          limit,
          seed,
          trainSize,
          testSize,
          skipUndecodable,
          interpolation,
          signal);
    }

    public int evalBatch() {
      return evalBatchSize.orElse(batchSize);
    }
  }

  public record Train(
      @Key(value = "passes over the training data", min = 1) int epochs,
      @Key(
              value =
                  "arithmetic: `tf32` rounds the factors of convolutions and products to 11 bits;"
                      + " `bf16-mixed` keeps activations in bf16, and weights, statistics, losses"
                      + " and updates in float32; the CPU and the reference have only fp32",
              def = "fp32")
          Precision precision,
      @Key(value = "batches whose gradients are averaged into one update", def = "1", min = 1)
          int gradAccumSteps,
      @Key(value = "stop after so many updates; the schedule stays that of `epochs`", min = 1)
          Optional<Integer> maxSteps) {}

  public record Ema(
      @Key(value = "keep and evaluate an average of the weights", def = "false") boolean enabled,
      @Key(
              value = "share of the old average kept at each update",
              def = "0.9998",
              min = 0,
              below = 1)
          double decay,
      @Key(value = "let the decay grow as (1 + step) / (10 + step) up to `decay`", def = "false")
          boolean warmup) {}

  public record Shift(
      @Key(
              value = "protocols to run when training ends; [] is none",
              def = "[crop, circular, diagonal]")
          List<Protocol> protocols,
      @Key(value = "test samples to use; null is all", min = 1) Optional<Integer> limit,
      @Key(
              value = "pixels each way of the grid of whole shifts that `adversarial` goes through",
              def = "3",
              min = 1,
              max = 64)
          int range,
      @Key(
              value = "limits in pixels of the translations that `bilinear` searches",
              def = "[1, 4, 8]",
              min = 1)
          List<Integer> translations) {
    public Shift {
      protocols = List.copyOf(protocols);
      translations = List.copyOf(translations);
      new Rules()
          .require(
              protocols.stream().distinct().count() == protocols.size(),
              "protocols",
              "names a protocol twice")
          .require(
              translations.stream().distinct().count() == translations.size(),
              "translations",
              "names a limit twice")
          .check();
    }
  }

  /// How samples are shifted: two crops at random offsets, circular shifts by whole pixels, crops
  /// along the diagonal, circular shifts by fractions; and searches for the worst shift of grids,
  /// circular or cropped, and for the worst translation with bilinear interpolation.
  public enum Protocol {
    CROP,
    CIRCULAR,
    DIAGONAL,
    FRACTIONAL,
    ADVERSARIAL,
    BILINEAR;

    /// Whether samples lie between the bytes of the stored ones.
    public boolean readsFloats() {
      return this == FRACTIONAL || this == ADVERSARIAL || this == BILINEAR;
    }
  }
}
