package bandlimit.backend.reference;

import bandlimit.backend.Executable;
import bandlimit.graph.op.AdamWStep;
import bandlimit.graph.op.Add;
import bandlimit.graph.op.ArgmaxOneHot;
import bandlimit.graph.op.Cast;
import bandlimit.graph.op.ChannelGradSums;
import bandlimit.graph.op.ClipFactor;
import bandlimit.graph.op.Concat;
import bandlimit.graph.op.Constant;
import bandlimit.graph.op.Conv2d;
import bandlimit.graph.op.Conv2dInputGrad;
import bandlimit.graph.op.Conv2dWeightGrad;
import bandlimit.graph.op.Dropout;
import bandlimit.graph.op.Expand;
import bandlimit.graph.op.Fold;
import bandlimit.graph.op.FusedOp;
import bandlimit.graph.op.IdealResample;
import bandlimit.graph.op.Input;
import bandlimit.graph.op.Lerp;
import bandlimit.graph.op.LogSoftmax;
import bandlimit.graph.op.MatMul;
import bandlimit.graph.op.MaxPool;
import bandlimit.graph.op.MaxPoolGrad;
import bandlimit.graph.op.Moments;
import bandlimit.graph.op.Mul;
import bandlimit.graph.op.Normalize;
import bandlimit.graph.op.NormalizeGrad;
import bandlimit.graph.op.OneHot;
import bandlimit.graph.op.Pad;
import bandlimit.graph.op.Part;
import bandlimit.graph.op.Permute;
import bandlimit.graph.op.Pointwise;
import bandlimit.graph.op.PointwiseGrad;
import bandlimit.graph.op.Polynomial;
import bandlimit.graph.op.PolynomialCoefficientGrad;
import bandlimit.graph.op.PolynomialGrad;
import bandlimit.graph.op.PrepareImages;
import bandlimit.graph.op.Reduce;
import bandlimit.graph.op.Resample;
import bandlimit.graph.op.Reshape;
import bandlimit.graph.op.Scale;
import bandlimit.graph.op.Select;
import bandlimit.graph.op.SgdMomentum;
import bandlimit.graph.op.SgdStep;
import bandlimit.graph.op.Slice;
import bandlimit.graph.op.Softmax;
import bandlimit.graph.op.SoftmaxCrossEntropy;
import bandlimit.graph.op.SoftmaxCrossEntropyGrad;
import bandlimit.graph.op.SquaredNorm;
import bandlimit.graph.op.State;
import bandlimit.plan.Plan;
import bandlimit.plan.Program;
import bandlimit.plan.Slot;
import bandlimit.plan.Step;
import bandlimit.tensor.DType;
import bandlimit.tensor.HostTensor;
import java.util.List;

/// A program over three arrays of doubles, one for each memory; a slot at byte 8 i is element i.
final class ReferenceExecutable implements Executable {
  private final Program program;
  private final double[] arena;
  private final double[] state;
  private final double[] input;

  ReferenceExecutable(Program program) {
    this.program = program;
    this.arena = new double[doubles(program.arenaBytes())];
    this.state = new double[doubles(program.stateBytes())];
    this.input = new double[doubles(program.inputBytes())];
    program
        .constants()
        .forEach(
            (slot, constant) -> {
              var view = view(slot);
              for (int i = 0; i < view.size(); i++) {
                view.set(i, constant.at(i));
              }
            });
  }

  private static int doubles(long bytes) {
    return Math.toIntExact(bytes / Double.BYTES);
  }

  private View view(Slot slot) {
    var memory =
        switch (slot.space()) {
          case ARENA -> arena;
          case STATE -> state;
          case INPUT -> input;
        };
    return new View(memory, doubles(slot.offset()), slot.type().shape());
  }

  @Override
  public Program program() {
    return program;
  }

  @Override
  public void write(Slot slot, HostTensor value) {
    var view = view(slot);
    check(slot, value);
    for (int i = 0; i < view.size(); i++) {
      view.set(i, value.get(i));
    }
  }

  @Override
  public void read(Slot slot, HostTensor into) {
    var view = view(slot);
    check(slot, into);
    for (int i = 0; i < view.size(); i++) {
      into.set(i, view.get(i));
    }
  }

  @Override
  public HostTensor read(Slot slot) {
    var copy = HostTensor.allocate(slot.type().withDType(DType.F64));
    read(slot, copy);
    return copy;
  }

  private static void check(Slot slot, HostTensor host) {
    if (!slot.type().shape().equals(host.shape())) {
      throw new IllegalArgumentException("slot is " + slot.type() + ", host tensor " + host.type());
    }
  }

  @Override
  public void run(Plan plan) {
    plan.steps().forEach(this::run);
  }

  @Override
  public void run(Plan plan, Observer observer) {
    for (Step step : plan.steps()) {
      long start = System.nanoTime();
      run(step);
      observer.ran(step, System.nanoTime() - start);
    }
  }

  /// The routing table of this machine.
  private void run(Step step) {
    List<View> in = step.in().stream().map(this::view).toList();
    View y = view(step.output());
    switch (step.op()) {
      case Input _, State _, Constant _, Reshape _, Part _ -> throw noStep(step);
      case FusedOp _ -> throw noStep(step);
      case Conv2d op -> ConvReference.forward(op.geometry(), in.get(0), in.get(1), y);
      case Conv2dInputGrad op -> ConvReference.inputGrad(op.geometry(), in.get(0), in.get(1), y);
      case Conv2dWeightGrad op -> ConvReference.weightGrad(op.geometry(), in.get(0), in.get(1), y);
      case Pad op -> LayoutReference.pad(op, in.get(0), y);
      case Fold op -> LayoutReference.fold(op, in.get(0), y);
      case Permute op -> LayoutReference.permute(op, in.get(0), y);
      case Slice op -> LayoutReference.slice(op, in.get(0), y);
      case Concat op -> LayoutReference.concat(op, in, y);
      case Resample op -> ResampleReference.run(op, in.get(0), y);
      case IdealResample op -> IdealReference.run(op, in.get(0), in.get(1), in.get(2), y);
      case Pointwise op -> PointwiseReference.run(op.fn(), in.get(0), y);
      case PointwiseGrad op -> PointwiseReference.grad(op.fn(), in.get(0), in.get(1), y);
      case Polynomial op -> PolynomialReference.run(op, in.get(0), in.get(1), y);
      case PolynomialGrad op -> PolynomialReference.grad(op, in.get(0), in.get(1), in.get(2), y);
      case PolynomialCoefficientGrad op ->
          PolynomialReference.coefficientGrad(op, in.get(0), in.get(1), y);
      case Add _ -> ReduceReference.zip(in.get(0), in.get(1), y, Double::sum);
      case Mul _ -> ReduceReference.zip(in.get(0), in.get(1), y, (a, b) -> a * b);
      case Scale op -> ReduceReference.expand(op.factor(), in.get(0), y);
      case Cast _ -> ReduceReference.expand(1, in.get(0), y); // a double holds every type's values
      case Reduce op -> ReduceReference.reduce(op.factor(), in.get(0), y);
      case Expand op -> ReduceReference.expand(op.factor(), in.get(0), y);
      case SquaredNorm _ -> ReduceReference.squaredNorm(in, y);
      case MaxPool op -> MaxPoolReference.run(op, in.get(0), y);
      case MaxPoolGrad op -> MaxPoolReference.grad(op.pool(), in.get(0), in.get(1), y);
      case Moments op -> NormalizeReference.moments(op.over(), in.get(0), y);
      case Normalize op -> NormalizeReference.run(op, in, y);
      case ChannelGradSums op -> NormalizeReference.sums(op, in, y);
      case NormalizeGrad op -> NormalizeReference.grad(op, in, y);
      case MatMul op -> MatMulReference.run(op, in.get(0), in.get(1), y);
      case Softmax _ -> LossReference.softmax(in.get(0), y);
      case LogSoftmax _ -> LossReference.logSoftmax(in.get(0), y);
      case SoftmaxCrossEntropy _ -> LossReference.crossEntropy(in.get(0), in.get(1), y);
      case SoftmaxCrossEntropyGrad _ ->
          LossReference.crossEntropyGrad(in.get(0), in.get(1), in.get(2), y);
      case OneHot op -> LossReference.oneHot(op, in.get(0), y);
      case ArgmaxOneHot _ -> LossReference.argmax(in.get(0), y);
      case PrepareImages op -> ImagesReference.prepare(op, in.get(0), in.get(1), y);
      case Select _ -> UpdateReference.select(in.get(0), in.get(1), in.get(2), y);
      case Dropout op -> UpdateReference.dropout(op, in.get(0), in.get(1), y);
      case Lerp _ -> UpdateReference.lerp(in.get(0), in.get(1), in.get(2), y);
      case ClipFactor op -> UpdateReference.clipFactor(op, in.get(0), y);
      case SgdMomentum op -> UpdateReference.momentum(op, in.get(0), in.get(1), in.get(2), y);
      case SgdStep op -> UpdateReference.sgd(op, in, y);
      case AdamWStep op -> UpdateReference.adamW(op, in, y);
    }
  }

  private static IllegalStateException noStep(Step step) {
    return new IllegalStateException(step.name() + ": " + step.op() + " is no step here");
  }

  @Override
  public void close() {
    // arrays belong to the garbage collector
  }
}
