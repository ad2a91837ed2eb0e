#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The layer has a kernel with its modules, and the legacy iptables, whatever the machine has: apt is told that
# all of the lab's packages are installed already, as on a machine where somebody has done that.
#
#	test-layer.sh FOLDER-FOR-SCRATCH

set -euo pipefail
export LC_ALL=C
# shellcheck source=layer.sh
. "$(dirname "$0")/layer.sh"

# Would add nothing.
apt-get()
{
	[[ $* == *" install "* ]]
}

packages=$(layer_packages)
for name in user-mode-linux iptables; do
	grep -qx "$name" <<<"$packages" || layer_die "the layer is without $name where the machine has it"
done

# What is unpacked is found by modprobe and by name.
root=$(mktemp -d "$1/layer.XXXXXX")
trap 'rm -rf "$root"' EXIT
mkdir -p "$root/usr/lib/uml/modules/6.1" "$root/usr/sbin"
touch "$root/usr/sbin/iptables-legacy" "$root/usr/lib/uml/modules/6.1/modules.dep"
layer_finish "$root"
[[ -e $root/usr/lib/modules/6.1/modules.dep ]] || layer_die "modprobe doesn't find the modules"
[[ $(readlink "$root/usr/sbin/iptables") == iptables-legacy ]] || layer_die "iptables isn't the legacy one"
