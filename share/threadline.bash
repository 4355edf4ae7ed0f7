# SPDX-License-Identifier: MIT
# bash completion for threadline
_threadline() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]}
	COMPREPLY=()
	if [ "$COMP_CWORD" = 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W "run attach record replay report list doctor --help --version" -- "$cur")
		return
	fi
	case $prev in
	-o | --output) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
	-p | --pid) mapfile -t COMPREPLY < <(compgen -W "$(ps -eo pid=)" -- "$cur"); return ;;
	--name) mapfile -t COMPREPLY < <(compgen -W "$(ps -eo comm= | sort -u)" -- "$cur"); return ;;
	esac
	if [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(threadline "$command" --help 2>/dev/null |
			grep -oE -- '--[a-z-]+' | sort -u)" -- "$cur")
		return
	fi
	case $command in
	run | record) mapfile -t COMPREPLY < <(compgen -W "$(threadline list --json 2>/dev/null |
		python3 -c 'import json, sys
for s in json.load(sys.stdin):
    for v in s["variants"]: print(s["name"] + "/" + v["name"])' 2>/dev/null)" -- "$cur") ;;
	attach) mapfile -t COMPREPLY < <(compgen -W "$(ps -eo pid=)" -- "$cur") ;;
	replay | report) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
	esac
}
complete -F _threadline threadline
