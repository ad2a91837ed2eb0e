# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The package layer: what the lab needs and the host lacks or may have in another shape, unpacked (never installed) into a
# cache directory that becomes a lower layer of the guest's root. Sourced by lab and
# tshark-decrypt; call layer_prepare, then use $LAB_CACHE, $LAB_LAYER and $LAB_KERNEL.

LAB_PACKAGES=(
	user-mode-linux kmod
	strongswan-starter strongswan-charon
	libstrongswan-standard-plugins libcharon-extra-plugins
	xl2tpd softether-vpnserver ppp iptables iproute2 procps iputils-ping
	tcpdump tshark iperf3 openresolv openssl
)
# In apt's eyes these conflict with strongSwan and openresolv. All that both have is /usr/sbin/ipsec and examples in
# /etc, which nobody here uses, and /usr/sbin/resolvconf, which stays openresolv's.
LAB_CONFLICTING_PACKAGES=(libreswan systemd-resolved dbus)

# Those are taken even where the machine has them: the kernel needs the modules that were built with it, at the place where
# modprobe looks, and iptables has to be the legacy one, whatever the machine's alternatives say.
LAB_OWN_PACKAGES=(user-mode-linux iptables)

LAB_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
LAB_CACHE=${TSUNAGU_LAB_CACHE:-$(dirname "$(dirname "$LAB_DIR")")/build-lab-cache}
LAB_LAYER=
LAB_KERNEL=

layer_die()
{
	printf 'lab: %s\n' "$*" >&2
	exit 1
}

# layer_would_install PACKAGE...: the names of what apt would add to this machine.
layer_would_install()
{
	apt-get -s --no-install-recommends -o Debug::NoLocking=1 install "$@" |
		awk '$1 == "Inst" { print $2 }'
}

# What the layer needs, dependencies included.
layer_packages()
{
	local names
	names=$(layer_would_install "${LAB_PACKAGES[@]}") &&
		names+=$'\n'$(layer_would_install "${LAB_CONFLICTING_PACKAGES[@]}") || return 1
	printf '%s\n' "$names" "${LAB_OWN_PACKAGES[@]}" | grep . | LC_ALL=C sort -u
}

layer_update_lists()
{
	local lists=(/var/lib/apt/lists/*_Packages*)
	[[ -e ${lists[0]} ]] && return
	[[ $EUID == 0 ]] || layer_die "apt has no package lists yet: run 'apt-get update' as root once"
	apt-get -qq update
}

# Packages of a usr-merged system still ship /bin and /lib: the links have to be there first,
# or a real /bin in this layer would hide the host's.
layer_unpack()
{
	local root=$1 deb dir
	mkdir -p "$root"/usr/{bin,sbin,lib,lib32,lib64,libx32}
	for dir in bin sbin lib lib32 lib64 libx32; do
		ln -s "usr/$dir" "$root/$dir"
	done
	for deb in "$2"/*.deb; do
		local exclude=()
		[[ ${deb##*/} != systemd-resolved_* ]] || exclude=(--exclude="./*sbin/resolvconf")
		dpkg-deb --fsys-tarfile "$deb" |
			tar -x "${exclude[@]}" --no-same-owner --keep-directory-symlink -C "$root" ||
			layer_die "cannot unpack ${deb##*/}"
	done
	rmdir "$root"/usr/lib{32,64,x32} 2>/dev/null || true
	for dir in lib32 lib64 libx32; do
		[[ -d $root/usr/$dir ]] || rm "$root/$dir"
	done
}

# By hand what the packages' maintainer scripts would have done and the lab needs.
layer_finish()
{
	local root=$1 name version
	for name in iptables iptables-save iptables-restore; do
		[[ ! -e $root/usr/sbin/$name-legacy ]] ||
			ln -sf "$name-legacy" "$root/usr/sbin/$name"
	done
	mkdir -p "$root/usr/lib/modules"
	for version in "$root"/usr/lib/uml/modules/*; do
		[[ -d $version ]] || continue
		ln -s "../uml/modules/${version##*/}" "$root/usr/lib/modules/${version##*/}"
	done
	# Services start when a scenario says so.
	rm -rf "$root/etc/init.d" "$root/etc/apparmor.d"
}

# Lists that are too old name files that are gone: one more try with new ones.
layer_fetch()
{
	local dir=$1
	shift
	(cd "$dir" && apt-get -qq -o APT::Sandbox::User=root download "$@") >&2 && return
	[[ $EUID == 0 ]] && apt-get -qq update >&2 &&
		(cd "$dir" && apt-get -qq -o APT::Sandbox::User=root download "$@") >&2 && return
	layer_die "cannot fetch the lab's packages; are apt's lists up to date?"
}

layer_build()
{
	local work=$LAB_CACHE/.new.$$ packages
	rm -rf "$LAB_CACHE"/.new.*
	mkdir -p "$work/debs"
	layer_update_lists
	packages=$(layer_packages) || layer_die "apt-get finds no way to the lab's packages"
	printf 'lab: fetching %d packages into %s\n' "$(wc -w <<<"$packages")" "$LAB_CACHE" >&2
	# shellcheck disable=SC2086
	layer_fetch "$work/debs" $packages
	layer_unpack "$work/root" "$work/debs"
	layer_finish "$work/root"
	rm -rf "$work/debs" "$LAB_LAYER"
	mv "$work/root" "$LAB_LAYER"
	rm -rf "$work"
}

# layer_compile SOURCE TARGET GCC-ARGUMENTS...
layer_compile()
{
	local source=$1 target=$2
	shift 2
	[[ $target -nt $source ]] && return
	gcc -std=gnu17 -O2 -Wall -Wextra -Werror "$@" -o "$target.$$" "$source" ||
		layer_die "cannot compile ${source##*/}"
	mv "$target.$$" "$target"
}

layer_prepare()
{
	local key tool lock
	for tool in apt-get dpkg-deb gcc flock sha256sum tar awk; do
		command -v "$tool" >/dev/null || layer_die "needs $tool, which this machine lacks"
	done
	[[ $(uname -m) == x86_64 ]] || layer_die "needs an x86-64 machine"
	mkdir -p "$LAB_CACHE"
	LAB_CACHE=$(cd "$LAB_CACHE" && pwd -P)
	key=$(cat <(declare -f layer_unpack layer_finish) \
		<(echo "${LAB_PACKAGES[@]}" "${LAB_CONFLICTING_PACKAGES[@]}" "${LAB_OWN_PACKAGES[@]}") | sha256sum)
	LAB_LAYER=$LAB_CACHE/layer-${key:0:12}

	exec {lock}>"$LAB_CACHE/lock"
	flock "$lock"
	[[ -d $LAB_LAYER ]] || layer_build
	layer_compile "$LAB_DIR/uml-xstate.c" "$LAB_CACHE/uml-xstate.so" -shared -fPIC
	layer_compile "$LAB_DIR/faults.c" "$LAB_CACHE/faults.so" -shared -fPIC
	layer_compile "$LAB_DIR/labnode.c" "$LAB_CACHE/labnode" -static
	layer_compile "$LAB_DIR/killpoint.c" "$LAB_CACHE/killpoint" -static
	layer_compile "$LAB_DIR/handmade.c" "$LAB_CACHE/handmade" -static
	exec {lock}>&-

	LAB_KERNEL=$LAB_LAYER/usr/bin/linux.uml
	[[ -x $LAB_KERNEL ]] || layer_die "the kernel linux.uml is missing"
}
