# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: for a network manager: the interface stays through repairs, routes and names of the machine are left alone
# seconds: 25
# checks: 49
# userlands: bookworm trixie

UUID=6c0f4b1e-6f0e-4b57-9a7e-1f2f35c4a0de

# managed_profile NAME [KEY=VALUE...]: a connection that no folder has.
managed_profile()
{
	profile pc1 "$@"
	mv "$(node_path pc1 "/etc/tsunagu/$1.nmconnection")" "$(node_path pc1 "/tmp/$1")"
}

# hand_over NAME: as a network manager's service does; what it is told is in LOG.
hand_over()
{
	LOG=$OUT/$1.log
	in_background "$1" pc1 perl /lab/guest/managed.pl "/tmp/$1" --verbose
}

# The text of the last `up`.
last_up()
{
	grep '"event":"up"' "$LOG" | tail -n 1
}

# How often it was repaired.
repairs()
{
	grep -c '"event":"up".*"repaired":' "$LOG" || true
}

repairs_are()
{
	(($(repairs) >= $1))
}

# The last `up` came by itself: PPP was negotiated anew.
told_more()
{
	[[ $(last_up) != *'"repaired":'* ]]
}

# index_of INTERFACE: its number as the kernel has it.
index_of()
{
	on pc1 cat "/sys/class/net/$1/ifindex"
}

# member NAME: of the last `up`, a string or a number.
member()
{
	last_up | sed -n 's/.*"'"$1"'":"\{0,1\}\([^",}]*\).*/\1/p'
}

# manage: what a network manager does by an `up`.
manage()
{
	on pc1 ip address replace "$(member address)" peer "$(member peer-address)" dev "$(member interface)"
	on pc1 ip route replace 192.168.100.0/24 dev "$(member interface)" metric 50
}

# What the client has to leave alone. The kernel's own routes follow addresses.
left_alone()
{
	on pc1 bash -c 'ip route show table main | grep -v "proto kernel"; ip rule; stat -c "%F %i" /etc/resolv.conf; cat /etc/resolv.conf' 2>&1 || true
}

untouched()
{
	left_alone >"$OUT/alone-now"
	diff "$OUT/alone" "$OUT/alone-now"
}

# repaired TEXT CAUSE: once more than before, and the interface is the same.
repaired()
{
	REPAIRS=$((REPAIRS + 1))
	must "$1: repaired" wait_for 60 repairs_are "$REPAIRS"
	check "$1: what was lost" has "$(grep '"repaired":' "$LOG" | tail -n 1)" "\"repaired\":{\"cause\":\"$2\""
	check "$1: the interface is the same" test "$(index_of ppp0) $(member ifindex)" == "$INDEX $INDEX"
	check "$1: there is one" test "$(on pc1 bash -c 'ls -d /sys/class/net/ppp* | wc -l')" == 1
}

# by_the_route: the office answers by the route that was there; one that went, because PPP was negotiated anew, is made anew
# by the news of that.
by_the_route()
{
	ping_office pc1 && return
	[[ -n $(on pc1 ip route show 192.168.100.0/24) ]] || wait_for 20 told_more || return
	manage
	wait_for 10 ping_office pc1
}

# Each loss, and what becomes of the interface. A pppd that is killed leaves address and routes where they were.
losses()
{
	REPAIRS=0
	in_background work pc1 ping -q -i 0.2 "$SERVER"
	pppd_kill pc1
	repaired "pppd is killed" ppp-lost
	check "pppd is killed: by the route that was there" by_the_route
	gateway_kill
	wait_log "$LOG" '"cause":"gateway-lost"' 30
	check "meanwhile the interface stands" test "$(index_of ppp0)" == "$INDEX"
	check "and leads there" has "$(on pc1 ip route get "$SERVER")" ppp0
	gateway_again
	repaired "the gateway was restarted" gateway-lost
	check "the gateway was restarted: by the route that was there" by_the_route
	background_stop work || true
	pppd_kill pc1 TERM
	repaired "pppd ends in order" ppp-lost
	manage
	check "pppd ends in order: by a new route" ping_office pc1
	uplink_change pc1
	repaired "another address" uplink-changed
	# The gateway may have given another one, with which the kernel drops the route.
	manage
	check "another address: the office answers" ping_office pc1
	# Of the two that need no more one may have been too slow on a busy machine.
	check "another call was enough" file_has "$LOG" '"level":"call"'
}

names_and_ids()
{
	check "found by its id" has "$(on pc1 tsunagu status office --json)" '"name":"office"' "\"uuid\":\"$UUID\""
	check "by its UUID" has "$(on pc1 tsunagu status "$UUID")" office
	hand_over branch
	wait_log "$LOG" '"event":"up"' 20
	check "another one beside it" has "$(last_up)" '"interface":"ppp1"'
	check "the first is used" ping_office pc1
	check "it ends" disconnect pc1 branch
	check_exit "in good order" 0 background_wait branch
	check_exit "a second process for the first is refused" 6 on pc1 perl /lab/guest/managed.pl /tmp/office
	check "with the cause" has "$(<"$LAB/output")" '"cause":"already-running"'
	LOG=$OUT/office.log
}

missing_secret()
{
	check_exit "without a password" 3 on pc1 perl /lab/guest/managed.pl /tmp/silent
	check "the cause is told, and which one it is" has "$(<"$LAB/output")" '"cause":"secret-missing"' '"secret":"password"'
	check "and remembered" has "$(on pc1 tsunagu status silent 2>&1 || true)" 'silent: down' 'last failure'
	check_exit "without events nobody could manage it" 2 on pc1 tsunagu connect /tmp/silent --managed --foreground
}

# The interface goes with the process, whatever pppd does, and what is closed stays so.
full_tunnel()
{
	hand_over full
	wait_log "$LOG" '"event":"up"' 20
	check "a full tunnel says so" has "$(last_up)" '"full-tunnel":true'
	check "takes everything" has "$(on pc1 ip route get 8.8.8.8)" ppp0
	check "the main table has nothing of it" test -z "$(on pc1 ip route show table main | grep -v 'proto kernel' | grep ppp)"
	pppd_kill pc1 STOP
	on pc1 pkill -KILL -x tsunagu
	check "killed: the interface goes" wait_for 5 on pc1 bash -c '! ip link show ppp0 2>/dev/null'
	check "nothing goes past the tunnel" has "$(on pc1 ip route get 8.8.8.8 2>&1 || true)" unreachable
	background_wait full || true
	pppd_kill pc1 KILL || true
	check "cleaned up" disconnect pc1 full
}

scenario_managed()
{
	gateway_start
	managed_profile office ipv4.ignore-auto-dns=true ipv4.dns-search=office.test
	sed -i "s/^type=vpn/uuid=$UUID\n&/" "$(node_path pc1 /tmp/office)"
	managed_profile branch user=hanako password=naisho
	managed_profile silent
	sed -i '/^password=/d' "$(node_path pc1 /tmp/silent)"
	managed_profile full full=yes
	hand_over office
	wait_log "$LOG" '"event":"up"' 20
	must "a first time" disconnect pc1 office
	background_wait office
	snapshot pc1 "$OUT/before"
	left_alone >"$OUT/alone"
	hand_over office
	wait_log "$LOG" '"event":"up"' 20
	INDEX=$(index_of ppp0)
	check "it tells of the interface" has "$(last_up)" '"interface":"ppp0"' "\"ifindex\":$INDEX" "\"gateway\":\"$OFFICE\"" \
		'"peer-address":"' '"mtu":' '"full-tunnel":false' '"search":["office.test"]' "\"uuid\":\"$UUID\""
	check "and of the gateway's name servers, whatever the profile says" has "$(last_up)" '"dns":["'
	check "routes, rules and names are as they were" untouched
	manage
	check "with a network manager's route the office answers" ping_office pc1
	losses
	names_and_ids
	missing_secret
	check "it can be ended" disconnect pc1 office
	check_exit "in good order" 0 background_wait office
	full_tunnel
	uplink_change pc1 11
	snapshot pc1 "$OUT/after"
	check "no trace" same_snapshot "$OUT/before" "$OUT/after"
}
