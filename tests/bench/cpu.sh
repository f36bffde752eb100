#!/usr/bin/env bash
# cpu.sh [--rounds N] [--seconds S] [--only REGEX] [--peers LIST] [--csv FILE] [--page FILE]
# Times operations and training steps in libtorch and in Bandlimit, in turn and in one sitting;
# appends every measurement to the CSV and writes the tables of the page (docs/benchmarks/cpu.md).
#
#   tests/bench/cpu.sh                                       everything: about 25 minutes a round, two rounds
#   tests/bench/cpu.sh --rounds 1 --seconds 1 --only poly2 --csv /tmp/a.csv --page /tmp/a.md
#
# LIST names libtorch's builds and layouts: official:nhwc, official:nchw, presets:nhwc, presets:nchw.
# A measurement during which others used more than DISTURBED processors (0.15) is repeated, twice at
# most; of the tries the least disturbed counts. BANDLIMIT is the command that starts ours.
set -euo pipefail
root=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
rounds=2
seconds=3
only=.
peers='official:nhwc official:nchw presets:nhwc presets:nchw'
csv=$root/docs/benchmarks/cpu.csv
page=$root/docs/benchmarks/cpu.md
while (($#)); do
  case $1 in
    --rounds) rounds=$2 ;;
    --seconds) seconds=$2 ;;
    --only) only=$2 ;;
    --peers) peers=$2 ;;
    --csv) csv=$2 ;;
    --page) page=$2 ;;
    *) sed -n '2,12s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
  shift 2
done
most=${DISTURBED:-0.15}
read -r -a bandlimit <<<"${BANDLIMIT:-$root/bandlimit}"
jdk=$("$root/bandlimit" --which-jdk)
cpu=$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -1 | tr , ';')
# The sources, not the whole tree: this script's own CSV is a change too.
commit=$(git -C "$root" rev-parse --short=10 HEAD)$(git -C "$root" diff --quiet HEAD -- java native || echo +)
session=$(date -u +%FT%TZ)

# CASE THREADS, in the order of the table.
cases() {
  local name
  for name in lowpass_k5_s2_32x64x56x56 lowpass_k3_s1_32x64x56x56 poly2 dw7x7_circular_96 \
    conv3x3_s1_64_64 conv3x3_s2_64_128 afcact; do
    printf '%s.fwd 2\n%s.fwdbwd 2\n' "$name" "$name"
  done
  for name in cifar_resnet18_{plain,aa3}_b32 resnet18_224_{plain,aa3}_b8 smallcnn_plain_b{1,32} \
    {gelu,afc}_stage1_b4; do
    printf 'train.%s 2\n' "$name"
  done
  printf 'train.cifar_resnet18_aa3_b32 1\n'
}

ours() { # ours CASE THREADS SECONDS
  local -x BANDLIMIT_THREADS=$2
  local options=(--device cpu --json --seconds "$3") model taps=0 input=32x32x3 classes=10
  if [[ $1 != train.* ]]; then
    "${bandlimit[@]}" bench kernels --peers --warm --only "$1" "${options[@]}"
    return
  fi
  [[ $1 =~ ^train\.(.*)_b([0-9]+)$ ]]
  model=${BASH_REMATCH[1]}
  options+=(--set data.batch_size="${BASH_REMATCH[2]}")
  if [[ $model =~ ^(.*)_(plain|aa([0-9]))$ ]]; then
    model=${BASH_REMATCH[1]} taps=${BASH_REMATCH[3]:-0}
  fi
  case $model in
    cifar_resnet18) model=resnet18_cifar ;;
    resnet18_224) model=resnet18 input=224x224x3 classes=1000 ;;
    *_stage1) input=56x56x96 classes=1000 ;;
  esac
  ((taps == 0)) || options+=(--set model.antialias.kind=lowpass --set model.antialias.taps="$taps")
  "${bandlimit[@]}" bench step "$root/tests/bench/step.yaml" --set model.name="$model" \
    --input "$input" --classes "$classes" "${options[@]}"
}

# What libtorch's users spell in more than one way, and how.
spellings() { # spellings CASE
  case $1 in
    poly2.*) echo addcmul horner ;;
    afcact.* | train.afc_*) echo spectrum mask ;;
    *) echo - ;;
  esac
}

theirs() { # theirs BUILD LAYOUT CASE THREADS SECONDS
  "$root/tests/bench/torch/run.sh" "$1" "$3" "$2" "$4" "$5"
}

field() { # field NAME JSON: its value without quotes, nothing where it is missing
  sed -nE "s/.*\"$1\":(\"([^\"]*)\"|([^,}]*)).*/\2\3/p" <<<"$2" | tr , ';'
}

measure() { # measure ROUND CASE THREADS PROGRAM LAYOUT COMMAND...
  local head=$1,$2,$3 program=$4 layout=$5 json name line try other
  shift 5
  for try in 1 2 3; do
    if ! json=$("$@" | grep '^{'); then
      printf 'FAILED: %s\n' "$*" >&2
      return 0
    fi
    line=$session,$(date -u +%FT%TZ),$cpu,$commit,$head,$program,$layout
    for name in median_ms p10_ms p90_ms min_ms runs other_cpus peak_mib parameters macs of_copy \
      of_matmul device; do
      line+=,$(field "$name" "$json")
    done
    printf '%s\n' "$line" >>"$csv"
    other=$(field other_cpus "$json")
    printf '%-33s %-25s %-4s %9s ms, others %s\n' "${head#*,}" "$program" "$layout" \
      "$(field median_ms "$json")" "$other" >&2
    if awk -v o="${other:-0}" -v most="$most" 'BEGIN {exit !(o <= most)}'; then return 0; fi
  done
}

mkdir -p "$(dirname -- "$csv")"
[[ -s $csv ]] || printf '%s\n' 'session,time,cpu,commit,round,case,threads,program,layout,median_ms,p10_ms,p90_ms,min_ms,runs,other_cpus,peak_mib,parameters,macs,of_copy,of_matmul,device' >"$csv"
"${bandlimit[@]}" models >/dev/null # builds what has changed before anything is timed
while [[ -n $(find "$root/target/launch" -name '*.aot.making' -mmin -3 2>/dev/null) ]]; do
  sleep 1 # the launcher's start-up cache is made behind its back
done
for ((round = 1; round <= rounds; round++)); do
  while read -r name threads; do
    [[ $name =~ $only ]] || continue
    measure "$round" "$name" "$threads" bandlimit nhwc ours "$name" "$threads" "$seconds" </dev/null
    for peer in $peers; do
      build=${peer%:*} layout=${peer#*:}
      for spelling in $(spellings "$name"); do
        [[ $spelling != - ]] || spelling=
        case $name in
          train.*) spelled=${name/_b/${spelling:+_$spelling}_b} ;;
          *) spelled=${name/./${spelling:+_$spelling}.} ;;
        esac
        measure "$round" "$name" "$threads" "libtorch-$build${spelling:+-$spelling}" "$layout" \
          theirs "$build" "$layout" "$spelled" "$threads" "$seconds" </dev/null
      done
    done
    # The tuned allocator keeps what is freed: for the memory also as libtorch comes.
    case $name in
      train.resnet18_224_aa3*) default=nhwc spelled=$name ;;
      train.afc_*) default=nchw spelled=${name/_b/_spectrum_b} ;;
      *) continue ;;
    esac
    BENCH_ALLOCATOR=default measure "$round" "$name" "$threads" libtorch-official-default "$default" \
      theirs official "$default" "$spelled" "$threads" 1 </dev/null
  done < <(cases)
done
"$jdk/bin/java" "$root/tests/bench/CpuTable.java" "$csv" "$page" "$most"
