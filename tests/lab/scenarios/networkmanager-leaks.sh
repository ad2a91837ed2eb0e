# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: under NetworkManager, too, a hostile local network gets no packet beside a full tunnel
# seconds: 25
# checks: 15

# shellcheck source=/dev/null
. /lab/guest/hostile.sh

scenario_networkmanager_leaks()
{
	network_ipv6
	gateway_start
	nm_start pc1
	must "NetworkManager has the wired network" wait_for 60 nm_wired pc1
	nm_profile pc1 office full=yes
	hostile
	noise "without a tunnel" some
	must "up in a hostile network" nm_up pc1 office
	noise "connected" none
	through "connected"
	# The tunnel ends at its other end, and its process can't do anything about it for a while.
	on pc1 pkill -STOP -x tsunagu
	on pc1 pkill -KILL -x pppd
	noise "while it is broken" none
	on pc1 pkill -CONT -x tsunagu
	check "it is repaired" wait_for 30 ping_office pc1
	noise "and repaired" none
	gateway_kill
	on pc1 pkill -KILL -x pppd
	noise "while the gateway is gone" none
	gateway_again
	check "it is there again" wait_for 60 ping_office pc1
	check "still activated" nm_is pc1 office activated
	must "down" nm_down pc1 office
	noise "after its end" some
}
