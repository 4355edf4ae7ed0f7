#!/bin/bash
# SPDX-License-Identifier: MIT
# run.sh BUILD: threadline as built in BUILD, on Debian's own 6.1 kernel under qemu, with four
# sets of rights and without BTF. guest.sh runs inside; checks.py judges what it brought back.
# TL_KERNEL_KEEP=DIR keeps what it brought back.
set -u
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
. "$here/image.sh"

[ "$(uname -m)" = x86_64 ] || skip "the kernel fetched is for x86-64"
for tool in qemu-system-x86_64 busybox cpio setpriv python3 apt-get dpkg-deb; do
	command -v $tool >/dev/null || skip "$tool is not installed"
done
vmlinuz=$(kernel_fetch "${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/threadline")
[ -n "$vmlinuz" ] || skip "linux-image-cloud-amd64 cannot be fetched with apt-get download"

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
root=$work/root
results=${TL_KERNEL_KEEP:-$work/results}
mkdir -p "$root"/{bin,dev,proc,sys,tmp,root,results} "$results" && chmod 1777 "$root/tmp"

cmake --install "$build" --prefix "$work/install" >"$work/install.log" ||
	{ cat "$work/install.log"; exit 1; }
mkdir -p "$root/opt" && cp -a "$work/install" "$root/opt/threadline"
find "$work/install" -type f -perm -u+x -o -name '*.so*' -type f | while read -r file; do
	image_add "$root" "$file"
	rm -f "$root$file"
done
for test in unit_source_perf unit_source_perf_rights unit_source_proc unit_source_proc_read \
	rungs/rungs_embrace stacks/contended; do
	image_add "$root" "$build/tests/$test"
	install -D -t "$root/opt/tests" "$build/tests/$test"
	rm "$root$build/tests/$test"
done
image_add "$root" "$(command -v setpriv)" "$(command -v busybox)"
cp "$(command -v busybox)" "$root/bin/busybox"
ln -s busybox "$root/bin/sh"
install -m 755 "$here/guest.sh" "$root/init"
image_pack "$root" "$work/initrd"

timeout 200 qemu-system-x86_64 -machine q35,accel=tcg -cpu max -m 1024 -smp 2 -display none \
	-no-reboot -nodefaults -serial file:"$work/console" -serial file:"$work/results.tgz" \
	-kernel "$vmlinuz" -initrd "$work/initrd" -append 'console=ttyS0 quiet panic=-1' ||
	{ echo "kernel: qemu ended with status $?"; tail -n 40 "$work/console"; exit 1; }
tar -xzf "$work/results.tgz" -C "$results" ||
	{ echo "kernel: nothing came back; the console:"; tail -n 60 "$work/console"; exit 1; }
python3 "$here/checks.py" "$results" || { echo "the console:"; tail -n 60 "$work/console"; exit 1; }
