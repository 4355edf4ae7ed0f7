#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh SECONDS [NAME...]: builds the fuzzers and runs each (or those named) for its share of
# SECONDS, from the committed corpus. What breaks one is left in the build folder and named.
set -eu
seconds=${1:?usage: run.sh SECONDS [NAME...]}
shift
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
build=${TL_FUZZ_BUILD:-$top/build-fuzz}

cd "$here"
[ $# -gt 0 ] || set -- $(ls fuzz_*.c | sed 's/^fuzz_//; s/\.c$//')
cmake -S "$top" -B "$build" -DCMAKE_C_COMPILER=clang -DTL_FUZZ=ON >/dev/null
targets=
for name; do targets="$targets fuzz_$name"; done
cmake --build "$build" --target $targets -j "$(nproc)" >/dev/null

share=$((seconds / $#))
[ "$share" -gt 0 ] || share=1
status=0
for name; do
	found=$build/found/$name
	mkdir -p "$found"
	if "$build/tests/fuzz/fuzz_$name" -max_total_time="$share" -timeout=20 -rss_limit_mb=1024 \
		-artifact_prefix="$build/$name-" -print_final_stats=1 -verbosity=0 \
		"$found" "$here/corpus/$name" >"$build/$name.log" 2>&1; then
		runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$build/$name.log")
		peak=$(sed -n 's/^stat::peak_rss_mb: *//p' "$build/$name.log")
		echo "fuzz $name: $runs inputs in $share s, nothing found, at most $peak MB"
	else
		status=1
		echo "fuzz $name: FAILED, see $build/$name.log:"
		tail -n 25 "$build/$name.log"
	fi
done
exit $status
