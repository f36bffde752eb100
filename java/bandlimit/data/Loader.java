package bandlimit.data;

import bandlimit.error.ConfigException;
import bandlimit.error.DataException;
import bandlimit.tensor.DType;
import bandlimit.tensor.TensorType;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Batches of a data set, made ahead by background threads in a small ring of reused buffers.
///
///     try (var loader = Loader.train(dataset, AugmentSpec.cifar(), 128, seed, 2)) {
///       for (loader.startEpoch(epoch, 0); loader.next(); ) {
///         Batch batch = loader.batch();
///
/// Batch k of epoch e is a function of (data set, transform, batch size, seed, e, k): neither the
/// number of workers nor what was read before changes a byte, so an epoch may start in its middle.
/// Training shuffles and drops the last partial batch; evaluation keeps the order and pads the last
/// batch with rows of weight 0. For one consumer thread.
public final class Loader implements AutoCloseable {
  private static final long ORDER = 1; // keeps the streams of order and augmentation apart
  private static final long AUGMENT = 2;
  private static final long MIX = 3;

  private final Dataset dataset;
  private final Rows rows;
  private final int batchSize;
  private final long seed;
  private final boolean shuffle;
  private final Optional<OnFloats> onFloats;
  private final int batches;
  private final Arena arena = Arena.ofShared();
  private final List<Thread> threads = new ArrayList<>();

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  // All below is guarded by the lock, except that `generation` is also read without it.
  private final List<Slot> ring = new ArrayList<>();
  private volatile int generation; // counts startEpoch calls; a worker drops work of an older one
  private int epoch;
  private int[] order = new int[0];
  private int nextToFill;
  private int nextToGive;
  private int firstHeld; // batches before this one have been given back
  private int active; // workers that are filling a slot
  private boolean closed;
  private Optional<Batch> current = Optional.empty();

  private static final class Slot {
    final Batch batch;
    boolean ready;
    Optional<Throwable> failure = Optional.empty();

    Slot(Batch batch) {
      this.batch = batch;
    }
  }

  private Loader(
      Dataset dataset,
      Transform transform,
      int batchSize,
      long seed,
      int workers,
      boolean shuffle,
      boolean cuts, // windows, itself
      Optional<OnFloats> onFloats) {
    if (batchSize < 1 || workers < 0) {
      throw new ConfigException(
          "batch_size must be 1 or more and workers 0 or more, got %d and %d"
              .formatted(batchSize, workers));
    }
    this.dataset = dataset;
    this.rows = new Rows(dataset, transform, cuts, onFloats);
    this.batchSize = batchSize;
    this.seed = seed;
    this.shuffle = shuffle;
    this.onFloats = onFloats;
    this.batches =
        shuffle
            ? dataset.size() / batchSize
            : Math.toIntExact(((long) dataset.size() + batchSize - 1) / batchSize);
    if (batches == 0) {
      throw new DataException(
          "%s has %d training samples, less than one batch of %d; lower batch_size"
              .formatted(dataset.name(), dataset.size(), batchSize));
    }
    // One with the consumer, one being filled by each worker, one in hand.
    int slots = workers == 0 ? 1 : workers + 2;
    var sample = dataset.sampleType();
    int numbers = dataset.targets().map(Normalization::channels).orElse(0);
    var type = onFloats.isPresent() ? new TensorType(DType.F32, sample.shape()) : sample;
    for (int i = 0; i < slots; i++) {
      ring.add(new Slot(new Batch(batchSize, dataset.columns(), numbers, type, arena)));
    }
    for (int i = 0; i < workers; i++) {
      threads.add(
          Thread.ofPlatform()
              .daemon()
              .name("loader-" + dataset.name() + "-" + i)
              .start(this::work));
    }
  }

  /// Shuffled and augmented, whole batches only.
  public static Loader train(
      Dataset dataset, AugmentSpec augment, int batchSize, long seed, int workers) {
    var transform = Transforms.of(augment, dataset);
    return train(dataset, transform, OnFloats.of(augment, dataset), batchSize, seed, workers);
  }

  /// Shuffled, through a transform of your own and then `onFloats`, if there is any; whole batches
  /// only.
  public static Loader train(
      Dataset dataset,
      Transform transform,
      Optional<OnFloats> onFloats,
      int batchSize,
      long seed,
      int workers) {
    return new Loader(dataset, transform, batchSize, seed, workers, true, true, onFloats);
  }

  /// Shuffled, through a transform of your own, whole batches only.
  public static Loader train(
      Dataset dataset, Transform transform, int batchSize, long seed, int workers) {
    return new Loader(dataset, transform, batchSize, seed, workers, true, true, Optional.empty());
  }

  /// The same samples, but the windows that `transform` ends with are only drawn: whoever takes a
  /// batch cuts its images by [Batch#windows].
  public static Loader trainUncut(
      Dataset dataset, Transform transform, int batchSize, long seed, int workers) {
    return new Loader(dataset, transform, batchSize, seed, workers, true, false, Optional.empty());
  }

  /// In order, every sample once, the last batch padded.
  public static Loader evaluation(Dataset dataset, int batchSize, int workers) {
    return evaluation(dataset, dataset.evaluationTransform(), batchSize, workers);
  }

  /// In order through a transform of your own, every sample once, the last batch padded.
  public static Loader evaluation(
      Dataset dataset, Transform transform, int batchSize, int workers) {
    return new Loader(dataset, transform, batchSize, 0, workers, false, true, Optional.empty());
  }

  public int batchesPerEpoch() {
    return batches;
  }

  /// Goes to batch `firstBatch` of epoch `epoch`, from wherever it is.
  public void startEpoch(int epoch, int firstBatch) {
    if (epoch < 0 || firstBatch < 0 || firstBatch > batches) {
      throw new IllegalArgumentException(
          "epoch %d, batch %d of %d".formatted(epoch, firstBatch, batches));
    }
    lock.lock();
    try {
      checkOpen();
      generation = generation + 1;
      while (active > 0) {
        changed.awaitUninterruptibly();
      }
      if (shuffle) {
        order = Draws.permutation(dataset.size(), ORDER, seed, epoch);
      }
      this.epoch = epoch;
      nextToFill = firstBatch;
      nextToGive = firstBatch;
      firstHeld = firstBatch;
      current = Optional.empty();
      for (Slot slot : ring) {
        slot.ready = false;
        slot.failure = Optional.empty();
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Moves to the next batch, waiting for it if need be; false at the end of the epoch. What went
  /// wrong in a worker is thrown here, after the batches before it.
  public boolean next() {
    lock.lock();
    try {
      checkOpen();
      if (generation == 0) {
        throw new IllegalStateException("startEpoch comes before next");
      }
      current = Optional.empty();
      firstHeld = nextToGive;
      changed.signalAll();
      if (nextToGive == batches) {
        return false;
      }
      Slot slot = slot(nextToGive);
      if (threads.isEmpty()) {
        fill(slot.batch, nextToGive, generation);
      } else {
        while (!slot.ready) {
          changed.awaitUninterruptibly();
        }
        rethrow(slot.failure);
      }
      slot.ready = false;
      nextToGive++;
      current = Optional.of(slot.batch);
      return true;
    } finally {
      lock.unlock();
    }
  }

  /// The batch that `next()` moved to.
  public Batch batch() {
    return current.orElseThrow(() -> new IllegalStateException("no batch: call next() first"));
  }

  /// Ends the threads and frees the buffers.
  @Override
  public void close() {
    lock.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      generation = generation + 1;
      current = Optional.empty();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    boolean interrupted = false;
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true; // the thread still uses the buffers: wait on, and pass it on below
        }
      }
    }
    arena.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void work() {
    lock.lock();
    try {
      while (true) {
        while (!closed && !mayFill()) {
          changed.awaitUninterruptibly();
        }
        if (closed) {
          return;
        }
        int number = nextToFill++;
        int mine = generation;
        Slot slot = slot(number);
        active++;
        Optional<Throwable> failure = Optional.empty();
        lock.unlock();
        try {
          fill(slot.batch, number, mine);
        } catch (Throwable e) { // handed to the consumer, whatever it is
          failure = Optional.of(e);
        } finally {
          lock.lock();
        }
        active--;
        if (mine == generation) {
          slot.failure = failure;
          slot.ready = true;
        }
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  private boolean mayFill() {
    return generation > 0 && nextToFill < batches && nextToFill < firstHeld + ring.size();
  }

  private Slot slot(int number) {
    return ring.get(number % ring.size());
  }

  private void fill(Batch batch, int number, int mine) {
    int first = number * batchSize;
    int count = Math.min(batchSize, dataset.size() - first);
    batch.begin(epoch, number, count);
    for (int row = 0; row < count && mine == generation; row++) {
      int index = shuffle ? order[first + row] : first + row;
      rows.fill(batch, row, index, Draws.at(AUGMENT, seed, epoch, index));
    }
    for (int row = count; row < batchSize; row++) {
      rows.pad(batch, row);
    }
    if (onFloats.isPresent() && mine == generation) {
      onFloats.get().mix(batch, Draws.at(MIX, seed, epoch, number));
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the loader is closed");
    }
  }

  private static void rethrow(Optional<Throwable> failure) {
    if (failure.isPresent()) {
      switch (failure.get()) {
        case RuntimeException e -> throw e;
        case Error e -> throw e;
        case Throwable e -> throw new DataException("a loader thread failed: " + e, e);
      }
    }
  }
}
