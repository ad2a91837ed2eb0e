# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: hooks are told what happens to a connection, in order, and can neither hold it up nor end it
# seconds: 35
# checks: 21

# hook NAME MODE LINE...: writes a hook of pc1.
hook()
{
	local dir
	dir=$(node_path pc1 /etc/tsunagu/hooks.d)
	mkdir -p "$dir"
	printf '%s\n' '#!/bin/sh' "${@:3}" >"$dir/$1"
	chmod "$2" "$dir/$1"
}

# told STRING...: hooks have written these lines.
told()
{
	file_has "$(node_path pc1 /run/told)" "$@"
}

# log_has STRING...: so has the program, into the log.
log_has()
{
	file_has "$LAB/node/pc1/syslog" "$@"
}

# interface_of REASON: what a hook saw of the interface then.
interface_of()
{
	told "$1 ppp0 up"
}

# What stands in the hooks is for their shell.
# shellcheck disable=SC2016
hooks_of_a_day()
{
	# What it is told, whether the interface stands, and that it has no terminal.
	hook 10-tell 755 \
		'state=none; ip link show "${TUNDEV:-none}" 2>/dev/null | grep -q UP && state=up' \
		'echo "$reason ${TUNDEV:-none} $state" >>/run/told' \
		'env | sort >"/run/told.$reason"' \
		'[ ! -t 0 ] && [ ! -t 1 ] && echo "a word to the log from $reason"'
	hook 20-fails 755 '[ "$reason" != connect ] || exit 7'
	hook 30-open 777 'echo open >>/run/told'
	hook 40-left.dpkg-old 755 'echo left >>/run/told'
	hook 50-strange 755 'echo strange >>/run/told'
	on pc1 chown 1234 /etc/tsunagu/hooks.d/50-strange
	hook 60-slow 755 '[ "$reason" != connect ] || sleep 0.5; echo "slow $reason" >>/run/told'

	# No name servers: resolvconf takes seconds here.
	profile pc1 office ipv4.dns-search='office.test;' ipv4.ignore-auto-dns=true
	check "it connects, whatever the hooks say" connect pc1 office
	SAID=$(<"$LAB/output")
	check "'connect' returned after its hooks" told "connect ppp0 up" "slow connect"
	check "before that they heard of the beginning" told "pre-init none none"
	check "a hook that fails is named" has "$SAID" "hooks.d/20-fails (connect) ended with status 7"
	check "one that others may write is refused" has "$SAID" "hooks.d/30-open is not run"
	check "one that isn't root's is refused" has "$SAID" "hooks.d/50-strange is not run"
	check_fails "neither of them ran, nor what a packager left" on pc1 grep -E 'open|strange|left' /run/told
	check "what they print is in the log" log_has "hook 10-tell: a word to the log from connect"
	check "and not on the terminal" lacks "$SAID" "a word to the log"
	on pc1 cat /run/told.connect >"$LAB/environment"
	check "vpnc-script's names are there" file_has "$LAB/environment" "reason=connect" "TUNDEV=ppp0" \
		"VPNGATEWAY=$OFFICE" "INTERNAL_IP4_ADDRESS=" "INTERNAL_IP4_MTU=" \
		"CISCO_DEF_DOMAIN=office.test" "CISCO_SPLIT_INC=1" "CISCO_SPLIT_INC_0_ADDR=192.168.100.0" \
		"CISCO_SPLIT_INC_0_MASKLEN=24" "TSUNAGU_NAME=office" "VPNPID="
	check_fails "and no secret" grep -E 'himitsu|naisho|CREDENTIALS' "$LAB/environment"
}

repaired()
{
	pppd_kill pc1
	check "a loss is told, and its repair" wait_for 20 told "attempt-reconnect ppp0" "slow reconnect"
	check "once each" test "$(on pc1 grep -c ^attempt-reconnect.ppp0 /run/told)" = 1
}

ended()
{
	check "it disconnects" disconnect pc1 office
	check "hooks ran before, with the interface still there" interface_of disconnect
	check "and all of them" told "slow disconnect"
}

# shellcheck disable=SC2016
# A hook that hangs and is deaf costs ten seconds at the end at most, and none for who asks twice.
hurried()
{
	local from
	on pc1 rm -r /etc/tsunagu/hooks.d
	hook 10-hangs 755 '[ "$reason" = disconnect ] || exit 0' 'trap "" TERM' 'echo hangs >>/run/told' 'sleep 1000'
	in_background hurried pc1 tsunagu connect office --foreground
	wait_log "$OUT/hurried.log" "connected in" 20
	from=$(now_ms)
	kill -INT "${BACKGROUND[hurried]}"
	check "the hook of the end hangs" wait_for 5 told hangs
	check "the connection waits for it" ping_office pc1
	background_stop hurried INT || true
	# Without it the hook would be waited for for eleven seconds.
	check "a second interrupt makes haste" test "$(($(now_ms) - from))" -lt 10000
	check_fails "and leaves no hook" on pc1 pgrep -f 10-hangs
	profile pc1 nowhere gateway=127.0.0.1
	hook 10-hangs 755 'echo diagnosed >>/run/told'
	check "diagnose runs none" on pc1 bash -c 'rm /run/told; tsunagu diagnose nowhere >/dev/null; [ ! -e /run/told ]'
}

scenario_hooks()
{
	gateway_start
	hooks_of_a_day
	repaired
	ended
	hurried
}
