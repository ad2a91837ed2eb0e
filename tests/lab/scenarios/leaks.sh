# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: a hostile local network gets no packet beside a full tunnel, in no state of it
# seconds: 70
# checks: 31

# What may leave by the uplink: IKE and ESP, and what a link needs to be one.
QUIET='(src host 192.168.10.11 or (ip6 and not src net fe80::/10)) and not arp and not (udp and host 198.51.100.2 and (port 500 or port 4500)) and not (udp and (port 67 or port 546)) and not (icmp6 and (ip6[40] >= 133 and ip6[40] <= 136)) and not (ip6 and dst net ff02::/16)'

# noise TEXT COUNT: programs send while the uplink is looked at. COUNT: "none" or "some" of it is seen there.
noise()
{
	local name=leak-$((++NOISE)) seen
	capture_start pc1 "$name"
	on pc1 perl /lab/guest/noise.pl 6
	on pc1 perl /lab/guest/noise.pl 2 bound
	capture_stop "$name"
	# By their word also what goes to the gateway's own ports, by other sockets than the tunnel's.
	seen=$(capture_text "$name" "$QUIET"; grep -ao leakleak "$OUT/$name.pcap") || true
	if [[ $2 == none ]]; then
		check "$1: not one packet leaves beside the tunnel" lacks_all "$seen"
	else
		check "$1: they are seen" test -n "$seen"
	fi
}

lacks_all()
{
	[[ -z $1 ]] || { echo "$1" | head -n 8; return 1; }
}

# The café's router hands out what it likes: a public network as its own, half the internet, single routes, IPv6.
hostile()
{
	node_ip pc1 <<-END
	address add 216.165.47.77/24 dev eth0
	route add 0.0.0.0/1 dev eth0
	route add 128.0.0.0/1 via 192.168.10.1 dev eth0
	route add 216.165.47.10/32 dev eth0
	route add 198.51.100.2/32 via 192.168.10.1 dev eth0 metric 0
	END
	on napt ip address add 216.165.47.10/24 dev br0
	on napt perl /lab/guest/ra.pl br0 2001:db8:bad::
	wait_for 5 has_address6
}

has_address6()
{
	has "$(on pc1 ip -6 address show dev eth0)" 2001:db8:bad:
}

# through TEXT: the same addresses are reached, by the tunnel.
through()
{
	local seen
	capture_start gw:lan0 inside udp port 9999 or tcp port 443
	on pc1 perl /lab/guest/noise.pl 1
	pause 0.2
	capture_stop inside
	seen=$(capture_text inside)
	check "$1: the internet through the tunnel" has "$seen" '216.165.47.10.9999' '216.165.47.10.443'
	check "$1: the gateway's address too" has "$seen" '198.51.100.2.443'
	check "$1: the office answers" ping_office pc1
}

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
	NOISE=0
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
