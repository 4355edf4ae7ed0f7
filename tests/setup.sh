# Sourced by ./try and ./check: installs what is missing with apt, and says what it does.
packages_build=(gcc cmake make pkg-config clang llvm libbpf-dev bpftool libncurses-dev libzstd-dev
	libdw-dev libelf-dev zlib1g-dev libcap-dev libc6-dev libcairo2-dev libpango1.0-dev
	fonts-dejavu-core gettext)
packages_test=(g++ binutils libcmocka-dev libvterm-dev clang-format libclang-rt-14-dev python3 tmux procps
	busybox-static cpio qemu-system-x86 linux-perf libcap2-bin util-linux git zstd
	protobuf-compiler librsvg2-bin asciinema poppler-utils chromium chromium-driver g++
	golang-go rustc)

setup_packages() {
	local missing=() name as_root=()
	for name in "$@"; do
		dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null | grep -qx installed ||
			missing+=("$name")
	done
	[ ${#missing[@]} -gt 0 ] || {
		echo "all there"
		return 0
	}
	command -v apt-get >/dev/null || {
		echo "These packages are missing and there is no apt-get here: ${missing[*]}" >&2
		return 1
	}
	[ "$(id -u)" = 0 ] || as_root=(sudo)
	echo "installing: ${missing[*]}"
	"${as_root[@]}" apt-get update -qq
	DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq \
		--no-install-recommends "${missing[@]}" >/dev/null
}
