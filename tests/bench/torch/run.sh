#!/usr/bin/env bash
# run.sh BUILD CASE LAYOUT [THREADS] [SECONDS]
# One operation or one training step in libtorch on the CPU; prints one line of JSON (README.md).
# BUILD: official (PyTorch's own, MKL) or presets (JavaCPP's, OpenBLAS). LAYOUT: nchw or nhwc.
# The first use downloads about 500 MB from Maven Central.
set -euo pipefail
here=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
root=$(cd -P -- "$here/../../.." && pwd)
build=${1:-}
shift || true
case $build in
  official) name=libtorch-2.7.1-official ;;
  presets) name=libtorch-2.10.0-presets ;;
  *) sed -n '2,5s/^# //p' "$0" >&2; exit 2 ;;
esac
jdk=$("$root/bandlimit" --which-jdk)
target=$root/target/bench-torch/$build
if [[ ! -f $target/classpath.txt || $here/pom.xml -nt $target/classpath.txt ]]; then
  mvn -q -B -ntp -f "$here/pom.xml" "-P$build" process-classes >&2
  touch "$target/classpath.txt"
fi
path=$(<"$target/classpath.txt")
sources=("$here"/*.java "$root/tests/bandlimit/bench/SameStart.java" "$root/java/bandlimit/bench/Timing.java")
if [[ ! -f $target/compiled || -n $(find "${sources[@]}" -newer "$target/compiled" -print -quit) ]]; then
  rm -rf "$target/classes"
  mkdir -p "$target/classes"
  "$jdk/bin/javac" -nowarn -proc:none -d "$target/classes" -cp "$path" "${sources[@]}"
  touch "$target/compiled"
fi
options=(--enable-native-access=ALL-UNNAMED -Xmx2g -Dorg.bytedeco.javacpp.maxBytes=0
  -Dorg.bytedeco.javacpp.maxPhysicalBytes=0 "-Dorg.bytedeco.javacpp.cachedir=$target/cache")
if [[ $build == official ]]; then
  # PyTorch's own library before the one in the presets' jar, whose binding fits the same version.
  library=$(dirname -- "$(find "$target/native" -name libtorch_cpu.so -print -quit)")
  options+=(-Dorg.bytedeco.javacpp.pathsFirst=true "-Djava.library.path=$library")
fi
# Without these, glibc gives every large tensor back to the kernel at each use, and the page faults
# cost more than the arithmetic; and two libraries' threads spin against each other. They are what
# someone who tunes libtorch sets, so they are what we compare with; BENCH_ALLOCATOR=default is without.
[[ ${BENCH_ALLOCATOR:-tuned} == default ]] || export THP_MEM_ALLOC_ENABLE=1 MALLOC_ARENA_MAX=1 \
  MALLOC_MMAP_THRESHOLD_=8589934592 MALLOC_TRIM_THRESHOLD_=34359738368 MALLOC_TOP_PAD_=268435456
export OPENBLAS_NUM_THREADS=1
exec "$jdk/bin/java" "${options[@]}" -cp "$target/classes:$path" TorchBench "$name" "$@"
