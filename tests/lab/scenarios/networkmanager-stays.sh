# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: under NetworkManager a connection stays activated through its day, and its names and routes go with it
# seconds: 47
# checks: 29

# stays TEXT: traffic flows again, NetworkManager has not seen it go, and the interface is the one that it knows.
stays()
{
	check "$1: the office answers again" wait_for 60 reached
	check "$1: activated all the time" nm_is pc1 office activated
	check "$1: the same interface" test "$(index)" = "$INDEX"
	check "$1: the gateway's name server" file_has "$(node_path pc1 /etc/resolv.conf)" "nameserver $SERVER"
}

reached()
{
	on pc1 ping -q -c 1 -W 1 "$SERVER"
}

index()
{
	on pc1 cat /sys/class/net/ppp0/ifindex
}

names_and_routes()
{
	on pc1 bash -c 'cat /etc/resolv.conf; ip route; ip rule; ip -6 rule; ip -o link | cut -d: -f2'
}

scenario_networkmanager_stays()
{
	gateway_start
	lan_dns
	nm_start pc1
	must "NetworkManager has the wired network" wait_for 60 nm_wired pc1
	names_and_routes >"$OUT/before"
	nm_profile pc1 office
	# Else NetworkManager itself ends it when the network goes that it was begun over.
	nm pc1 connection modify office vpn.persistent yes
	must "up" nm_up pc1 office
	INDEX=$(index)
	in_background monitor pc1 env TERM=dumb nmcli monitor
	pppd_kill pc1
	stays "pppd is killed"
	on gw pkill -x pppd
	stays "the gateway ends PPP in order"
	in_background work pc1 ping -q -i 0.2 "$SERVER"
	gateway_reboot
	stays "the gateway restarts"
	background_stop work || true
	nm_address pc1 77
	stays "another address"
	on napt ip link set pc1 down
	pause 10
	on napt ip link set pc1 up
	stays "the cable is out for ten seconds"
	on pc1 pkill -STOP -x 'tsunagu|pppd|NetworkManager|nm-l2tp-service'
	on napt ip link set pc1 down
	pause 5
	on napt ip link set pc1 up
	on pc1 pkill -CONT -x 'tsunagu|pppd|NetworkManager|nm-l2tp-service'
	stays "a sleep"
	check "nothing was told of an end" lacks "$(<"$OUT/monitor.log")" 'office: deactiv'
	nm_address pc1 11
	check "down" nm_down pc1 office
	names_and_routes >"$OUT/after"
	check "names and routes are as before" diff "$OUT/before" "$OUT/after"
}
