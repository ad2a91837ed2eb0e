# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The package layer, unpacked (never installed) into a cache directory that becomes a lower layer of the guest's root.
# Under the machine's own userland: what the lab needs and the machine lacks or may have in another shape. Of another
# userland: a whole root. Sourced by lab and tshark-decrypt; set $LAB_USERLAND if another one is wanted, call
# layer_prepare, then use $LAB_CACHE, $LAB_LAYER, $LAB_WHOLE and $LAB_KERNEL.

LAB_PACKAGES=(
	kmod
	strongswan-starter strongswan-charon
	libstrongswan-standard-plugins libcharon-extra-plugins
	xl2tpd ppp iptables iproute2 procps iputils-ping
	tcpdump tshark iperf3 openresolv openssl
	network-manager network-manager-l2tp
)
# Debian 13 has none of these; whoever needs one names its userlands.
LAB_RARE_PACKAGES=(softether-vpnserver)
# What every machine on which the lab runs has and a bare root hasn't; and what builds the tree, in whole_inside.
LAB_WHOLE_PACKAGES=('?essential' mount perl python3 systemd)
mapfile -t -O "${#LAB_WHOLE_PACKAGES[@]}" LAB_WHOLE_PACKAGES < <(
	# shellcheck source=scripts/lib.sh
	. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib.sh" && printf '%s\n' "${build_packages[@]}"
)
# In apt's eyes these conflict with strongSwan and openresolv. All that both have is /usr/sbin/ipsec and examples in
# /etc, which nobody here uses, and /usr/sbin/resolvconf, which stays openresolv's.
LAB_CONFLICTING_PACKAGES=(libreswan systemd-resolved dbus)

# Taken even where the machine has it: iptables has to be the legacy one, whatever the machine's alternatives say.
LAB_OWN_PACKAGES=(iptables)

# The kernel is the same one under every userland, with its modules at the place where modprobe looks. Debian 13's
# (6.12) panics in flush_tlb_mm, and its user space is content with this one.
LAB_KERNEL_PACKAGE=user-mode-linux
LAB_KERNEL_SUITE=bookworm

LAB_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
LAB_CACHE=${TSUNAGU_LAB_CACHE:-$(dirname "$(dirname "$LAB_DIR")")/build-lab-cache}
LAB_LAYER=
LAB_WHOLE=
LAB_KERNEL=

layer_die()
{
	printf 'lab: %s\n' "$*" >&2
	exit 1
}

# machine_userland: the codename of this machine's distribution.
machine_userland()
{
	sed -n 's/^VERSION_CODENAME=//p' /etc/os-release
}

LAB_USERLAND=${TSUNAGU_LAB_USERLAND:-$(machine_userland)}

# mirror: what scripts/lib.sh says, in a shell of its own, since the lab has its own words for some things.
mirror()
{
	# shellcheck source=scripts/lib.sh
	(. "$LAB_DIR/../../scripts/lib.sh" && debian_mirror)
}

# suite_lists SUITE: where apt's lists of a suite are that isn't the machine's.
suite_lists()
{
	echo "$LAB_CACHE/apt-$1"
}

# suite_apt SUITE COMMAND ARG...: apt's tools as on a machine of that suite where nothing is installed; for the
# machine's own suite they are the machine's.
suite_apt()
{
	local suite=$1 command=$2 dir
	shift 2
	if [[ $suite == "$(machine_userland)" ]]; then
		"$command" "$@"
		return
	fi
	dir=$(suite_lists "$suite")
	mkdir -p "$dir"/{lists/partial,archives/partial}
	: >"$dir/status"
	printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' \
		"$(mirror)" "$suite" >"$dir/sources.list"
	"$command" -o Dir::State="$dir" -o Dir::State::status="$dir/status" -o Dir::Cache="$dir" \
		-o Dir::Etc::sourcelist="$dir/sources.list" -o Dir::Etc::sourceparts=/dev/null \
		-o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=/dev/null \
		-o APT::Architecture=amd64 -o APT::Architectures=amd64 -o Acquire::Languages=none \
		-o APT::Sandbox::User=root "$@"
}

# layer_would_install PACKAGE...: the names of what apt would add to this machine, or to an empty one.
layer_would_install()
{
	suite_apt "$LAB_USERLAND" apt-get -s --no-install-recommends -o Debug::NoLocking=1 install "$@" |
		awk '$1 == "Inst" { print $2 }'
}

# Those of the arguments that the suite has.
layer_known()
{
	suite_apt "$LAB_USERLAND" apt-cache --names-only search "^($(IFS='|'; echo "$*"))\$" | awk '{ print $1 }'
}

# What the layer needs, dependencies included.
layer_packages()
{
	local names wanted
	mapfile -t wanted < <(layer_known "${LAB_RARE_PACKAGES[@]}")
	wanted+=("${LAB_PACKAGES[@]}")
	[[ -z $LAB_WHOLE ]] || wanted+=("${LAB_WHOLE_PACKAGES[@]}")
	names=$(layer_would_install "${wanted[@]}") &&
		names+=$'\n'$(layer_would_install "${LAB_CONFLICTING_PACKAGES[@]}") || return 1
	printf '%s\n' "$names" "${LAB_OWN_PACKAGES[@]}" | grep . | LC_ALL=C sort -u
}

layer_update_lists()
{
	local suite=$1 dir=/var/lib/apt/lists lists
	[[ $suite == "$(machine_userland)" ]] || dir=$(suite_lists "$suite")/lists
	lists=("$dir"/*_Packages*)
	[[ ${2:-} != again && -e ${lists[0]} ]] && return
	[[ $dir != /var/* || $EUID == 0 ]] ||
		layer_die "apt has no package lists, or old ones: run 'apt-get update' as root once"
	suite_apt "$suite" apt-get -qq update >&2
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
	# The peer's place is taken by what is under test; a scenario that compares puts it back.
	mkdir -p "$root/usr/share/tsunagu-lab"
	name=$root/usr/lib/NetworkManager/VPN/nm-l2tp-service.name
	[[ ! -e $name ]] || mv "$name" "$root/usr/share/tsunagu-lab/peer.name"
	[[ -z $LAB_WHOLE ]] || layer_finish_whole "$root"
}

# What a root has that nobody's package ships.
layer_finish_whole()
{
	local root=$1 name
	for name in passwd group; do
		cp "$root/usr/share/base-passwd/$name.master" "$root/etc/$name"
	done
	[[ -e $root/usr/bin/awk ]] || ln -s mawk "$root/usr/bin/awk"
	cp "$(ls "$root"/usr/share/{libc-bin,base-files}/nsswitch.conf 2>/dev/null)" "$root/etc/nsswitch.conf"
	echo '127.0.0.1 localhost' >"$root/etc/hosts"
	rm -rf "$root"/var/{run,lock}
	ln -s /run "$root/var/run"
	ln -s /run/lock "$root/var/lock"
	# Else each program looks for each library in several places.
	/sbin/ldconfig -r "$root"
}

# layer_fetch SUITE DIR PACKAGE...: lists that are too old name files that are gone: one more try with new ones.
layer_fetch()
{
	local suite=$1 dir=$2 again
	shift 2
	for again in '' again; do
		layer_update_lists "$suite" $again
		(cd "$dir" && suite_apt "$suite" apt-get -qq -o APT::Sandbox::User=root download "$@") >&2 && return
	done
	layer_die "cannot fetch the lab's packages"
}

layer_build()
{
	local work=$LAB_CACHE/.new.$$ packages
	rm -rf "$LAB_CACHE"/.new.*
	mkdir -p "$work/debs"
	layer_update_lists "$LAB_USERLAND"
	packages=$(layer_packages) || layer_die "apt-get finds no way to the lab's packages"
	printf 'lab: fetching %d packages of %s into %s\n' "$(wc -w <<<"$packages")" "$LAB_USERLAND" "$LAB_CACHE" >&2
	# shellcheck disable=SC2086
	layer_fetch "$LAB_USERLAND" "$work/debs" $packages
	layer_fetch "$LAB_KERNEL_SUITE" "$work/debs" "$LAB_KERNEL_PACKAGE"
	layer_unpack "$work/root" "$work/debs"
	layer_finish "$work/root"
	rm -rf "$work/debs" "$LAB_LAYER"
	mv "$work/root" "$LAB_LAYER"
	rm -rf "$work"
}

# whole_inside ROOT TREE COMMAND...: runs it in a whole root, with the machine's devices and processes, and the tree where
# the machine has it. Needs no rights, and nothing of it is seen outside.
whole_inside()
{
	local as_root=()
	((EUID == 0)) || as_root=(--map-root-user)
	# shellcheck disable=SC2016 # the other shell's
	unshare "${as_root[@]}" --mount -- bash -ec '
		root=$1 tree=$2 new=$1/tmp
		shift 2
		mount -t tmpfs none "$new"
		for name in usr etc var; do
			mkdir "$new/$name"
			mount --rbind "$root/$name" "$new/$name"
		done
		for name in dev proc sys; do
			mkdir "$new/$name"
			mount --rbind "/$name" "$new/$name"
		done
		cp -P "$root"/{bin,sbin,lib,lib64} "$new/"
		mkdir -p "$new/tmp" "$new$tree"
		mount --rbind "$tree" "$new$tree"
		exec chroot "$new" env -C "$tree" PATH=/usr/sbin:/usr/bin HOME=/tmp "$@"
	' bash "$@"
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
	[[ $LAB_USERLAND == "$(machine_userland)" ]] || LAB_WHOLE=yes
	key=$(cat <(declare -f layer_unpack layer_finish layer_finish_whole) <(declare -p "${!LAB_@}" |
		grep -E '^declare -[-a]+ LAB_(.*PACKAGES?|KERNEL_SUITE|WHOLE|USERLAND)=') | sha256sum)
	LAB_LAYER=$LAB_CACHE/$LAB_USERLAND-${key:0:12}

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
