# SPDX-License-Identifier: MIT
# fish completion for threadline
function __threadline_command
	set -l words (commandline -opc)
	test (count $words) -gt 1; and echo $words[2]
end
function __threadline_options
	threadline (__threadline_command) --help 2>/dev/null | string match -ar -- '--[a-z-]+' | sort -u
end
function __threadline_commands
	threadline --help | string match -r '^  [a-z]+ .*' | string trim | string replace -r ' +' \t
end
function __threadline_scenarios
	threadline list | string match -r '^  [a-z-]+/[a-z-]+ .*' | string trim | string replace -r ' +' \t
end
complete -c threadline -f -n 'not __threadline_command' -a '(__threadline_commands)'
complete -c threadline -n __threadline_command -a '(__threadline_options)'
complete -c threadline -f -n 'contains -- (__threadline_command) run record' -a '(__threadline_scenarios)'
complete -c threadline -f -n 'contains -- (__threadline_command) attach snapshot' -a '(__fish_complete_pids)'
complete -c threadline -F -n 'contains -- (__threadline_command) replay report compare export'
complete -c threadline -s o -l output -r -F
complete -c threadline -l lang -x -a 'en zh'
