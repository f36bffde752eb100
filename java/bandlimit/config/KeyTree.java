package bandlimit.config;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/// All keys below a type by dotted path, for hints: where else is there a `lr`?
final class KeyTree {
  private static final int SAME_NAME_HINTS = 5;
  private static final int SHORT = 4;

  private final Set<String> paths = new LinkedHashSet<>();

  KeyTree(Class<?> root) {
    collect(root, "");
  }

  private void collect(Class<?> type, String prefix) {
    if (type.isSealed()) {
      Union union = Union.of(type);
      paths.add(prefix + union.tag().key());
      union.kinds().values().forEach(kind -> collect(kind, prefix));
      return;
    }
    for (KeySpec key : KeySpec.of(type)) {
      paths.add(prefix + key.name());
      var inner = key.isOptional() ? KeySpec.element(key.type()) : key.type();
      if (KeySpec.isGroup(inner)) {
        collect(KeySpec.raw(inner), prefix + key.name() + ".");
      }
    }
  }

  Set<String> paths() {
    return Collections.unmodifiableSet(paths);
  }

  /// Which valid key was probably meant by `word` among the keys `siblings`: a clause for the
  /// message. timm's word comes first, then the same word in another group, then a misspelling.
  String hint(String word, List<String> siblings) {
    if (paths.contains(word) && word.contains(".")) {
      String group = word.substring(0, word.indexOf('.'));
      return "a file nests its keys, `%s:` and %s below it; only --set and the set of a variant know"
              .formatted(group, word.substring(group.length() + 1))
          + " dots";
    }
    String timm = TIMM.get(word);
    if (timm != null) {
      return "did you mean " + timm + "?";
    }
    List<String> elsewhere =
        paths.stream().filter(path -> path.endsWith("." + word) || path.equals(word)).toList();
    if (!elsewhere.isEmpty() && elsewhere.size() <= SAME_NAME_HINTS) {
      return "did you mean " + String.join(" or ", elsewhere) + "?";
    }
    Optional<String> sibling =
        Nearest.to(word, siblings)
            .or(() -> siblings.stream().filter(name -> name.startsWith(word + "_")).findFirst());
    if (sibling.isPresent()) {
      return "did you mean " + sibling.get() + "?";
    }
    // In another group only a slip of one letter in a word of some length is no accident.
    return paths.stream()
        .filter(path -> word.length() > SHORT && Nearest.distance(word, leaf(path)) <= 1)
        .findFirst()
        .map(path -> "did you mean " + path + "?")
        .orElse("allowed here: " + String.join(", ", siblings));
  }

  private static String leaf(String path) {
    return path.substring(path.lastIndexOf('.') + 1);
  }

  /// What timm calls it, and we, where that differs in more than the group.
  static final SortedMap<String, String> TIMM =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("aa_layer", "model.antialias.kind"),
              Map.entry("amp", "train.precision"),
              Map.entry("amp_dtype", "train.precision"),
              Map.entry("checkpoint_hist", "checkpoint.keep"),
              Map.entry("data_dir", "data.root"),
              Map.entry("dataset", "data.name"),
              Map.entry("decay_milestones", "schedule.milestones"),
              Map.entry("drop", "model.dropout"),
              Map.entry("eval_metric", "checkpoint.monitor"),
              Map.entry("hflip", "augment.flip"),
              Map.entry("img_size", "data.image_size"),
              Map.entry("initial_checkpoint", "init_from"),
              Map.entry("model_ema", "ema.enabled"),
              Map.entry("model_ema_decay", "ema.decay"),
              Map.entry("model_ema_warmup", "ema.warmup"),
              Map.entry("opt", "optimizer.name"),
              Map.entry("opt_betas", "optimizer.betas"),
              Map.entry("opt_eps", "optimizer.eps"),
              Map.entry("output", "output_dir"),
              Map.entry("scale", "augment.random_resized_crop.scale"),
              Map.entry("ratio", "augment.random_resized_crop.ratio"),
              Map.entry("sched", "schedule.name"),
              Map.entry("validation_batch_size", "data.eval_batch_size")));
}
