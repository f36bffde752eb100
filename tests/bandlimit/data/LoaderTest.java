package bandlimit.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bandlimit.error.ConfigException;
import bandlimit.error.DataException;
import bandlimit.tensor.TensorType;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LoaderTest {
  private static final int BATCH = 16;
  private static final AugmentSpec AUGMENT =
      new AugmentSpec(4, AugmentSpec.CropMode.REFLECT, 0.5, java.util.Optional.empty());

  private final Dataset shapes =
      Datasets.open(DataSpec.of("shapes").withImageSize(16).withSizes(150, 50), Split.TRAIN);

  /// A data set over another, with something done before each image.
  private record Watched(Dataset inner, IntConsumer before) implements Dataset {
    @Override
    public String name() {
      return inner.name();
    }

    @Override
    public Split split() {
      return inner.split();
    }

    @Override
    public int size() {
      return inner.size();
    }

    @Override
    public TensorType sampleType() {
      return inner.sampleType();
    }

    @Override
    public List<String> classNames() {
      return inner.classNames();
    }

    @Override
    public Normalization normalization() {
      return inner.normalization();
    }

    @Override
    public int label(int index) {
      return inner.label(index);
    }

    @Override
    public Image image(int index) {
      before.accept(index);
      return inner.image(index);
    }
  }

  /// All bytes of a batch: images, labels, weights, indices.
  private static ByteBuffer bytes(Batch batch) {
    var parts =
        List.of(
            batch.images().data(),
            batch.labels().data(),
            batch.weights().data(),
            batch.indices().data());
    int size = 0;
    for (var part : parts) {
      size += (int) part.byteSize();
    }
    var all = ByteBuffer.allocate(size);
    for (var part : parts) {
      all.put(part.asByteBuffer());
    }
    return all.flip();
  }

  private static List<ByteBuffer> epoch(Loader loader, int epoch, int first) {
    var all = new ArrayList<ByteBuffer>();
    loader.startEpoch(epoch, first);
    while (loader.next()) {
      all.add(bytes(loader.batch()));
    }
    return all;
  }

  @Test
  void workersDoNotChangeAByte() {
    List<ByteBuffer> expected;
    try (var loader = Loader.train(shapes, AUGMENT, BATCH, 7, 0)) {
      expected = epoch(loader, 3, 0);
    }
    assertThat(expected).hasSize(9);
    for (int workers : new int[] {1, 3}) {
      // Uneven delays shuffle the workers' order of finishing.
      var slow = new Watched(shapes, i -> Thread.yield());
      try (var loader = Loader.train(slow, AUGMENT, BATCH, 7, workers)) {
        assertThat(epoch(loader, 3, 0)).isEqualTo(expected);
      }
    }
  }

  @Test
  void anEpochMayStartInItsMiddleWhateverCameBefore() {
    try (var loader = Loader.train(shapes, AUGMENT, BATCH, 7, 2)) {
      List<ByteBuffer> whole = epoch(loader, 2, 0);
      epoch(loader, 0, 0);
      loader.startEpoch(1, 0);
      loader.next(); // and leave that epoch unfinished
      assertThat(epoch(loader, 2, 5)).isEqualTo(whole.subList(5, whole.size()));
      assertThat(epoch(loader, 2, whole.size())).isEmpty();
    }
  }

  @Test
  void epochsAndSeedsDiffer() { // the negative control of the two tests above
    try (var loader = Loader.train(shapes, AUGMENT, BATCH, 7, 1);
        var other = Loader.train(shapes, AUGMENT, BATCH, 8, 1);
        var plain = Loader.train(shapes, AugmentSpec.none(), BATCH, 7, 1)) {
      List<ByteBuffer> first = epoch(loader, 0, 0);
      assertThat(epoch(loader, 1, 0)).doesNotContainAnyElementsOf(first);
      assertThat(epoch(other, 0, 0)).doesNotContainAnyElementsOf(first);
      assertThat(epoch(plain, 0, 0)).doesNotContainAnyElementsOf(first);
    }
  }

  @Test
  void imagesCutByTheirWindowsAreTheCutImages() {
    for (var mode : AugmentSpec.CropMode.values()) {
      var transform =
          Transforms.of(new AugmentSpec(4, mode, 0.5, java.util.Optional.empty()), shapes);
      var moved = new HashSet<Windows.Window>();
      try (var cut = Loader.train(shapes, transform, BATCH, 7, 1);
          var uncut = Loader.trainUncut(shapes, transform, BATCH, 7, 1)) {
        cut.startEpoch(2, 3);
        uncut.startEpoch(2, 3);
        while (cut.next() && uncut.next()) {
          assertThat(uncut.batch().indices().toDoubles())
              .isEqualTo(cut.batch().indices().toDoubles());
          for (int row = 0; row < BATCH; row++) {
            var window = window(uncut.batch(), row);
            moved.add(window);
            var stored = shapes.image((int) uncut.batch().indices().get(row));
            assertThat(row(uncut.batch(), row)).isEqualTo(stored.bytes());
            var image = Transforms.crop(stored, window.top(), window.left(), 16, 16, mode);
            assertThat(row(cut.batch(), row))
                .isEqualTo(window.flip() ? Transforms.flip(image).bytes() : image.bytes());
          }
          assertThat(cut.batch().windows().toDoubles()).containsOnly(0);
        }
      }
      assertThat(moved).hasSizeGreaterThan(50);
    }
  }

  private static Windows.Window window(Batch batch, int row) {
    var windows = batch.windows();
    return new Windows.Window(
        (int) windows.get(3L * row),
        (int) windows.get(3L * row + 1),
        windows.get(3L * row + 2) != 0);
  }

  private static byte[] row(Batch batch, int row) {
    long bytes = batch.images().type().bytes() / BATCH;
    return batch
        .images()
        .data()
        .asSlice(row * bytes, bytes)
        .toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
  }

  /// What is not a window at the end is done by the loader whoever asks.
  @Test
  void aTransformThatEndsOtherwiseLeavesNoWindows() {
    var transform = Transforms.of(AUGMENT, shapes).then((image, random) -> Transforms.flip(image));
    assertThat(transform.windows()).isEqualTo(Windows.WHOLE);
    try (var cut = Loader.train(shapes, transform, BATCH, 7, 0);
        var uncut = Loader.trainUncut(shapes, transform, BATCH, 7, 0)) {
      assertThat(epoch(uncut, 1, 0)).isEqualTo(epoch(cut, 1, 0));
    }
  }

  @Test
  void trainingVisitsEachSampleAtMostOnceAndDropsTheRest() {
    var seen = new ArrayList<Integer>();
    try (var loader = Loader.train(shapes, AUGMENT, BATCH, 7, 2)) {
      assertThat(loader.batchesPerEpoch()).isEqualTo(9); // 150 = 9 * 16 + 6
      loader.startEpoch(0, 0);
      while (loader.next()) {
        Batch batch = loader.batch();
        assertThat(batch.number()).isEqualTo(seen.size() / BATCH);
        assertThat(batch.count()).isEqualTo(BATCH);
        for (int row = 0; row < BATCH; row++) {
          int index = (int) batch.indices().get(row);
          seen.add(index);
          assertThat(batch.labels().get(row)).isEqualTo(shapes.label(index));
          assertThat(batch.weights().get(row)).isEqualTo(1);
        }
      }
    }
    assertThat(seen).hasSize(144).isNotEqualTo(seen.stream().sorted().toList());
    assertThat(new HashSet<>(seen)).hasSize(144);
  }

  @Test
  void evaluationKeepsOrderAndPadsWithWeightZero() {
    try (var loader = Loader.evaluation(shapes, 64, 2)) {
      for (int epoch = 0; epoch < 2; epoch++) { // the ring is dirty the second time
        loader.startEpoch(epoch, 0);
        int next = 0;
        while (loader.next()) {
          Batch batch = loader.batch();
          for (int row = 0; row < 64; row++) {
            boolean real = row < batch.count();
            assertThat(batch.weights().get(row)).isEqualTo(real ? 1 : 0);
            assertThat(batch.indices().get(row)).isEqualTo(real ? next : -1);
            long bytes = shapes.sampleType().bytes();
            var image = batch.images().data().asSlice(row * bytes, bytes);
            byte[] expected = real ? shapes.image(next).bytes() : new byte[(int) bytes];
            assertThat(image.toArray(java.lang.foreign.ValueLayout.JAVA_BYTE)).isEqualTo(expected);
            next += real ? 1 : 0;
          }
        }
        assertThat(next).isEqualTo(150);
      }
    }
  }

  @Test
  void aWorkersExceptionReachesTheConsumerAfterTheBatchesBefore() {
    var broken =
        new Watched(
            shapes,
            i -> {
              if (i == 40) {
                throw new DataException("sample 40 is broken");
              }
            });
    for (int workers : new int[] {0, 3}) {
      try (var loader = Loader.evaluation(broken, BATCH, workers)) {
        loader.startEpoch(0, 0);
        assertThat(loader.next()).isTrue();
        assertThat(loader.next()).isTrue();
        assertThatThrownBy(loader::next)
            .isInstanceOf(DataException.class)
            .hasMessage("sample 40 is broken");
        loader.startEpoch(1, 3); // past the broken one, all is well again
        assertThat(loader.next()).isTrue();
      }
    }
  }

  @Test
  void closeLeavesNoThreads() {
    var loader = Loader.train(shapes, AUGMENT, BATCH, 7, 3);
    loader.startEpoch(0, 0);
    assertThat(loader.next()).isTrue();
    Batch batch = loader.batch();
    assertThat(loaderThreads()).isEqualTo(3);
    loader.close();
    loader.close();
    assertThat(loaderThreads()).isZero();
    assertThatThrownBy(() -> batch.images().get(0)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(loader::next).isInstanceOf(IllegalStateException.class);
  }

  private static long loaderThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(t -> t.getName().startsWith("loader-shapes"))
        .count();
  }

  @Test
  void memoryIsBounded() { // no worker runs ahead of the ring
    var highest = new java.util.concurrent.atomic.AtomicInteger();
    var watched = new Watched(shapes, i -> highest.accumulateAndGet(i, Math::max));
    try (var loader = Loader.evaluation(watched, 10, 2)) {
      loader.startEpoch(0, 0);
      loader.next();
      loader.next();
      long deadline = System.nanoTime() + 200_000_000L;
      while (System.nanoTime() < deadline) {
        Thread.onSpinWait();
      }
      // Batch 1 is held; 2 workers + 2 slots end at batch 4.
      assertThat(highest.get()).isLessThan(50);
    }
  }

  @Test
  void badArgumentsAreNamed() {
    assertThatThrownBy(() -> Loader.train(shapes, AUGMENT, 0, 0, 1))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("batch_size");
    assertThatThrownBy(() -> Loader.train(shapes, AUGMENT, 151, 0, 1))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("150")
        .hasMessageContaining("151");
    Transform wrong = Transforms.centerCrop(8, 8);
    try (var loader = Loader.train(shapes, wrong, BATCH, 0, 1)) {
      loader.startEpoch(0, 0);
      assertThatThrownBy(loader::next)
          .isInstanceOf(DataException.class)
          .hasMessageContaining("u8(8, 8, 3)")
          .hasMessageContaining("u8(16, 16, 3)");
    }
  }
}
