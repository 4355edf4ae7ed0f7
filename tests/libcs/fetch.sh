# SPDX-License-Identifier: MIT
# Sourced by run.sh: other releases' C libraries, fetched from where this machine gets its packages,
# unpacked and never installed.

# skip REASON: this machine cannot run the test, and why
skip() {
	echo "libcs: skipped: $*"
	exit 77
}

# The archive that holds every release of Debian, as this machine knows it.
archive() {
	apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
		grep '/debian/$' | head -n 1
}

# packages_fetch DIR RELEASE PACKAGE...: unpacks them below DIR, unless that was done before.
packages_fetch() {
	local dir=$1 release=$2 work status=0 from
	shift 2
	[ -e "$dir/complete" ] && return
	from=$(archive)
	[ -n "$from" ] || return 1
	mkdir -p "$dir" && work=$(mktemp -d) || return
	mkdir -p "$work"/{lists/partial,cache/archives/partial,got}
	echo "deb [trusted=yes] $from $release main" >"$work/sources"
	local options=(-q -o "Dir::Etc::sourcelist=$work/sources" -o Dir::Etc::sourceparts=/dev/null
		-o "Dir::State::lists=$work/lists" -o Dir::State::status=/dev/null -o "Dir::Cache=$work/cache"
		-o APT::Sandbox::User=root -o Acquire::Languages=none)
	(cd "$work/got" && apt-get "${options[@]}" update &&
		apt-get "${options[@]}" download "$@") >"$work/log" 2>&1 || status=1
	for package in "$work"/got/*.deb; do
		[ $status = 0 ] && { dpkg-deb -x "$package" "$dir" || status=1; }
	done
	[ $status = 0 ] && touch "$dir/complete" || tail -n 3 "$work/log" >&2
	rm -rf "$work"
	return $status
}

# links_mend DIR: absolute links stay below DIR.
links_mend() {
	local link to
	find "$1" -type l | while read -r link; do
		to=$(readlink "$link")
		[ "${to#/}" = "$to" ] || [ "${to#"$1"}" != "$to" ] || ln -sfn "$1$to" "$link"
	done
}
