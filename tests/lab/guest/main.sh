# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What pid 1 does once the root stands: the job the host left in /control, then the end.
# Results go to serial line 0 (file descriptor 3), everything else to the console.

set -euo pipefail
export LC_ALL=C HOME=/root LAB=/state
mount --make-rprivate /
stty -F /dev/ttyS0 raw -echo
exec 3>/dev/ttyS0
echo lab >/proc/sys/kernel/hostname
# All nodes take over what the first network namespace has: duplicate address detection off, whose second of delay
# would change a node behind a scenario's back.
echo 1 >/proc/sys/net/core/devconf_inherit_init_net
echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad

for file in lib net gateway classic client faults networkmanager; do
	# shellcheck source=/dev/null
	. "/lab/guest/$file.sh"
done

# The kernel builds an algorithm when it is first used, which takes up to a second, most of it
# for asking modprobe. These states keep the usual ones built, so that a scenario's first
# connection is as fast as its second.
warm_up()
{
	local aes128=0x00112233445566778899aabbccddeeff sha1=0x00112233445566778899aabbccddeeff00112233
	local address='src 127.0.0.2 dst 127.0.0.3 proto esp spi'
	ip -batch - <<-END
	xfrm state add $address 0x1001 enc cbc(aes) $aes128 auth-trunc hmac(sha1) $sha1 96
	xfrm state add $address 0x1002 enc cbc(aes) $aes128 auth-trunc hmac(sha256) ${aes128}${aes128#0x} 128
	END
}

power_off()
{
	exec perl -e 'syscall(169, 0xfee1dead, 672274793, 0x4321fedc, 0)'
}

job_exec()
{
	network_up
	gateway_start >"$LAB/gateway.log" 2>&1
	local r=0
	bash -c '
		for file in lib net gateway classic client faults networkmanager; do . "/lab/guest/$file.sh"; done
		network_attach
		. /control/script
	' >&3 2>&3 || r=$?
	return "$r"
}

job_shell()
{
	local rows columns
	read -r rows columns </control/size
	network_up
	gateway_start >"$LAB/gateway.log" 2>&1
	stty -F /dev/tty0 sane rows "$rows" columns "$columns"
	TERM=vt100 setsid -c bash --rcfile /lab/guest/shellrc -i <>/dev/tty0 >&0 2>&1 || true
}

job_run()
{
	local names keep=
	mapfile -t names </control/scenarios
	[[ ! -e /control/keep-going ]] || keep=yes
	run_scenarios "$keep" "${names[@]}"
}

warm_up
read -r mode </control/mode
r=0
"job_$mode" || r=$?
echo "$r" >/control/exit
exec 3>&-
power_off
