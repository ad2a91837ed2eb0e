# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: 100 MB each way through the tunnel, and two PCs behind one NAPT that don't disturb each other
# seconds: 26
# checks: 16
# processor: alone

# Pings for as long as the neighbour comes and goes: 50 a second, none lost.
neighbour_undisturbed()
{
	in_background steady pc1 ping -i 0.02 -W 5 "$SERVER"
	wait_log "$OUT/steady.log" 'bytes from'
	must "pc2 connects beside pc1" connect pc2 office
	check "pc2 carries traffic" ping_office pc2 20
	check "pc2 disconnects" disconnect pc2 office
	check "which costs pc1 no packet" ping_end steady
}

both_at_once()
{
	in_background first pc1 tsunagu connect office
	in_background second pc2 tsunagu connect office
	must "pc1 connects at the same time" background_wait first
	must "as pc2" background_wait second
	check "pc1 reaches the office" ping_office pc1 20
	check "pc2 reaches the office" ping_office pc2 20
	check "pc1 leaves" disconnect pc1 office
	check "pc2 doesn't notice" ping_office pc2 20
	check "pc2 leaves" disconnect pc2 office
}

scenario_transfer()
{
	gateway_start
	lan_serve
	profile pc1 office
	profile pc2 office user=hanako password=naisho
	must "connects" connect pc1 office
	check "100 MB to the office" on pc1 iperf3 -c "$SERVER" -n 100M
	check "100 MB from the office" on pc1 iperf3 -c "$SERVER" -n 100M -R
	check "the tunnel counted them" on pc1 bash -c 'tsunagu status office --json | python3 -c "
import json, sys
s = json.load(sys.stdin)
assert s[\"bytes-in\"] > 1e8 and s[\"bytes-out\"] > 1e8, s"'
	neighbour_undisturbed
	check "disconnects" disconnect pc1 office
	both_at_once
}
