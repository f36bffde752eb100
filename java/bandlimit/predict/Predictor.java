package bandlimit.predict;

import bandlimit.backend.Backend;
import bandlimit.data.Image;
import bandlimit.data.ImageFiles;
import bandlimit.data.Transform;
import bandlimit.data.Transforms;
import bandlimit.device.DeviceOptions;
import bandlimit.device.Devices;
import bandlimit.error.ConfigException;
import bandlimit.error.DataException;
import bandlimit.eval.Scores;
import bandlimit.nn.Layer;
import bandlimit.predict.Prediction.Candidate;
import bandlimit.tensor.DType;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.Shape;
import bandlimit.train.Checkpoint;
import bandlimit.train.LoadedNetwork;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BiFunction;
import java.util.stream.IntStream;

/// A trained network as a function from images to class probabilities; safe for use by several
/// threads, which take turns.
///
///     try (var predictor = Predictor.load(Path.of("runs/default/20261121-120000-resnet20"))) {
///       for (Prediction p : predictor.predictFiles(List.of(Path.of("cat.png")))) {
///         System.out.println(p.top().name() + " " + p.top().probability());
///
/// Images of another size than the network's are resized (short side) and centre-cropped, as in
/// evaluation; grey ones are repeated over the channels.
public final class Predictor implements AutoCloseable {
  /// Images computed at once; more are taken in turns of so many.
  public static final int BATCH = 16;

  /// Resize 256, crop 224: the ratio everyone evaluates ImageNet with.
  private static final double CROP_SHARE = 224.0 / 256;

  private final Devices.Choice device;
  private final LoadedNetwork loaded;
  private final HostTensor batch;

  private Predictor(Devices.Choice device, LoadedNetwork loaded) {
    if (loaded.classifier().columns() > 1) {
      throw new ConfigException(
          "this network decides on every column of a signal; predict is for one answer a sample,"
              + " eval --data-root for its events");
    }
    this.device = device;
    this.loaded = loaded;
    this.batch = HostTensor.allocate(loaded.classifier().input());
  }

  /// The best checkpoint of a run folder, or a checkpoint folder, on the device `auto`.
  public static Predictor load(Path runOrCheckpoint) {
    return load(runOrCheckpoint, "auto");
  }

  /// `device` as in a config: auto, cpu, reference.
  public static Predictor load(Path runOrCheckpoint, String device) {
    return with(
        runOrCheckpoint,
        device,
        (checkpoint, backend) -> LoadedNetwork.open(checkpoint, backend, BATCH));
  }

  /// The checkpoint of a network of your own, which no config names: `layer` is what was trained.
  public static Predictor load(Path runOrCheckpoint, String device, Layer layer) {
    return with(
        runOrCheckpoint,
        device,
        (checkpoint, backend) -> LoadedNetwork.open(checkpoint, layer, backend, BATCH));
  }

  private static Predictor with(
      Path runOrCheckpoint, String device, BiFunction<Checkpoint, Backend, LoadedNetwork> open) {
    var checkpoint = Checkpoint.open(runOrCheckpoint, "best");
    var choice = Devices.open(device, DeviceOptions.of(checkpoint.trainConfig()));
    try {
      return new Predictor(choice, open.apply(checkpoint, choice.backend()));
    } catch (RuntimeException e) {
      choice.close();
      throw e;
    }
  }

  public List<String> classNames() {
    return loaded.network().classNames();
  }

  /// Whether samples are stretches of a signal and not images.
  public boolean takesSignals() {
    var sample = loaded.network().sample();
    return sample.dtype() == DType.F32 && sample.shape().at(0) == 1;
  }

  /// Whether the network tells numbers and not classes.
  public boolean tellsNumbers() {
    return loaded.network().outputs().isRegression();
  }

  /// All classes of each image, in the order given.
  public List<Prediction> predict(List<Image> images) {
    if (tellsNumbers()) {
      throw new ConfigException("this network tells numbers: ask for its values, not for classes");
    }
    return answers(images, this::prediction);
  }

  /// The numbers told of each image, in the targets' unit; their names are [#classNames].
  public List<double[]> values(List<Image> images) {
    if (!tellsNumbers()) {
      throw new ConfigException("this network tells classes: ask for those, not for values");
    }
    int k = classNames().size();
    return answers(
        images,
        (answers, row) ->
            IntStream.range(0, k).mapToDouble(i -> answers.get((long) row * k + i)).toArray());
  }

  private interface Reading<T> {
    T of(HostTensor answers, int row);
  }

  private synchronized <T> List<T> answers(List<Image> images, Reading<T> reading) {
    var predictions = new ArrayList<T>();
    for (int first = 0; first < images.size(); first += BATCH) {
      var part = images.subList(first, Math.min(first + BATCH, images.size()));
      long bytes = loaded.network().sample().bytes();
      for (int row = 0; row < part.size(); row++) {
        fit(part.get(row)).copyTo(batch.data().asSlice(row * bytes, bytes));
      }
      HostTensor logits = loaded.classifier().logits(batch);
      for (int row = 0; row < part.size(); row++) {
        predictions.add(reading.of(logits, row));
      }
    }
    return predictions;
  }

  /// Reads and classifies image files; a file that cannot be decoded is a [DataException] with its
  /// name.
  public List<Prediction> predictFiles(List<Path> files) {
    return predict(files.stream().map(ImageFiles::read).toList());
  }

  private Image fit(Image image) {
    Shape sample = loaded.network().sample().shape();
    if (image.dtype() != loaded.network().sample().dtype()) {
      throw new DataException(
          "the network takes %s, the image is %s"
              .formatted(loaded.network().sample(), image.type()));
    }
    var coloured = Transforms.channels(image, sample.at(2));
    if (coloured.height() == sample.at(0) && coloured.width() == sample.at(1)) {
      return coloured;
    }
    int target = Math.min(sample.at(0), sample.at(1));
    // small inputs are taken whole: cropping 32 from 37 would only lose the border
    int shortSide = target <= 64 ? target : (int) Math.round(target / CROP_SHARE);
    Transform transform =
        Transforms.resizeShortSide(
                Math.max(shortSide, Math.max(sample.at(0), sample.at(1))),
                loaded.config().data().interpolation())
            .then(Transforms.centerCrop(sample.at(0), sample.at(1)));
    return transform.apply(coloured, new SplittableRandom(0));
  }

  private Prediction prediction(HostTensor logits, int row) {
    var names = loaded.network().classNames();
    return new Prediction(
        IntStream.range(0, names.size())
            .mapToObj(k -> new Candidate(k, names.get(k), Scores.probability(logits, row, k)))
            .sorted(Comparator.comparingDouble(c -> -c.probability()))
            .toList());
  }

  @Override
  public synchronized void close() {
    loaded.close();
    device.close();
  }
}
