#!/usr/bin/env bash
# Builds as if bpftool were not installed, and uses what comes out.
set -euo pipefail
source_dir=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fail() { echo "WRONG: $*"; exit 1; }

cmake -S "$source_dir" -B "$dir/b" -DCMAKE_BUILD_TYPE=Debug -DBUILD_TESTING=OFF -DTL_BPFTOOL=OFF \
	>"$dir/log" 2>&1 || { cat "$dir/log"; fail "it cannot be configured"; }
grep -q "bpf source is left out; missing: bpftool" "$dir/log" || fail "nothing is said of it"
cmake --build "$dir/b" -j "$(nproc)" >"$dir/log" 2>&1 ||
	{ tail -n 40 "$dir/log"; fail "it does not build"; }

threadline=$dir/b/threadline
"$threadline" doctor --json | python3 -c '
import json, sys
bpf = [s for s in json.load(sys.stdin)["sources"] if s["name"] == "bpf"][0]
assert not bpf["usable"] and bpf["why"] and bpf["fix"], bpf' || fail "doctor does not tell"
"$threadline" record -q -o "$dir/a.tl" race/mutex >/dev/null || fail "record"
"$threadline" report --json "$dir/a.tl" | python3 -c '
import json, sys
doc = json.load(sys.stdin)
assert "bpf" not in doc["session"]["sources"] and "shim" in doc["session"]["sources"]
assert [l for l in doc["locks"] if l["acquisitions"]], doc["locks"]' || fail "the report"
status=0
"$threadline" record -q --source=bpf -o "$dir/b.tl" race/mutex >/dev/null 2>"$dir/err" || status=$?
[ "$status" = 125 ] || [ "$status" = 1 ] || fail "--source=bpf gives $status"
[ -s "$dir/err" ] || fail "--source=bpf says nothing"
cat "$dir/err"
