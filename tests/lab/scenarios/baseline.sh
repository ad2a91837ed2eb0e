# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: today's client (strongSwan, xl2tpd, pppd) connects through both NATs
# userlands: bookworm trixie
# seconds: 15
# checks: 7

scenario_baseline()
{
	local begin
	must "the gateway starts" gateway_start
	must "the client's daemons start" classic_start pc1
	capture_start inet baseline
	begin=$(now_ms)
	must "it connects" classic_connect pc1
	note "connected in $(($(now_ms) - begin)) ms, address $CLASSIC_ADDRESS"
	check "its address is from the pool" has "$CLASSIC_ADDRESS" 192.168.100.2
	on pc1 ip route add "$SERVER" dev ppp0
	check "a host on the office's LAN answers" on pc1 ping -c 1 -W 5 "$SERVER"
	check "it disconnects" classic_disconnect pc1
	capture_stop baseline
	check_fails "nothing went over the internet in clear" \
		grep -q . <<<"$(capture_text baseline udp port 1701)"
}
