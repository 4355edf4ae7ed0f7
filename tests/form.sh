#!/usr/bin/env bash
# The layout of the code, and that no include points up (docs/inside.md has the table).
set -euo pipefail
cd "$(dirname "$0")/.."
bad=0
complain() { echo "$*"; bad=1; }

mapfile -t files < <(git ls-files '*.c' '*.h' | grep -v vmlinux)
clang-format --dry-run -Werror "${files[@]}" || complain "clang-format -i would change these"

# room -> what it may include (a regular expression over the path's first part)
may() {
	case $1 in
	bpf) echo 'event\.h|vmlinux' ;;
	src/core) echo 'core/' ;;
	src/trace) echo 'core/|event\.h|trace/' ;;
	src/model) echo 'core/|event\.h|trace/|model/' ;;
	src/findings) echo 'core/|event\.h|trace/lane|model/|findings/' ;;
	src/story | src/story/lessons) echo 'core/|event\.h|trace/lane|model/|findings/|story/' ;;
	src/source) echo 'core/|event\.h|trace/|source/|shim/ring\.h' ;;
	src/shim) echo 'event\.h|shim/|threadline\.h' ;;
	src/tui) echo 'core/|event\.h|trace/(lane|trace|bookmarks)|model/|findings/|story/|tui/' ;;
	src/export) echo 'core/|event\.h|trace/|model/|findings/|story/|tui/(grid|picture|theme)\.h|export/' ;;
	src/cmd) echo '.' ;;
	scenarios) echo 'scenario\.h|threadline\.h' ;;
	*) echo '.' ;;
	esac
}
for file in "${files[@]}"; do
	room=$(dirname "$file")
	[ "$file" = scenarios/main.c ] && room=src/cmd # no scenario: the program that plays them
	while read -r include; do
		case $include in
		*/* | event.h | vmlinux* | scenario.h | threadline.h) ;;
		*) continue ;; # beside it
		esac
		grep -qE "^($(may "$room"))" <<<"$include" || complain "$file: may not include $include"
	done < <(sed -n 's/^ *# *include "\([^"]*\)".*/\1/p' "$file")
done

# curses in one file
git grep -lE '#include <(n?cursesw?|term)\.h>' -- src | grep -vx src/tui/term.c &&
	complain "only src/tui/term.c may include curses"
for file in $(git ls-files 'src/*.c' 'bpf/*.c' 'scenarios/*.c'); do
	lines=$(wc -l <"$file")
	[ "$lines" -le 600 ] || complain "$file: $lines lines; 600 are the most"
done
[ "$bad" = 0 ] && echo "in form"
