#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The layer has a kernel with its modules, and the legacy iptables, whatever the machine has: apt is told that
# all of the lab's packages are installed already, as on a machine where somebody has done that. A whole root has
# what no package ships, and nothing of the machine's packages counts for it.
#
#	test-layer.sh FOLDER-FOR-SCRATCH

set -euo pipefail
export LC_ALL=C
unset TSUNAGU_LAB_USERLAND
# shellcheck source=layer.sh
. "$(dirname "$0")/layer.sh"
root=$(mktemp -d "$1/layer.XXXXXX")
trap 'rm -rf "$root"' EXIT
LAB_CACHE=$root/cache

# Would add nothing, and says how it was called.
apt-get()
{
	echo "$*" >>"$root/calls"
}

apt-cache()
{
	:
}

# What is fetched goes no further.
layer_fetch()
{
	echo "${*:1:1} ${*:3}" >>"$root/fetched"
}

packages=$(layer_packages)
grep -qx iptables <<<"$packages" || layer_die "the layer is without iptables where the machine has it"
! grep -q Dir::State "$root/calls" || layer_die "the machine's own userland isn't taken from the machine's apt"
(
	LAB_LAYER=$LAB_CACHE/built
	layer_unpack() { mkdir "$1"; }
	layer_finish() { :; }
	layer_build 2>"$root/said"
)
grep -qx 'bookworm user-mode-linux' "$root/fetched" || layer_die "the kernel isn't always fetched"

# What is unpacked is found by modprobe and by name.
mkdir -p "$root/usr/lib/uml/modules/6.1" "$root"/usr/{bin,sbin} "$root/etc"
touch "$root/usr/sbin/iptables-legacy" "$root/usr/lib/uml/modules/6.1/modules.dep"
layer_finish "$root"
[[ -e $root/usr/lib/modules/6.1/modules.dep ]] || layer_die "modprobe doesn't find the modules"
[[ $(readlink "$root/usr/sbin/iptables") == iptables-legacy ]] || layer_die "iptables isn't the legacy one"
[[ ! -e $root/etc/passwd ]] || layer_die "a layer hides the machine's own users"

# Another userland.
LAB_USERLAND=another LAB_WHOLE=yes
layer_packages >/dev/null
grep -q "Dir::State::status=$LAB_CACHE/apt-another/status .*install .*essential" "$root/calls" ||
	layer_die "a whole root is made of what the machine lacks"
mkdir -p "$root"/usr/share/{base-passwd,libc-bin} "$root/var/run"
echo 'root:*:0:0:root:/root:/bin/bash' >"$root/usr/share/base-passwd/passwd.master"
echo 'root:*:0:' >"$root/usr/share/base-passwd/group.master"
echo 'hosts: files dns' >"$root/usr/share/libc-bin/nsswitch.conf"
layer_finish "$root"
for name in etc/passwd etc/group etc/nsswitch.conf etc/hosts etc/ld.so.cache; do
	[[ -s $root/$name ]] || layer_die "a whole root is without $name"
done
[[ $(readlink "$root/var/run") == /run ]] || layer_die "a whole root's /var/run isn't /run"

# What a scenario says of userlands counts.
listed=$("$LAB_DIR/lab" list --userland trixie)
[[ $listed == *$'\nconnect '* && $listed != *softether* ]] || layer_die "list --userland names others than its own"
