# SPDX-License-Identifier: MIT
# Sourced by run.sh: Debian's own cloud kernel, fetched once and never installed.

# skip REASON: this machine cannot run the test, and why
skip() {
	echo "kernel: skipped: $*"
	exit 77
}

# The versioned package that linux-image-cloud-amd64 stands for.
kernel_package() {
	apt-cache depends linux-image-cloud-amd64 2>/dev/null |
		sed -n 's/^ *Depends: \(linux-image-[0-9].*\)$/\1/p' | head -n 1
}

# kernel_fetch CACHE: prints the path of a vmlinuz, fetched into CACHE where it is not there yet.
kernel_fetch() {
	local cache=$1 package work

	package=$(kernel_package)
	if [ -z "$package" ]; then
		ls "$cache"/vmlinuz-* 2>/dev/null | sort -V | tail -n 1
		return
	fi
	if [ ! -s "$cache/vmlinuz-$package" ]; then
		mkdir -p "$cache" && work=$(mktemp -d "$cache/fetch.XXXXXX") || return
		(cd "$work" && apt-get -q download "$package" >fetch.log 2>&1 &&
			dpkg-deb -x "$package"_*.deb x && mv x/boot/vmlinuz-* vmlinuz &&
			mv vmlinuz "$cache/vmlinuz-$package") || tail -n 3 "$work/fetch.log" >&2
		rm -rf "$work"
	fi
	[ -s "$cache/vmlinuz-$package" ] && echo "$cache/vmlinuz-$package"
}

# image_add ROOT FILE...: copies each file to the same path below ROOT, with the libraries it needs.
image_add() {
	local root=$1 file library
	shift

	for file; do
		mkdir -p "$root$(dirname "$file")"
		cp -L "$file" "$root$file"
		for library in $(ldd "$file" 2>/dev/null | grep -o '/[^ ]*'); do
			[ -e "$root$library" ] || install -D "$library" "$root$library"
		done
	done
}

# image_pack ROOT OUT
image_pack() {
	(cd "$1" && find . -print0 | cpio --null -o -H newc --quiet | gzip -1) >"$2"
}
