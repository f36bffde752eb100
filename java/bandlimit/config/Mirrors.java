package bandlimit.config;

import bandlimit.data.AugmentSpec;
import bandlimit.data.AugmentSpec.CropMode;
import bandlimit.data.AugmentSpec.ResizedCrop;
import bandlimit.data.SignalSpec;
import bandlimit.nn.Antialias;
import bandlimit.nn.FilteredPolynomial;
import bandlimit.nn.Nonlinearity;
import bandlimit.signal.Boundary;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The annotations of types that live in rooms below this one and so cannot carry them: each mirror
/// repeats the components of its record.
final class Mirrors {
  private static final Map<Class<?>, Class<?>> MIRRORS =
      Map.ofEntries(
          Map.entry(Antialias.class, AntialiasKeys.class),
          Map.entry(Antialias.Lowpass.class, LowpassKeys.class),
          Map.entry(Antialias.Aps.class, ApsKeys.class),
          Map.entry(Antialias.Lps.class, LpsKeys.class),
          Map.entry(Nonlinearity.class, NonlinearityKeys.class),
          Map.entry(Nonlinearity.Polynomial.class, PolynomialKeys.class),
          Map.entry(Nonlinearity.FilteredPolynomial.class, FilteredPolynomialKeys.class),
          Map.entry(SignalSpec.class, SignalKeys.class),
          Map.entry(AugmentSpec.class, AugmentKeys.class),
          Map.entry(ResizedCrop.class, ResizedCropKeys.class),
          Map.entry(AugmentSpec.Erase.class, EraseKeys.class));

  private static final String DEGREE =
      "degree of the polynomial p of each channel, which starts as the fit of GELU";
  private static final String IN_SCALE = "the start of s in the activation t p(s x)";
  private static final String OUT_SCALE = "the start of t in the activation t p(s x)";
  private static final String TRAIN_SCALES = "whether s and t are trained";
  private static final String DECAY =
      "whether weight decay reaches the coefficients, as it does in the published networks";

  private Mirrors() {}

  /// The type that carries the annotations of `type`: its mirror, or itself.
  static Class<?> of(Class<?> type) {
    return MIRRORS.getOrDefault(type, type);
  }

  @Tag(
      key = "kind",
      def = "none",
      doc = "what is done against aliasing where the network loses resolution")
  private interface AntialiasKeys {}

  private record LowpassKeys(
      @Key(
              value =
                  "binomial taps of the blur: 1 is plain subsampling, 3 is [1 2 1]/4, 4 is [1 3 3"
                      + " 1]/8",
              def = "4",
              min = 1,
              max = Antialias.Lowpass.MAX_TAPS)
          int taps,
      @Key(value = "what the blur sees beyond the edge of a map", def = "reflect") Boundary padding,
      @Key(
              value =
                  "what is blurred: strided convolutions, max-pools, shortcuts; the stem only on"
                      + " request, as published",
              def = "[conv, pool, shortcut]")
          List<Antialias.Where> where) {}

  private record ApsKeys(
      @Key(
              value = "binomial taps of a circular blur before samples are chosen; 1 is none",
              def = "1",
              min = 1,
              max = Antialias.Lowpass.MAX_TAPS)
          int taps) {}

  private record LpsKeys(
      @Key(
              value = "binomial taps of a circular blur before samples are chosen; 1 is none",
              def = "1",
              min = 1,
              max = Antialias.Lowpass.MAX_TAPS)
          int taps,
      @Key(value = "of the Gumbel-softmax draws in the first epoch", def = "1", above = 0)
          double temperature,
      @Key(value = "its factor from epoch to epoch", def = "0.97", above = 0, max = 1)
          double temperatureDecay,
      @Key(value = "its least value", def = "0.1", above = 0) double temperatureMin) {}

  @Tag(key = "kind", def = "published", doc = "the activation; `published` is the network's own")
  private interface NonlinearityKeys {}

  private record PolynomialKeys(
      @Key(value = DEGREE, def = "2", min = 1, max = 4) int degree,
      @Key(value = IN_SCALE, def = "7") double inScale,
      @Key(value = OUT_SCALE, def = "7") double outScale,
      @Key(value = TRAIN_SCALES, def = "true") boolean trainScales,
      @Key(value = DECAY, def = "true") boolean decay) {}

  private record FilteredPolynomialKeys(
      @Key(value = DEGREE, def = "2", min = 1, max = 4) int degree,
      @Key(value = IN_SCALE, def = "7") double inScale,
      @Key(value = OUT_SCALE, def = "7") double outScale,
      @Key(value = TRAIN_SCALES, def = "true") boolean trainScales,
      @Key(value = DECAY, def = "true") boolean decay,
      @Key(
              value =
                  "how fine the grid is: as few samples as are exact, (degree + 1)/2 times, or"
                      + " twice as many, as published; the results are equal but for rounding",
              def = "minimal")
          FilteredPolynomial.Oversample oversample) {}

  private record AugmentKeys(
      @Key(
              value = "pixels to pad on each side before a random crop back to size; 0 is off",
              def = "0",
              min = 0)
          int cropPadding,
      @Key(value = "what the padding of that crop holds", def = "zero") CropMode cropMode,
      @Key(value = "probability of a horizontal flip", def = "0", min = 0, max = 1) double flip,
      @Key("a random part of the image, resized to the sample size; null is off")
          Optional<ResizedCrop> randomResizedCrop,
      @Key(
              "RandAugment in timm's grammar, such as `rand-m9-mstd0.5-inc1`: magnitude `m` 0 to 10"
                  + " (10), `n` operations (2) of 15, deviation `mstd` of the magnitude (0),"
                  + " probability `p` of each (0.5), `inc1` for operations that all grow with it;"
                  + " null is off")
          Optional<String> autoAugment,
      @Key(
              value =
                  "brightness, contrast and saturation change by factors from 1 minus to 1 plus"
                      + " this; 0 is off",
              def = "0",
              min = 0)
          double colorJitter,
      @Key("random rectangles overwritten") AugmentSpec.Erase erase,
      @Key(
              value =
                  "parameter of the Beta distribution that the shares of two mixed samples are"
                      + " drawn from, once a batch; 0 is off",
              def = "0",
              min = 0)
          double mixup,
      @Key(
              value = "the same for a rectangle taken from the other sample; 0 is off",
              def = "0",
              min = 0)
          double cutmix,
      @Key(value = "probability of a batch to be mixed", def = "1", min = 0, max = 1)
          double mixupProb,
      @Key(value = "probability of cutmix where mixup is on too", def = "0.5", min = 0, max = 1)
          double mixupSwitchProb,
      @Key(value = "epochs before mixing ends; 0 is never", def = "0", min = 0)
          int mixupOffEpoch) {}

  private record EraseKeys(
      @Key(value = "probability of a sample to lose parts; 0 is off", def = "0", min = 0, max = 1)
          double prob,
      @Key(
              value =
                  "what they hold: the mean colour, a random colour, or noise of the normalised"
                      + " scale",
              def = "pixel")
          AugmentSpec.EraseMode mode,
      @Key(value = "rectangles, at most", def = "1", min = 1, max = 100) int count) {}

  private record SignalKeys(
      @Key(
              value = "file in `root`: `.npy` of (T) or (T, C), `.csv` of numbers, or `.wav`",
              def = "signal.npy")
          String file,
      @Key(
              value = "CSV in `root`: sample number and label of each event, in the order of time",
              def = "events.csv")
          String events,
      @Key(
              "file in `root` of numbers to be told, in place of events: `.npy` of (T) or (T, K) or"
                  + " `.wav`, one row a sample of the signal, or `.csv`: sample number and K"
                  + " numbers, in the order of time, each standing for as long as a window; null is"
                  + " none")
          Optional<String> targets,
      @Key(value = "samples in a second; null takes that of a `.wav` file", above = 0)
          Optional<Double> rate,
      @Key(value = "channels to use, from 0; [] is all", def = "[]", min = 0)
          List<Integer> channels,
      @Key(
              value =
                  "labels of events that are told apart, classes from 1 on; events of others are"
                      + " none. [] makes all events one class. Class 0 is `none`",
              def = "[]")
          List<String> labels,
      @Key(value = "samples in a window", min = 1) int window,
      @Key(value = "samples from one window to the next", min = 1) int hop,
      @Key(
              value =
                  "samples of the past before each window, for model.padding: signal; one that is"
                      + " too short is refused with the number that the network needs",
              def = "0",
              min = 0)
          int context,
      @Key(
              value = "share of the signal, from its start, that is trained on; the rest tests",
              def = "0.6666666666666666",
              above = 0,
              below = 1)
          double trainShare,
      @Key(
              value =
                  "what is to be told: the last event of a window, or whether there is one in every"
                      + " column of `stride` samples; of numbers, that at the last sample of a"
                      + " window or at the middle of every column",
              def = "window")
          SignalSpec.Target target,
      @Key(value = "samples in a column, as the network gives them", def = "1", min = 1) int stride,
      @Key(value = "samples each way of an event whose columns are of it", def = "0", min = 0)
          int radius,
      @Key(
              value =
                  "samples that decisions come after their events: what a causal network waits to"
                      + " see of one",
              def = "0",
              min = 0)
          int delay) {}

  private record ResizedCropKeys(
      @Key(value = "area of the part over that of the image: [least, most]", def = "[0.08, 1.0]")
          List<Double> scale,
      @Key(
              value = "width over height of the part: [least, most]",
              def = "[0.75, 1.3333333333333333]")
          List<Double> ratio) {}
}
