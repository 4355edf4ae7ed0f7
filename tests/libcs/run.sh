#!/bin/bash
# SPDX-License-Identifier: MIT
# run.sh THREADLINE TESTS: programs that know the truth, built for glibc 2.31 and run with the C
# libraries of an older and a newer release, held against what is told of them.
set -u
here=$(cd "$(dirname "$0")" && pwd)
threadline=$1
tests=$2
. "$here/fetch.sh"

[ "$(uname -m)" = x86_64 ] || skip "the libraries fetched are for x86-64"
for tool in apt-get dpkg-deb gcc python3; do
	command -v $tool >/dev/null || skip "$tool is not installed"
done
cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/threadline/libcs
packages_fetch "$cache/bullseye" bullseye libc6 libc6-dev linux-libc-dev ||
	skip "bullseye's libc6 cannot be fetched with apt-get download"
links_mend "$cache/bullseye"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# build SOURCE OUT LIBRARIES
build() {
	local root=$cache/bullseye lib=usr/lib/x86_64-linux-gnu
	gcc -std=gnu17 -D_GNU_SOURCE -O2 -g --sysroot="$root" "$1" -o "$2" -pthread \
		-B"$root/$lib" -L"$root/$lib" -L"$root/lib/x86_64-linux-gnu" \
		-Wl,--no-as-needed -lpthread -lrt -Wl,--disable-new-dtags -Wl,-rpath="$3" \
		-Wl,--dynamic-linker="$3/ld-linux-x86-64.so.2"
}

wrong=0 looked=""
for release in bullseye trixie; do
	dir=$cache/$release
	packages_fetch "$dir" "$release" libc6 ||
		{ echo "$release: libc6 cannot be fetched"; continue; }
	libraries=$(dirname "$(find "$dir" -name libc.so.6 | head -n 1)")
	build "$tests/snapshot/stuck.c" "$work/stuck-$release" "$libraries" &&
		build "$tests/truth/locktruth.c" "$work/locktruth-$release" "$libraries" || exit 1
	version=$(strings "$libraries/libc.so.6" | sed -n 's/.*stable release version \([0-9.]*[0-9]\).*/\1/p')
	echo "== $release, glibc $version"
	python3 "$tests/snapshot/snapshot.py" "$threadline" "$work/stuck-$release" || wrong=1
	python3 "$tests/truth/locks.py" "$threadline" "$work/locktruth-$release" attached
	[ $? = 0 ] || [ $? = 77 ] || wrong=1
	looked+=" $version"
done
echo "looked at:$looked"
exit $wrong
