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
	share/bash-completion/completions/threadline share/zsh/site-functions/_threadline \
	share/fish/vendor_completions.d/threadline.fish; do
	[ -e "moved/$file" ] || { echo "not installed: $file"; exit 1; }
done
if [ -e "$1/share/locale/zh_CN/LC_MESSAGES/threadline.mo" ]; then
	moved/bin/threadline list --lang=zh | grep 线程 >/dev/null || { echo "moved, it has no Chinese"; exit 1; }
	moved/lib/threadline/scenarios deadlock/ordered --speed 100 --lang zh | grep 转账 >/dev/null ||
		{ echo "moved, the scenarios have no Chinese"; exit 1; }
fi
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
PATH=$tmp/moved/bin:$PATH bash -euc '
. moved/share/bash-completion/completions/threadline
complete_for() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _threadline; echo "${COMPREPLY[@]}"; }
for command in $(threadline --help | sed -n "s/^  \([a-z]*\) .*/\1/p"); do
	[[ " $(complete_for threadline "") " == *" $command "* ]] || { echo "bash: no $command"; exit 1; }
	grep -q "threadline $command" moved/share/man/man1/threadline.1 || { echo "man: no $command"; exit 1; }
done
[ "$(complete_for threadline run race/un)" = race/unlocked ] || { echo "bash: no scenarios"; exit 1; }
[ "$(complete_for threadline export --to ndj)" = ndjson ] || { echo "bash: no formats"; exit 1; }
[ "$(complete_for threadline report --lang z)" = zh ] || { echo "bash: no languages"; exit 1; }
[ "$(complete_for threadline report --js)" = --json ] || { echo "bash: no options"; exit 1; }'
echo "installed, moved, run"
