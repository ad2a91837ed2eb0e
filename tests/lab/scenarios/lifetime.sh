# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: SA lifetimes of seconds end under traffic, and the traffic goes on
# seconds: 55

# How many SAs towards the gateway pc1 has.
states()
{
	on pc1 ip xfrm state | grep -c '^src 192.168.10.11 '
}

# lost FILE: how many pings of a log had no answer.
lost()
{
	sed -nE 's/^([0-9]+) packets transmitted, ([0-9]+) received.*/\1 \2/p' "$1" |
		{ read -r sent received && echo "$((sent - received))"; }
}

scenario_lifetime()
{
	gateway_start ike_lifetime=1h lifetime=1h
	profile pc1 office ipsec-salifetime=16 ipsec-ikelifetime=30
	must "connects" connect pc1 office
	local first second
	first=$(on pc1 ip xfrm state | sed -n 's/.*spi \(0x[0-9a-f]*\).*/\1/p')
	in_background steady pc1 ping -i 0.02 -w 50 -W 5 "$SERVER"
	background_wait steady || true
	second=$(on pc1 ip xfrm state | sed -n 's/.*spi \(0x[0-9a-f]*\).*/\1/p')
	check "the SAs are others after 50 seconds" lacks "$second" "${first%%$'\n'*}"
	check "no renewal costs a packet" test "$(lost "$OUT/steady.log")" -eq 0
	check "old SAs go" test "$(states)" -le 3
	check "status tells of the new ones" has "$(on pc1 tsunagu status office)" 's left'
	check "the tunnel still works" ping_office pc1
	check "disconnects" disconnect pc1 office
	check "no SA is left" lacks "$(on pc1 ip xfrm state)" 192.168.10.11
}
