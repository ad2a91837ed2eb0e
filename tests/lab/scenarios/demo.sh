# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: the story that scripts/demo tells: two PCs, two NATs, and a forgotten port forward
# seconds: 20
# checks: 9

# Shows a command, then what it says.
tell()
{
	local node=$1 line r=0
	shift
	say ""
	say "$node\$ $*"
	on "$node" "$@" >"$LAB/told" 2>&1 || r=$?
	while IFS= read -r line; do
		say "    $line"
	done <"$LAB/told"
	return "$r"
}

scenario_demo()
{
	note "Branch: pc1, pc2 behind a NAPT that rewrites every port. Head office: a router that"
	note "forwards UDP 500 and 4500 to the gateway's LAN address (strongSwan + xl2tpd)."
	gateway_start
	profile pc1 office
	profile pc2 office user=hanako password=naisho
	must "pc1 connects through both NATs" tell pc1 tsunagu connect office
	must "pc1 reaches a host on the office's LAN" tell pc1 ping -c 3 -W 5 "$SERVER"
	must "pc2 connects beside it" tell pc2 tsunagu connect office
	must "pc2 reaches the host too" tell pc2 ping -c 3 -W 5 "$SERVER"
	must "pc1's tunnel still works" tell pc1 ping -c 3 -W 5 "$SERVER"
	must "pc1 tells its state" tell pc1 tsunagu status office
	must "pc1 disconnects" tell pc1 tsunagu disconnect office
	must "pc2 disconnects" tell pc2 tsunagu disconnect office
	note "Now the office's router forgets to forward UDP 4500."
	forward_remove 4500
	check_exit "pc1 is told so" 13 tell pc1 tsunagu connect office
	has "$(<"$LAB/told")" 'UDP 4500' 'masquerade static'
}
