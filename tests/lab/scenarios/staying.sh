# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: what happens to a connection on its day is repaired: ppp0 and the office stay where they were
# seconds: 110
# checks: 53
# userlands: bookworm trixie
# processor: alone

# begin NAME: connects in the foreground and stays.
begin()
{
	in_background "$1" pc1 tsunagu connect "$1" --foreground --json --verbose
	wait_log "$OUT/$1.log" '"event":"up"' 20
	CONNECTION=$1
}

# mark: what is said from now on is what counts.
mark()
{
	SEEN=$(wc -c <"$OUT/$CONNECTION.log")
}

# said_since STRING: the connection has said it since the mark.
said_since()
{
	[[ $(tail -c "+$((SEEN + 1))" "$OUT/$CONNECTION.log") == *"$1"* ]]
}

# repaired TEXT CAUSE LEVEL: the loss that has been made since the mark is over, and all is as before.
repaired()
{
	check "$1: repaired" wait_for 60 said_since "\"repaired\":{\"cause\":\"$2\",\"level\":\"$3\""
	check "$1: the office answers" ping_office pc1
	check "$1: by the same interface" on pc1 ip link show ppp0
	mark
}

# undisturbed TEXT: what was done since the mark needed no repair.
undisturbed()
{
	check "$1: the office answers" ping_office pc1
	check_fails "$1: nothing had to be made anew" said_since '"event":"repair"'
	mark
}

# busy, idle: the user works, or doesn't.
busy()
{
	in_background work pc1 ping -q -i 0.2 "$SERVER"
}

idle()
{
	background_stop work || true
}

this_machine()
{
	pppd_kill pc1
	repaired "pppd is killed" ppp-lost call
	pppd_kill pc1 STOP
	busy
	repaired "pppd is stopped" ppp-lost call
	idle
	uplink_change pc1
	repaired "another address" uplink-changed all
	lte_up pc1
	repaired "Wi-Fi to LTE" uplink-changed all
	check "LTE is what is used" has "$(on pc1 tsunagu status office --json)" '"uplink":"lte0"'
	lte_down pc1
	repaired "and back" uplink-changed all
	uplink_lose pc1
	uplink_return pc1
	undisturbed "the cable is out for a moment"
	suspend pc1
	pause 3
	resume pc1
	check "it asks after a sleep" wait_for 5 said_since 'is the gateway there?'
	undisturbed "a short sleep"
	clock_jump 90000000
	clock_jump -90000000
	undisturbed "the clock is set by years"
}

the_road()
{
	busy
	nat_rebind
	# The gateway follows with the first packet that it gets; what it had sent before is lost.
	check "the NAT gives other ports" wait_for 5 ping_office pc1
	undisturbed "the gateway follows"
	blackout
	pause 4
	blackout_end
	check "a blackout of some seconds" wait_for 20 ping_office pc1
	mark
	idle
}

the_gateway()
{
	busy
	gateway_kill
	check "the gateway is gone: noticed" wait_for 15 said_since '"cause":"gateway-lost"'
	check_exit "status says what is done about it" 0 on pc1 tsunagu status office
	check "in words" has "$(<"$LAB/output")" reconnecting
	gateway_again
	repaired "the gateway was restarted" gateway-lost all
	idle
	gateway_forgets pc1
	check "the gateway deletes the SAs: the office answers" wait_for 20 ping_office pc1
	mark
}

# A password is sent once, however long the connection has worked; only the user ends it.
refusal()
{
	begin again
	mark
	gateway_kill
	gateway_start users='taro:another'
	check "a password that has changed is refused" wait_for 60 said_since '"cause":"ppp-auth"'
	uplink_change pc1
	uplink_lose pc1
	uplink_return pc1
	check "the connection stays, and says so" has "$(on pc1 tsunagu status again --json)" '"state":"wait"' '"held":true' \
		'"cause":"ppp-auth"'
	check "and what to do" has "$(on pc1 tsunagu status again)" 'tsunagu disconnect again'
	check "what belongs into the tunnel goes nowhere" has "$(on pc1 ip route get "$SERVER" 2>&1 || true)" 'No route to host'
	must "it is ended" disconnect pc1 again
	check_exit "by the user" 0 background_wait again
	check "the password was sent once" test "$(grep -c 'Peer taro failed CHAP' "$LAB/node/gw/syslog")" == 1
}

# What belongs into a full tunnel goes nowhere meanwhile, and the machine still gets its new route.
full_tunnel()
{
	begin full
	mark
	uplink_change pc1
	repaired "another address under a full tunnel" uplink-changed all
	uplink_lose pc1
	uplink_return pc1
	check "the cable is out under a full tunnel" wait_for 20 ping_office pc1
	must "it ends" disconnect pc1 full
	background_wait full || true
}

scenario_staying()
{
	gateway_start
	profile pc1 office ipv4.ignore-auto-dns=true
	profile pc1 again ipv4.ignore-auto-dns=true
	profile pc1 full full=yes ipv4.ignore-auto-dns=true
	well "a first time"
	snapshot pc1 "$OUT/before"
	clear_watch clear
	begin office
	mark
	this_machine
	the_road
	the_gateway
	on pc1 tsunagu status office --json >"$OUT/status.json"
	check "it can be ended" disconnect pc1 office
	check_exit "in good order" 0 background_wait office
	check "in clear went nothing" test "$(clear_seen clear)" == 0
	full_tunnel
	refusal
	gateway_stop
	uplink_change pc1 11
	# The cable was in again a moment ago.
	wait_for 10 addressed pc1
	snapshot pc1 "$OUT/after"
	check "no trace" same_snapshot "$OUT/before" "$OUT/after"
}
