#!/bin/sh
# SPDX-License-Identifier: MIT
# /init of the machine that run.sh boots: what each set of rights sees, into files under /results,
# sent home through the second serial line.
export PATH=/opt/threadline/bin:/bin:/usr/bin:/sbin HOME=/root TERM=dumb
nobody="/usr/bin/setpriv --reuid=65534 --regid=65534 --clear-groups"

set_up() {
	/bin/busybox mkdir -p /sbin /usr/sbin
	/bin/busybox --install -s /bin
	mount -t proc proc /proc
	mount -t sysfs sys /sys
	mount -t devtmpfs dev /dev
	mkdir -p /dev/shm /dev/pts
	mount -t tmpfs -o mode=1777 tmp /dev/shm
	mount -t devpts pts /dev/pts
	mount -t tracefs trace /sys/kernel/tracing
}

# try NAME COMMAND...: its output, errors and exit status
try() {
	name=$1
	shift
	echo "$dir: $*"
	"$@" >"$dir/$name" 2>"$dir/$name.err" </dev/null
	echo $? >"$dir/$name.status"
}

# rung NAME RIGHTS...: everything that is looked at with these rights
rung() {
	dir=/results/$1
	shift
	mkdir -p "$dir"
	chmod 777 "$dir"
	try id "$@" grep -E '^(Uid|CapEff)' /proc/self/status
	cat /proc/sys/kernel/perf_event_paranoid >"$dir/paranoid"
	try doctor.txt "$@" threadline doctor
	try doctor.json "$@" threadline doctor --json
	try record "$@" threadline record -o "$dir/launched.tl" --duration 4 -- \
		/opt/tests/rungs_embrace
	try report.json "$@" threadline report "$dir/launched.tl" --json
	"$@" /opt/tests/rungs_embrace >"$dir/pid" 2>"$dir/pid.err" &
	while [ ! -s "$dir/pid" ]; do sleep 0.2; done
	try attach "$@" threadline record -o "$dir/attached.tl" --duration 1.5 -p "$(cat "$dir/pid")"
	try every "$@" threadline record --locks=all -o "$dir/every.tl" --duration 1.5 \
		-p "$(cat "$dir/pid")"
	kill "$(cat "$dir/pid")"
	"$@" /opt/tests/contended >"$dir/contended" &
	contended=$!
	while ! grep -q ready "$dir/contended"; do sleep 0.2; done
	try stacks "$@" threadline record --stacks -o "$dir/stacks.tl" --duration 1.5 -p $contended
	kill $contended
	try attached.json "$@" threadline report "$dir/attached.tl" --json
	try every.json "$@" threadline report "$dir/every.tl" --json
	try stacks.json "$@" threadline report "$dir/stacks.tl" --json
}

units() {
	dir=/results/unit
	mkdir -p $dir
	for test in /opt/tests/unit_*; do
		try "${test##*/}" "$test"
	done
}

# A kernel without BTF, for those who see this mount.
if [ "${1:-}" = nobtf ]; then
	mount -t tmpfs nothing /sys/kernel/btf
	rung nobtf
	exit
fi

set_up
uname -r >/results/kernel
# Debian's default is perf_event_paranoid 3.
(rung root) &
(rung caps $nobody --inh-caps=-all,+bpf,+perfmon --ambient-caps=-all,+bpf,+perfmon) &
(rung paranoid3 $nobody) &
wait
units
echo 2 >/proc/sys/kernel/perf_event_paranoid
(rung paranoid2 $nobody) &
unshare -m /init nobtf &
wait

cd /results
stty -F /dev/ttyS1 raw
tar -cf - . | gzip -1 >/dev/ttyS1
sync
poweroff -f
