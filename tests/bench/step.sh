#!/usr/bin/env bash
# step.sh [ROUNDS] [SECONDS] [CSV]
# Times one training step of ResNet-20 in Bandlimit and in libtorch, in turn and in one sitting,
# appends every measurement to CSV and prints the medians over the rounds and their ratio.
# A measurement during which others used more than DISTURBED processors (0.15) is repeated, three
# times at most. PEERS chooses libtorch's builds and layouts; TAPS the networks, 0 being plain.
set -euo pipefail
root=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
rounds=${1:-3}
seconds=${2:-8}
csv=${3:-$root/docs/benchmarks/resnet20-cpu.csv}
peers=${PEERS:-official:nchw official:nhwc presets:nhwc}
batch=${BATCH:-128}
threads=${THREADS:-$(nproc)}
jdk=$("$root/bandlimit" --which-jdk)
path=${BANDLIMIT_CLASSPATH:-}
if [[ -z $path ]]; then
  (cd "$root" && mvn -q -B -ntp test-compile dependency:build-classpath \
    -Dmdep.outputFile=target/bench-classpath.txt -Dmdep.includeScope=test >&2)
  path=$root/target/classes:$root/target/test-classes:$(<"$root/target/bench-classpath.txt")
fi
cpu=$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -1)
# The sources, not the whole tree: this script's own CSV is a change too.
commit=$(git -C "$root" rev-parse --short=10 HEAD)$(git -C "$root" diff --quiet HEAD -- java || echo +)

ours() { # ours TAPS
  "$jdk/bin/java" --enable-native-access=ALL-UNNAMED -cp "$path" bandlimit.bench.ResNet20Step \
    "$1" "$batch" "$threads" "$seconds"
}

field() { # field NAME JSON
  sed -E "s/.*\"$1\":\"?([^,\"}]*).*/\1/" <<<"$2"
}

measure() { # measure ROUND COMMAND...
  local round=$1 json try
  shift
  for try in 1 2 3; do
    json=$("$@" | grep '^{')
    {
      printf '%s,%s,%s,%s' "$(date -u +%FT%TZ)" "$cpu" "$commit" "$round"
      for name in program taps layout threads batch images_per_s median_ms p10_ms p90_ms steps \
        load_1min other_cpus; do
        printf ',%s' "$(field "$name" "$json")"
      done
      printf '\n'
    } | tee -a "$csv" "$session" >&2
    awk -v o="$(field other_cpus "$json")" -v most="${DISTURBED:-0.15}" \
      'BEGIN {exit !(o <= most)}' && return
  done
}

session=$(mktemp)
trap 'rm -f "$session"' EXIT
mkdir -p "$(dirname -- "$csv")"
[[ -s $csv ]] || echo 'time,cpu,commit,round,program,taps,layout,threads,batch,images_per_s,median_ms,p10_ms,p90_ms,steps,load_1min,other_cpus' >"$csv"
for ((round = 1; round <= rounds; round++)); do
  for taps in ${TAPS:-0 3}; do
    measure "$round" ours "$taps"
    for peer in $peers; do
      measure "$round" "$root/tests/bench/torch/run.sh" "${peer%:*}" "$taps" "${peer#*:}" \
        "$batch" "$threads" "$seconds"
    done
  done
done

# Of each round the least disturbed try, of the rounds the median. Waiting OpenMP threads spin, so a
# busy machine slows libtorch more than us: a disturbed ratio is no result, and is marked as none.
sort -t, -k4,4 -k5,5 -k6,6 -k7,7 -k16,16g "$session" | awk -F, -v most="${DISTURBED:-0.15}" '
  !(($4, $5, $6, $7) in seen) {
    seen[$4, $5, $6, $7] = 1
    key = $6 " " $5 " " $7
    if ($16 > most) disturbed[$6] = 1
    n[key]++
    rate[key, n[key]] = $10
  }
  END {
    for (key in n) {
      for (i = 1; i <= n[key]; i++) v[i] = rate[key, i] + 0
      for (i = 2; i <= n[key]; i++)
        for (j = i; j > 1 && v[j - 1] > v[j]; j--) { t = v[j]; v[j] = v[j - 1]; v[j - 1] = t }
      m = n[key] % 2 ? v[(n[key] + 1) / 2] : (v[n[key] / 2] + v[n[key] / 2 + 1]) / 2
      split(key, part, " ")
      if (part[2] == "bandlimit") us[part[1]] = m
      else if (m > best[part[1]]) { best[part[1]] = m; name[part[1]] = part[2] " " part[3] }
      printf "%s taps: %-24s %-5s %7.1f images/s\n", part[1], part[2], part[3], m | "sort"
    }
    close("sort")
    for (taps in us)
      if (best[taps] > 0)
        printf "%s taps: bandlimit / %s = %.2f%s\n", taps, name[taps], us[taps] / best[taps],
          taps in disturbed ? " (DISTURBED: no result)" : ""
  }'
