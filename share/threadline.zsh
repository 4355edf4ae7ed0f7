#compdef threadline
# SPDX-License-Identifier: MIT
# zsh completion for threadline
local command=$words[2]
if (( CURRENT == 2 )); then
	compadd -- $(threadline --help | sed -n 's/^  \([a-z]*\) .*/\1/p') --help --version
	return
fi
case $words[CURRENT-1] in
-o | --output) _files; return ;;
-p | --pid) compadd -- $(ps -eo pid=); return ;;
--name) compadd -- $(ps -eo comm= | sort -u); return ;;
--lang) compadd -- en zh; return ;;
--to) compadd -- $(threadline export --help | sed -n 's/^  \([a-z-]*\) .*/\1/p'); return ;;
esac
if [[ $words[CURRENT] == -* ]]; then
	compadd -- $(threadline $command --help | grep -oE -- '--[a-z-]+' | sort -u)
	return
fi
case $command in
run | record) compadd -- $(threadline list | sed -n 's|^  \([a-z-]*/[a-z-]*\) .*|\1|p') ;;
attach | snapshot) compadd -- $(ps -eo pid=) ;;
*) _files ;;
esac
