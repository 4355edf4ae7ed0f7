#!/usr/bin/env bash
# Installs, moves the prefix elsewhere, and runs from there; a program builds with the header.
# Usage: install.sh BUILD_DIR
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cmake --install "$1" --prefix "$tmp/p" >/dev/null
mv "$tmp/p" "$tmp/moved"
cd "$tmp"
for file in bin/threadline lib/threadline/scenarios lib/threadline/libthreadline-shim.so \
	include/threadline.h share/man/man1/threadline.1 \
	share/bash-completion/completions/threadline; do
	[ -e "moved/$file" ] || { echo "not installed: $file"; exit 1; }
done
moved/bin/threadline record -q -o s.tl race/mutex --speed 100 >/dev/null
moved/bin/threadline report --json s.tl | python3 -c '
import json, sys
s = json.load(sys.stdin)["session"]
assert "shim" in s["sources"] and s["locks"] == "all", s'
printf '#include <threadline.h>\nint main(void) { static int q; tl_queue_new(&q, "q", 3); return tl_observed(); }\n' >t.c
for cc in gcc "gcc -static"; do
	$cc t.c -Imoved/include -o t
	./t || { echo "$cc: observed, though nobody looks"; exit 1; }
done
man -l moved/share/man/man1/threadline.1 2>/dev/null | head -1 >/dev/null
bash -n moved/share/bash-completion/completions/threadline
echo "installed, moved, run"
