# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: a hostile local network gets no packet beside a full tunnel, in no state of it
# seconds: 70
# checks: 31

# shellcheck source=/dev/null
. /lab/guest/hostile.sh

process_of()
{
	on pc1 pgrep -x "$1" | head -n 1
}

no_ppp()
{
	lacks "$(on pc1 ip -o link)" ppp
}

scenario_leaks()
{
	network_ipv6
	gateway_start
	profile pc1 office full=yes
	profile pc1 locked full=yes kill-switch=yes
	profile pc1 near full=yes local-network=yes
	hostile
	noise "without a tunnel" some
	must "connects in a hostile network" connect pc1 office
	noise "connected" none
	through "connected"
	# The tunnel's interface goes, and its process can't do anything about it for a while.
	on pc1 kill -STOP "$(process_of tsunagu)"
	on pc1 kill -KILL "$(process_of pppd)"
	wait_for 5 no_ppp
	noise "while there is no PPP interface" none
	on pc1 kill -CONT "$(process_of tsunagu)"
	on pc1 tsunagu disconnect --all || true

	must "local networks stay by choice: connects" connect pc1 near
	check "the neighbour is reached" on pc1 ping -c 1 -W 2 192.168.10.12
	check "a public network is nobody's own" has "$(on pc1 ip route get 216.165.47.10)" ppp
	must "disconnects" disconnect pc1 near

	# The service's process dies, and what its manager does then is done; the gateway doesn't answer meanwhile.
	must "a full tunnel: connects" connect pc1 office
	on pc1 kill -KILL "$(process_of tsunagu)"
	wait_for 5 no_ppp
	on pc1 env SERVICE_RESULT=signal tsunagu disconnect office
	noise "a service that was killed" none
	check "status says how to open" has "$(on pc1 tsunagu status office 2>&1)" 'left the network closed' 'tsunagu disconnect'
	block -p udp
	check_fails "the next attempt fails" connect pc1 office --timeout 3
	noise "and after its failure" none
	unblock -p udp
	must "it connects from there" connect pc1 office
	must "disconnects" disconnect pc1 office

	must "with a kill switch: connects" connect pc1 locked
	check_fails "the neighbour isn't reached" on pc1 ping -c 1 -W 1 192.168.10.12
	on pc1 kill -KILL "$(process_of tsunagu)"
	wait_for 5 no_ppp
	noise "kill switch after kill -9" none
	check "status says so, and how to open" has "$(on pc1 tsunagu status locked 2>&1)" \
		'left the network closed' 'tsunagu disconnect'
	must "it connects from there" connect pc1 locked
	through "from there"
	block -p udp --dport 4500
	gateway_kill
	on pc1 kill -KILL "$(process_of tsunagu)"
	in_background dead pc1 tsunagu connect --timeout 4 locked
	noise "kill switch while a dead gateway is tried" none
	background_wait dead || true
	check "the failure says that it stays closed" file_has "$OUT/dead.log" 'stays closed'
	noise "kill switch after the failure" none
	must "disconnect opens" disconnect pc1 locked
	noise "afterwards" some
}
