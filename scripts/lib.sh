# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the scripts share: saying what they do, giving up politely, and installing what is missing.

export LC_ALL=C

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

# Debian packages for building, and for the tests beyond it. The lab fetches its own.
# shellcheck disable=SC2034 # for those who source this
build_packages=(
	gcc meson ninja-build pkg-config binutils gettext
	libssl-dev libc-ares-dev libnl-3-dev libsystemd-dev libjson-c-dev libpcap-dev ppp-dev
	libnm-dev
)
# Beyond those for the windows of NetworkManager's plugin.
# shellcheck disable=SC2034
window_packages=(libnma-dev libnma-gtk4-dev libgtk-3-dev libgtk-4-dev)
# shellcheck disable=SC2034
test_packages=(
	"${window_packages[@]}"
	libcmocka-dev libglib2.0-dev dbus-daemon systemd clang clang-tidy libclang-rt-dev shellcheck python3 iproute2
	xvfb xdotool appstream
)

say()
{
	printf '== %s\n' "$*"
}

die()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# source_files [PATTERN...]: the files of the clone, or all that the tarball had, that fit one of them; a * takes in slashes.
source_files()
{
	local pattern
	(($#)) || set -- '*'
	if [[ -e $top/.git ]]; then
		git -C "$top" ls-files "$@"
		return
	fi
	for pattern; do
		(cd "$top" && find . -path './build*' -prune -o -type f -path "./$pattern" -printf '%P\n')
	done
}

# Shows a command and runs it.
cmd()
{
	printf '+ %s\n' "$*"
	"$@"
}

# quietly COMMAND...: what it says is shown if it fails.
quietly()
{
	local said
	said=$("$@" 2>&1) && return
	printf '%s\n' "$said" >&2
	return 1
}

as_root()
{
	if ((EUID == 0)); then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die "this needs root, and neither root nor sudo is at hand: $*"
	fi
}

# install_packages PACKAGE...: those that aren't there, by apt-get.
install_packages()
{
	local package missing=()
	command -v apt-get >/dev/null ||
		die "needs a Debian-like system (apt-get); by hand install: $*"
	for package; do
		[[ $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) == *" installed" ]] ||
			missing+=("$package")
	done
	((${#missing[@]})) || return 0
	say "installing: ${missing[*]}"
	as_root apt-get update -qq || die "apt-get update failed"
	as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null ||
		die "could not install: ${missing[*]}"
}

# meson_counts LOG: `PASSED FAILED SKIPPED` of a run of `meson test`. One that never came to its summary has passed nothing.
meson_counts()
{
	awk '
		/^(Ok|Expected Fail):/ { ok += $NF }
		/^(Fail|Timeout|Unexpected Pass):/ { bad += $NF }
		/^Skipped:/ { skip += $NF }
		END { print ok + 0, ok ? bad + 0 : 1, skip + 0 }' "$1"
}

# debian_mirror: where this machine has Debian's packages from, as apt knows it.
debian_mirror()
{
	local url
	# shellcheck disable=SC2016 # apt's own variable
	url=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 2>/dev/null | head -n 1) || true
	[[ $url ]] || die "apt has no mirror of Debian among its sources"
	echo "$url"
}

# apt_ways: this machine's ways to a mirror, as apt has them: proxies and the like.
apt_ways()
{
	apt-config dump --format '%F "%v";%n' Acquire |
		grep -E '^Acquire::(https?(::[^ ]*)?|Check-[^ ]*|Retries|ForceIPv[46]) "[^"]' || true
}

# remove_root FOLDER: as whoever made it, whose users it has.
remove_root()
{
	[[ -d $1 ]] || return 0
	if ((EUID == 0)); then
		rm -rf --one-file-system "$1"
	else
		unshare --map-auto --map-root-user rm -rf --one-file-system "$1"
	fi
}

# bootstrap FOLDER SUITE PACKAGES [OPTION...]: a new root there, with packages (by commas) of the sources.list that it is
# given as its input, and mmdebstrap's options. What it says is in FOLDER.log.
bootstrap()
{
	local folder=$1 suite=$2 packages=$3 alone=()
	shift 3
	# Its mounts go with it, however it ends.
	((EUID != 0)) || alone=(unshare --mount)
	remove_root "$folder"
	mkdir -p "${folder%/*}"
	apt_ways >"$folder.apt"
	"${alone[@]}" mmdebstrap --include="$packages" --aptopt="$folder.apt" "$@" "$suite" "$folder" - >"$folder.log" 2>&1
}

# Whether the lab's kernel can run here; prints the reason when it can't.
lab_possible()
{
	[[ $(uname -m) == x86_64 ]] || {
		echo "the lab's kernel is for x86-64, this is $(uname -m)"
		return 1
	}
	[[ $(uname -s) == Linux ]] || {
		echo "the lab needs Linux"
		return 1
	}
	command -v apt-get >/dev/null || {
		echo "the lab takes its kernel and gateways from Debian packages"
		return 1
	}
}

# The processors that we may use, a number a line.
lab_processors()
{
	local list part
	list=$(taskset -cp $$)
	for part in $(tr ',' ' ' <<<"${list##*: }"); do
		seq "${part%-*}" "${part#*-}"
	done
}

# build_stage BUILDDIR STAGEDIR [USERLAND]: the program as a user installs it, below STAGEDIR. Both from the top. For
# another userland of the lab than this machine's it is built in there.
build_stage()
{
	local build=$top/$1 stage=$top/$2 inside=()
	[[ -z ${3:-} ]] || inside=("$top/tests/lab/lab" inside --userland "$3" --)
	[[ -e $build/build.ninja ]] || quietly "${inside[@]}" meson setup -Dtests=false "$build" "$top"
	quietly "${inside[@]}" ninja -C "$build"
	rm -rf "$stage"
	"${inside[@]}" env DESTDIR="$stage" meson install -C "$build" --no-rebuild --quiet
	# The lab's own gateway and attacker, which no user has.
	quietly "${inside[@]}" ninja -C "$build" tests/gateway/{gateway-emulator,packet-forger}
	mkdir -p "$stage/usr/libexec/tsunagu-lab"
	cp "$build"/tests/gateway/{gateway-emulator,packet-forger} "$stage/usr/libexec/tsunagu-lab/"
	# And what packages do, though nothing is packaged there.
	cp "$top/debian/tsunagu.prerm" "$stage/usr/libexec/tsunagu-lab/"
}
