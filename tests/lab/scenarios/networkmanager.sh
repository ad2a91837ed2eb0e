# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: a real NetworkManager brings connections up by the plugin as they are, several at once, and nothing is left
# seconds: 40
# checks: 45

# tells WORD...: the log of the machine says it in one line.
tells()
{
	local log=$LAB/node/pc1/syslog line word
	wait_for 10 file_has "$log" "$1" || return
	line=$(grep -F "$1" "$log" | tail -n 1)
	for word; do
		has "$line" "$word" || return
	done
}

# leads ADDRESS WORD: by what it is reached now.
leads()
{
	has "$(on pc1 ip route get "$1" 2>&1)" "$2"
}

state_of_machine()
{
	on pc1 bash -c 'ip -o link; ip address; ip route; ip -6 route; ip rule; ip -6 rule; ip xfrm state; ip xfrm policy
		cat /etc/resolv.conf; find /run -not -path "/run/dbus*" -not -path "/run/NetworkManager/devices*" | sort' |
		sed -E 's/valid_lft .*//; s/(qlen|group|mtu) .*//; /^ *inet6 fe80/d; /run\/(tsunagu(\/.failures.*)?|pppd2.tdb)$/d'
}

# as_before: nothing in the machine has changed since state_of_machine went into $OUT/before.
as_before()
{
	wait_for 10 bash -c "! pgrep -x tsunagu --ns ${NODE_PID[pc1]} --nslist pid" || return
	state_of_machine >"$OUT/after"
	diff "$OUT/before" "$OUT/after"
}

# goes NAME: comes up by nmcli, reaches the office, and goes again without a trace.
goes()
{
	must "$1: up by nmcli" nm_up pc1 "$1"
	check "$1: activated" nm_is pc1 "$1" activated
	check "$1: the office answers" ping_office pc1
	check "$1: down" nm_down pc1 "$1"
	check "$1: as before" as_before
}

ordinary()
{
	nm_profile pc1 office
	must "office: up by nmcli" nm_up pc1 office
	check "office: the office answers" ping_office pc1
	check "office: the gateway's name server is NetworkManager's" \
		file_has "$(node_path pc1 /etc/resolv.conf)" "nameserver $SERVER"
	check "office: by NetworkManager's route" has "$(on pc1 ip route show 192.168.100.0/24)" 'dev ppp0' 'metric 50'
	check "office: tsunagu knows it by its name" has "$(on pc1 tsunagu status office --json)" '"state":"up"'
	check "office: and by its UUID" has "$(on pc1 tsunagu status "$(nm_uuid office)" --json)" '"state":"up"'
	check "office: down" nm_down pc1 office
	check "office: as before" as_before
}

# Two of one gateway, and one of another: the end of one costs the others nothing.
several()
{
	second_office
	second_gateway_start psk='naisho no kagi 2' users=jiro:angou
	on gw ip address add 10.20.0.1/24 dev lo
	nm_profile pc1 branch user=hanako password=naisho ipv4.route1=10.20.0.0/24
	nm_profile pc1 far gateway="$SECOND" psk='naisho no kagi 2' user=jiro password=angou ipv4.route1=192.168.200.0/24
	must "several: one" nm_up pc1 office
	must "several: another to the same gateway" nm_up pc1 branch
	must "several: one to another gateway" nm_up pc1 far
	check "several: each by an interface of its own" leads "$SERVER" ppp0
	check "several: and the second" leads 10.20.0.1 ppp1
	check "several: and the third" leads "$SECOND_SERVER" ppp2
	in_background meanwhile pc1 ping -i 0.05 "$SERVER"
	check "several: one ends" nm_down pc1 far
	check "several: the other, too" nm_down pc1 branch
	check "several: the first has lost nothing" ping_end meanwhile
	check "several: it ends" nm_down pc1 office
	check "several: as before" as_before
}

# fails TEXT SECONDS WORD...: nmcli says that it can't, in that time, and the log tells what it was.
fails()
{
	local text=$1 seconds=$2 began
	shift 2
	: >"$LAB/node/pc1/syslog"
	began=$(now_ms)
	check_exit "$text: nmcli's status" 4 nm_up pc1 broken
	cp "$LAB/output" "$OUT/nmcli-said"
	note "$text: $(($(now_ms) - began)) ms"
	check "$text: within $seconds s" test $(($(now_ms) - began)) -lt $((seconds * 1000 + $(work_ms "$(start_ms)")))
	check "$text: the log tells it" tells broken: "$@"
}

failures()
{
	nm_profile pc1 broken psk=false
	fails "a wrong key" 12 'pre-shared key'
	nm_profile pc1 broken password=false
	fails "a wrong password" 8 'password'
	check "a wrong password: nmcli's own words are the best it has" file_has "$OUT/nmcli-said" 'secrets'
	forward_remove 4500
	nm_profile pc1 broken
	fails "no 4500" 12 'UDP 4500'
	check "no 4500: tsunagu status tells it, too" has "$(on pc1 tsunagu status broken 2>&1 || true)" 'UDP 4500'
	forward_restore 4500
	check "failures: as before" as_before
}

# What root would run or read for somebody: the client refuses it, as in all of NetworkManager's profiles.
refused()
{
	nm_profile pc1 broken "password-command=/usr/bin/touch;/run/ran"
	fails "a command" 3 'password-command'
	check_fails "a command: wasn't run" test -e "$(node_path pc1 /run/ran)"
}

# without NAME KEY...: the connection as somebody left it who keeps these keys elsewhere, or dropped them.
without()
{
	local name=$1 key file
	file=$(node_path pc1 "/etc/NetworkManager/system-connections/$1.nmconnection")
	shift
	for key; do
		sed -i "/^$key=/d" "$file"
	done
	nm pc1 connection load "/etc/NetworkManager/system-connections/$name.nmconnection"
}

# What nobody keeps is asked for; what KDE has dropped (its IPsec page is off without a program ipsec) as well, and
# nothing goes in clear meanwhile.
secrets()
{
	(umask 077 && printf '%s\n' 'vpn.secrets.password:himitsu' 'vpn.secrets.ipsec-psk:naisho no kagi 1' \
		>"$(node_path pc1 /run/answers)")
	nm_profile pc1 asked password-flags=2
	without asked password
	check_exit "secrets: nobody is there to be asked" 4 nm_up pc1 asked
	must "secrets: a password that is asked for" nm pc1 connection up asked passwd-file /run/answers
	check "secrets: the office answers" ping_office pc1
	check "secrets: down" nm_down pc1 asked
	nm_profile pc1 kde
	without kde ipsec-enabled machine-auth-type ipsec-psk
	clear_watch clear
	must "secrets: KDE's, whose key is missing" nm pc1 connection up kde passwd-file /run/answers
	check "secrets: it answers, too" ping_office pc1
	check "secrets: and goes" nm_down pc1 kde
	check "secrets: nothing went in clear" test "$(clear_seen clear)" = 0
	rm "$(node_path pc1 /run/answers)"
	check "secrets: as before" as_before
}

scenario_networkmanager()
{
	gateway_start
	lan_dns
	nm_start pc1
	must "NetworkManager has the wired network" wait_for 60 nm_wired pc1
	state_of_machine >"$OUT/before"
	ordinary
	several
	failures
	refused
	secrets
}
