# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: the process itself: closed descriptors are no harm, secrets have one owner, children's files are for all
# seconds: 25
# checks: 22

PSK=canary-of-the-shared-key PASSWORD=canary-of-the-password TUNNEL=canary-of-the-tunnel

# held WHAT TEXT NUMBER
held()
{
	local number
	number=$(copies pc1 "$2")
	check "$1: in $3 places, and it is $number" test "$number" = "$3"
}

# What stands in single quotes is for a shell there.
# shellcheck disable=SC2016
descriptors()
{
	must "it connects with descriptors 0 to 2 closed" on pc1 timeout 60 \
		bash -c 'tsunagu connect office <&- >&- 2>&-'
	check "reaches the office" ping_office pc1
	check "and has /dev/null there" on pc1 bash -c '
		for n in 0 1 2; do [[ $(readlink "/proc/$(pgrep -xo tsunagu)/fd/$n") == /dev/null ]] || exit; done'
}

# What a child of ours writes, it writes as any other program does.
files()
{
	check "resolvconf was told" on pc1 bash -c 'grep -rq nameserver /run/resolvconf/interfaces'
	check "and everybody can read what it wrote" \
		lacks "$(on pc1 find /run/resolvconf ! -type l ! -perm -004)" /
	check "the list of name servers too" on pc1 bash -c 'find -L /etc/resolv.conf -perm -004 | grep -q .'
	check "and what a hook wrote" on pc1 bash -c 'find /run/by-hook -perm 644 | grep -q .'
	check "our own folder is ours" on pc1 bash -c 'find /run/tsunagu -perm 700 | grep -q .'
}

# shellcheck disable=SC2016
hook()
{
	local dir
	dir=$(node_path pc1 /etc/tsunagu/hooks.d)
	mkdir -p "$dir"
	chmod 755 "$dir"
	printf '#!/bin/sh\n[ "$reason" != connect ] || echo word >/run/by-hook\n' >"$dir/10-writes"
	chmod 755 "$dir/10-writes"
}

scenario_process()
{
	local words=(psk="$PSK" password="$PASSWORD" l2tp-secret="$TUNNEL")
	gateway_start psk="$PSK" users="taro:$PASSWORD" l2tp_secret="$TUNNEL"
	profile pc1 office "${words[@]}" reconnect=no
	hook
	descriptors
	files
	# The IKE and the L2TP engine have theirs, for renewals.
	held "connected for once: the key" "$PSK" 1
	held "the tunnel's secret" "$TUNNEL" 1
	held "the password" "$PASSWORD" 0
	check "it disconnects" disconnect pc1 office
	check_fails "no process of it is left" on pc1 pgrep -x tsunagu
	profile pc1 office "${words[@]}" reconnect=yes
	must "it connects, to be repaired" connect pc1 office
	held "the key has another owner, who repairs" "$PSK" 2
	held "the tunnel's secret too" "$TUNNEL" 2
	held "the password" "$PASSWORD" 1
	pppd_kill pc1
	check "it is repaired" wait_for 30 ping_office pc1
	held "then the key" "$PSK" 2
	held "the tunnel's secret" "$TUNNEL" 2
	held "the password" "$PASSWORD" 1
	check "it disconnects" disconnect pc1 office
}
