#!/bin/sh
# SPDX-License-Identifier: MIT
# afl.sh SECONDS [NAME...]: the same harnesses under another fuzzer, AFL++, which finds its inputs
# another way. Without names: what reads a recording. What breaks one is left in the build folder.
set -eu
seconds=${1:?usage: afl.sh SECONDS [NAME...]}
shift
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
build=${TL_AFL_BUILD:-$top/build-afl}

[ $# -gt 0 ] || set -- recording
# machines differ; what they are set to is not ours to change
export AFL_QUIET=1 AFL_NO_UI=1 AFL_NO_AFFINITY=1 AFL_SKIP_CPUFREQ=1 AFL_NO_COLOR=1
export AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1
cmake -S "$top" -B "$build" -DCMAKE_C_COMPILER=afl-clang-fast -DTL_FUZZ=ON >/dev/null
targets=
for name; do targets="$targets fuzz_$name"; done
cmake --build "$build" --target $targets -j "$(nproc)" >/dev/null

share=$((seconds / $#))
[ "$share" -gt 0 ] || share=1
status=0
for name; do
	found=$build/found/$name
	rm -rf "$found"
	mkdir -p "$build/found"
	if ! afl-fuzz -i "$here/corpus/$name" -o "$found" -V "$share" -m none -t 20000 -- \
		"$build/tests/fuzz/fuzz_$name" >"$build/$name.log" 2>&1; then
		status=1
		echo "fuzz $name under AFL++: FAILED to run, see $build/$name.log:"
		tail -n 25 "$build/$name.log"
		continue
	fi
	runs=$(sed -n 's/^execs_done *: *//p' "$found/default/fuzzer_stats")
	bad=$(find "$found/default/crashes" "$found/default/hangs" -name 'id*' | wc -l)
	if [ "$bad" = 0 ] && [ "${runs:-0}" -gt 0 ]; then
		echo "fuzz $name under AFL++: $runs inputs in $share s, nothing found"
	else
		status=1
		echo "fuzz $name under AFL++: FAILED, $bad found of $runs, in $found/default"
	fi
done
exit $status
