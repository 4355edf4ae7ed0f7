#!/bin/sh
# SPDX-License-Identifier: MIT
# /init of the machine that run.sh boots: what each set of rights sees, into files under /results,
# sent home through the second serial line.
/bin/busybox mkdir -p /sbin /usr/sbin
/bin/busybox --install -s /bin
export PATH=/opt/threadline/bin:/bin:/usr/bin:/sbin HOME=/root TERM=dumb
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/shm /dev/pts
mount -t tmpfs -o mode=1777 tmp /dev/shm
mount -t devpts pts /dev/pts
mount -t tracefs trace /sys/kernel/tracing
ulimit -l 8192

nobody="/usr/bin/setpriv --reuid=65534 --regid=65534 --clear-groups"
scenario=/opt/threadline/lib/threadline/scenarios

# try NAME COMMAND...: its output, errors and exit status
try() {
	name=$1
	shift
	echo "$name: $*"
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
	try record "$@" threadline record -o "$dir/launched.tl" --duration 3 deadlock/abba
	try report.json "$@" threadline report "$dir/launched.tl" --json
	"$@" $scenario deadlock/abba >/dev/null 2>&1 &
	sleep 2
	try attach "$@" threadline record -o "$dir/attached.tl" --duration 2 -p $!
	kill $!
	try attached.json "$@" threadline report "$dir/attached.tl" --json
	rm -f "$dir"/*.tl
}

uname -r >/results/kernel
dir=/results/unit
mkdir -p $dir
for test in /opt/tests/*; do
	[ -x "$test" ] && try "${test##*/}" "$test"
done
rung root
rung caps $nobody --inh-caps=-all,+bpf,+perfmon --ambient-caps=-all,+bpf,+perfmon
rung paranoid3 $nobody
echo 2 >/proc/sys/kernel/perf_event_paranoid
rung paranoid2 $nobody
mkdir -p /tmp/nothing
mount --bind /tmp/nothing /sys/kernel/btf
rung nobtf

cd /results
stty -F /dev/ttyS1 raw
tar -cf - . | gzip -1 >/dev/ttyS1
sync
poweroff -f
