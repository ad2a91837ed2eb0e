#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Pid 1 of the lab's kernel. First run on the host's root, seen read-only through hostfs: puts
# the guest's own root together (tmpfs : stage : packages : host), moves into it, and starts
# main.sh there. The kernel's command line gives, as environment:
#   LAB_DIR      tests/lab on the host, becomes /lab
#   LAB_LAYER    the package layer
#   LAB_WHOLE    yes: that is a whole root, nothing of the host's lies below it
#   LAB_STAGE    the tree under test, may be missing
#   LAB_CONTROL  the host's private directory for this run, becomes /control
#   LAB_RESULTS  what goes out, becomes /results
# /state is the lab's own memory, outside of everything nodes mount anew.
# Whatever goes wrong here ends in a panic, which the host takes for a failure.

set -eu
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
export HOME=/root
# mount of util-linux 2.39 and later would use fsconfig, by which this kernel's hostfs takes no path.
export LIBMOUNT_FORCE_MOUNT2=always

MODULES=(
	overlay veth bridge sch_netem
	iptable_nat iptable_filter xt_nat xt_MASQUERADE xt_tcpudp xt_conntrack
	xfrm_user esp4 authenc cbc hmac echainiv
	ppp_async l2tp_ppp
)

# What every scenario uses, in one start of kmod and straight from the layer, since overlay itself
# is a module. The kernel asks for the rest when it is needed. The kmod of a whole root needs its own loader.
load_modules()
{
	local libs=$LAB_LAYER/usr/lib/x86_64-linux-gnu loader=$LAB_LAYER/usr/lib64/ld-linux-x86-64.so.2
	local kmod=("$LAB_LAYER/usr/bin/kmod")
	[[ -x ${kmod[0]} ]] || kmod=("$(type -P kmod)")
	[[ -z ${LAB_WHOLE:-} ]] || kmod=("$loader" --argv0 modprobe "${kmod[0]}")
	mount -t proc none /proc
	(
		export LD_LIBRARY_PATH=$libs
		exec -a modprobe "${kmod[@]}" -d "$LAB_LAYER" -a "${MODULES[@]}"
	)
}

hostfs()
{
	mkdir -p "$2"
	mount -t hostfs -o "$1" none "$2"
}

build_root()
{
	local lower=/
	mount -t tmpfs -o mode=0755 none /mnt
	mkdir /mnt/upper /mnt/work /mnt/root
	hostfs "$LAB_LAYER" /mnt/layer
	[[ -z ${LAB_WHOLE:-} ]] && lower=/mnt/layer:$lower || lower=/mnt/layer
	if [[ -n ${LAB_STAGE:-} ]]; then
		hostfs "$LAB_STAGE" /mnt/stage
		lower=/mnt/stage:$lower
	fi
	mount -t overlay -o "lowerdir=$lower,upperdir=/mnt/upper,workdir=/mnt/work" none /mnt/root
	cd /mnt/root
	mkdir -p lab control results state old dev proc sys run tmp
	mount -t hostfs -o "$LAB_DIR" none lab
	mount -t hostfs -o "$LAB_CONTROL" none control
	mount -t hostfs -o "$LAB_RESULTS" none results
	mount -t devtmpfs none dev
	mount -t proc none proc
	mount -t sysfs none sys
	mount -t tmpfs -o mode=0755 none run
	mount -t tmpfs -o mode=1777 none tmp
	mkdir -p dev/pts dev/shm
	mount -t devpts -o mode=0620,ptmxmode=0666 none dev/pts
	mount -t tmpfs -o mode=1777 none dev/shm
	ln -sf /run/devlog dev/log
	ln -sfn /proc/self/fd dev/fd
	mount -t tmpfs -o mode=0755 none state
	mkdir run/lock
	pivot_root . old
	cd /
}

load_modules
build_root
exec /bin/bash /lab/guest/main.sh <"/dev/console" >"/dev/console" 2>&1
