package bandlimit.model;

import bandlimit.error.ConfigException;
import bandlimit.nn.Layer;
import bandlimit.tensor.Shape;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// The networks that a config can name: the zoo below, and what a program registers.
public final class Models {
  /// A network of the zoo.
  ///
  /// @param about a few words for the list
  /// @param input (H, W, C) it was published for
  /// @param classes it was published for
  /// @param create from a spec to the layer that maps (N, H, W, C) to logits (N, classes), or to a
  ///   row of logits for each column of a signal
  public record Entry(
      String name, String about, Shape input, int classes, Function<ModelSpec, Layer> create) {
    /// The network as published.
    public ModelSpec published() {
      return ModelSpec.of(name, classes, input);
    }
  }

  private static final Shape IMAGENET = Shape.of(224, 224, 3);
  private static final Shape CIFAR = Shape.of(32, 32, 3);

  private static final Map<String, Entry> BY_NAME =
      Collections.synchronizedMap(new LinkedHashMap<>());

  static {
    register(
        new Entry(
            "smallcnn",
            "four convolutions, for a first look",
            CIFAR,
            10,
            spec -> {
              spec.refuseDropPath();
              return new SmallCnn(spec.withoutLayerScale());
            }));
    for (int depth : List.of(20, 32, 44, 56)) {
      register(
          new Entry(
              "resnet" + depth,
              "CIFAR ResNet, parameter-free shortcuts",
              CIFAR,
              10,
              spec -> new CifarResNet(spec.withoutLayerScale(), (depth - 2) / 6)));
    }
    resNet(18, List.of(2, 2, 2, 2), false);
    resNet(34, List.of(3, 4, 6, 3), false);
    resNet(50, List.of(3, 4, 6, 3), true);
    resNet(101, List.of(3, 4, 23, 3), true);
    vgg(11, List.of(1, 1, 2, 2, 2));
    vgg(13, List.of(2, 2, 2, 2, 2));
    vgg(16, List.of(2, 2, 3, 3, 3));
    vgg(19, List.of(2, 2, 4, 4, 4));
    register(
        new Entry(
            "convnext_tiny",
            "ConvNeXt",
            IMAGENET,
            1000,
            spec -> new ConvNeXt(spec, List.of(3, 3, 9, 3), List.of(96, 192, 384, 768), 4)));
    register(
        new Entry(
            "convnext_cifar",
            "ConvNeXt of three small stages, stem for 32x32",
            CIFAR,
            10,
            spec -> new ConvNeXt(spec, List.of(2, 2, 2), List.of(48, 96, 192), 2)));
    signals("conv1d_ppg", "heart rate, causal", Shape.of(1, 256, 1), 1, HeartRateNet::new);
    signals("conv1d_eeg", "seizures", Shape.of(1, 1024, 18), 2, EegNet::new);
    signals("conv1d_acc", "seizures", Shape.of(1, 960, 4), 2, AccelerometerNet::new);
    signals(
        "conv1d_beats",
        "a decision every 8 samples, causal",
        Shape.of(1, 1440, 1),
        2,
        BeatNet::new);
  }

  private static final List<String> ZOO = names(); // before anyone adds to it

  private Models() {}

  private static void signals(
      String name, String about, Shape input, int classes, Function<ModelSpec, Layer> create) {
    register(
        new Entry(
            name,
            "Signals: " + about,
            input,
            classes,
            spec -> {
              spec.refuseDropPath();
              return create.apply(spec.withoutLayerScale());
            }));
  }

  private static void resNet(int depth, List<Integer> blocks, boolean bottleneck) {
    String name = "resnet" + depth;
    register(
        new Entry(
            name,
            "ImageNet ResNet",
            IMAGENET,
            1000,
            spec -> new ResNet(spec.withoutLayerScale(), blocks, bottleneck, false)));
    register(
        new Entry(
            name + "_cifar",
            "ImageNet ResNet, stem for 32x32",
            CIFAR,
            10,
            spec -> new ResNet(spec.withoutLayerScale(), blocks, bottleneck, true)));
  }

  private static void vgg(int depth, List<Integer> convolutions) {
    for (boolean batchNorm : List.of(false, true)) {
      String name = "vgg" + depth + (batchNorm ? "_bn" : "");
      register(
          new Entry(
              name, "VGG", IMAGENET, 1000, spec -> vgg(spec, convolutions, batchNorm, false)));
      register(
          new Entry(
              name + "_cifar",
              "VGG, one linear layer for 32x32",
              CIFAR,
              10,
              spec -> vgg(spec, convolutions, batchNorm, true)));
    }
  }

  private static Layer vgg(
      ModelSpec spec, List<Integer> convolutions, boolean batchNorm, boolean smallHead) {
    spec.refuseDropPath();
    return new Vgg(spec.withoutLayerScale(), convolutions, batchNorm, smallHead);
  }

  /// Adds a network of your own, so that configs and checkpoints can name it.
  public static void register(Entry entry) {
    if (BY_NAME.putIfAbsent(entry.name(), entry) != null) {
      throw new IllegalArgumentException("there is a model " + entry.name() + " already");
    }
  }

  /// The network that `spec` names; throws a [ConfigException] with the nearest name otherwise.
  public static Layer create(ModelSpec spec) {
    return entry(spec.name()).create().apply(spec);
  }

  public static Entry entry(String name) {
    return Optional.ofNullable(BY_NAME.get(name)).orElseThrow(() -> unknown(name));
  }

  public static List<Entry> all() {
    synchronized (BY_NAME) {
      return List.copyOf(BY_NAME.values());
    }
  }

  /// The names that are there from the start.
  public static List<String> zoo() {
    return ZOO;
  }

  public static List<String> names() {
    return all().stream().map(Entry::name).toList();
  }

  private static ConfigException unknown(String name) {
    var names = names();
    String nearest =
        names.stream()
            .filter(known -> distance(name, known) <= Math.max(2, name.length() / 3))
            .min(Comparator.comparingInt(known -> distance(name, known)))
            .map(known -> "did you mean \"" + known + "\"? ")
            .orElse("");
    return new ConfigException(
        "unknown model \"%s\": %sthe zoo has %s"
            .formatted(name, nearest, String.join(", ", names)));
  }

  /// Letters to insert, delete or replace.
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replace = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replace, Math.min(row[j - 1], row[j]) + 1);
      }
    }
    return row[b.length()];
  }
}
