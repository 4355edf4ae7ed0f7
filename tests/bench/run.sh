#!/usr/bin/env bash
# Prints the figures: ratios against bare or against a peer, medians of interleaved runs.
# Usage: tests/bench/run.sh BUILD_DIR
set -euo pipefail
build=$(cd "$1" && pwd)
cd "$(dirname "$0")"
for bench in "$build"/tests/bench/bench_*; do
	[ -x "$bench" ] && [ -f "$bench" ] || continue
	echo "== $(basename "$bench")"
	"$bench"
done
echo "== exports of ten million events"
python3 export_memory.py "$build/threadline" "$build/tests/bench/bench_export_throughput"
echo "== attached to a contended program"
python3 attach_cost.py "$build/threadline" "$build/tests/bench/lock_load"
echo "== what --locks=all is told to cost a running program"
python3 every_lock_cost.py "$build/threadline" "$build/tests/bench/pair_load"
echo "== a load that only switches"
python3 sched_pipe.py "$build/threadline"
echo "== own CPU on the screen"
python3 screen_cpu.py "$build/threadline" "$build/tests/bench/lock_load"
echo "== a busy program live on the screen"
python3 live_storm.py "$build/threadline" "$build/tests/bench/lock_load"
echo "== events lost"
python3 loss.py "$build/threadline"
echo "== report against perf sched timehist --summary"
python3 report_speed.py "$build/threadline"
