# SPDX-License-Identifier: MIT
# bash completion for threadline
_threadline_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "${COMP_WORDS[COMP_CWORD]}"); }
_threadline_files() { mapfile -t COMPREPLY < <(compgen -f -- "${COMP_WORDS[COMP_CWORD]}"); }
_threadline() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]}
	COMPREPLY=()
	if [ "$COMP_CWORD" = 1 ]; then
		_threadline_words "$(threadline --help | sed -n 's/^  \([a-z]*\) .*/\1/p') --help --version"
		return
	fi
	case $prev in
	-o | --output) _threadline_files; return ;;
	-p | --pid) _threadline_words "$(ps -eo pid=)"; return ;;
	--name) _threadline_words "$(ps -eo comm= | sort -u)"; return ;;
	--lang) _threadline_words "en zh"; return ;;
	--to) _threadline_words "$(threadline export --help | sed -n 's/^  \([a-z-]*\) .*/\1/p')"; return ;;
	esac
	if [[ $cur == -* ]]; then
		_threadline_words "$(threadline "$command" --help | grep -oE -- '--[a-z-]+' | sort -u)"
		return
	fi
	case $command in
	run | record) _threadline_words "$(threadline list | sed -n 's|^  \([a-z-]*/[a-z-]*\) .*|\1|p')" ;;
	attach | snapshot) _threadline_words "$(ps -eo pid=)" ;;
	replay | report | compare | export) _threadline_files ;;
	esac
} 2>/dev/null
complete -F _threadline threadline
