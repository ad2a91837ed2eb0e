# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: SA lifetimes of seconds end under traffic, and no ping is lost

# How many SAs towards the gateway pc1 has.
states()
{
	on pc1 ip xfrm state | grep -c '^src 192.168.10.11 '
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
	check "50 pings a second lost none meanwhile" has "$(<"$OUT/steady.log")" ' 0% packet loss'
	note "$(states) outbound SAs after three renewals of phase 2 and two of phase 1"
	check "status tells of the new ones" has "$(on pc1 tsunagu status office)" 's left'
	check "the tunnel still works" ping_office pc1
	check "disconnects" disconnect pc1 office
	check "no SA is left" lacks "$(on pc1 ip xfrm state)" 192.168.10.11
}
