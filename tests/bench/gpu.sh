#!/usr/bin/env bash
# Everything that a CUDA machine is asked, in one command, for machines without a checkout or Java:
#
#   mvn -Pdist package                        here: the archive with a Java of its own
#   gpu.sh ARCHIVE_FOLDER OUT [PEERS] [GOLDEN]    there
#
# ARCHIVE_FOLDER is the unpacked archive; results go to OUT, which docs/benchmarks takes as they are.
# PEERS is a folder with ops.py and train_step.py that time PyTorch in the same sitting (optional;
# needs python3 with torch), GOLDEN one with recorded cases (optional). About 10 minutes with both.
# A part that fails is said and the rest still runs; the exit code is that of the self-test.
set -uo pipefail

here=${1:?usage: gpu.sh ARCHIVE_FOLDER OUT [PEERS] [GOLDEN]}
out=${2:?usage: gpu.sh ARCHIVE_FOLDER OUT [PEERS] [GOLDEN]}
peers=${3:-}
golden=${4:-}
bandlimit=$here/bin/bandlimit
day=$(date +%Y-%m-%d)
card=$(nvidia-smi --query-gpu=name --format=csv,noheader 2>/dev/null | head -1 | tr -cs 'A-Za-z0-9' '-' | sed 's/-$//')
name=${card:-no-gpu}-$day
mkdir -p "$out"

part() { # part TITLE COMMAND...
  printf '\n== %s (%d s)\n' "$1" "$SECONDS"
  shift
  "$@"
  local code=$?
  [[ $code == 0 ]] || printf 'FAILED with %d: %s\n' "$code" "$*"
  return "$code"
}

nvidia-smi 2>&1 | tee "$out/nvidia-smi-$name.txt"
part doctor "$bandlimit" doctor --device cuda 2>&1 | tee "$out/doctor-$name.txt"

part selftest "$bandlimit" selftest --device cuda --large 8 ${golden:+--golden "$golden"} 2>&1 |
  tee "$out/selftest-$name.txt"
selftest=${PIPESTATUS[0]}

# Peers before and after ours would be fairer; one sitting on one card is what the time allows.
if [[ -n $peers ]]; then
  part 'PyTorch operations' python3 "$peers/ops.py" --quick --out "$out/torch-ops-$name.jsonl"
fi
for conv in native cudnn; do
  part "kernels, $conv" "$bandlimit" bench kernels --device cuda --conv "$conv" \
    --csv "$out/kernels-$conv-$name.csv" 2>&1 | tee "$out/kernels-$conv-$name.txt"
done
if [[ -n $peers ]]; then
  part 'PyTorch steps' python3 "$peers/train_step.py" --quick --out "$out/torch-step-$name.jsonl"
fi
for conv in auto native; do
  for config in plain bin4; do
    part "ResNet-50 $config, cuda.conv: $conv" "$bandlimit" bench step \
      "$here/train-configs/imagenet-resnet50-$config.yaml" --input 224x224x3 --classes 1000 \
      --set cuda.conv="$conv" --csv "$out/resnet50-$config-$conv-$name.csv" 2>&1 |
      tee "$out/resnet50-$config-$conv-$name.txt"
  done
done
for precision in fp32 tf32 bf16-mixed; do
  part "alias-free ConvNeXt-Tiny, $precision" "$bandlimit" bench step \
    "$here/train-configs/imagenet-convnext_tiny-afc.yaml" --input 224x224x3 --classes 1000 --device cuda \
    --set data.batch_size=64 --set train.grad_accum_steps=1 --set train.precision="$precision" \
    --csv "$out/convnext_tiny-afc-$precision-$name.csv" 2>&1 |
    tee "$out/convnext_tiny-afc-$precision-$name.txt"
done
part 'networks of signals as streams' "$bandlimit" bench stream --device cuda --streams 1,16,256 \
  --overlaps 2,4,8,16 --seconds 0.4 --csv "$out/stream-$name.csv" 2>&1 | tee "$out/stream-$name.txt"
part 'two epochs of shapes' "$bandlimit" train "$here/train-configs/quickstart.yaml" --device cuda \
  --output-dir "$out/runs" --run gpu --set train.epochs=2 --no-progress
printf '\n== done (%d s)\n' "$SECONDS"
exit "$selftest"
