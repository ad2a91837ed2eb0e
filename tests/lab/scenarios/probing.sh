# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: who sends to the tunnel's address from the local network gets no answer (CVE-2019-14899)
# seconds: 30
# checks: 22

address_of_tunnel()
{
	on pc1 ip -o address show dev ppp0 | sed -nE "s,.* $1 ($2[^/ ]*).*,\\1,p" | head -n 1
}

# probed TEXT ADDRESS TIMES: what pc1 answers, as text.
probed()
{
	capture_start napt:br0 answers src host "$1" and not arp
	on napt perl /lab/guest/probe.pl "$1" "$2"
	pause 0.3
	capture_stop answers
	capture_text answers
}

rp_filter()
{
	on pc1 bash -c "echo $1 >/proc/sys/net/ipv4/conf/all/rp_filter; echo $1 >/proc/sys/net/ipv4/conf/eth0/rp_filter"
}

open_guard()
{
	local address
	for address in "$@"; do
		on pc1 ip xfrm policy delete dst "$address" dir in
	done
}

# guarded ADDRESS...: for each there are the three policies.
guarded()
{
	local address policies
	policies=$(on pc1 ip xfrm policy)
	for address in "$@"; do
		(($(grep -c "dst $address/" <<<"$policies") >= 3)) || return 1
	done
}

scenario_probing()
{
	local mode address address6 answers
	network_ipv6
	gateway_start
	profile pc1 office ipv6.method=auto ipv6.route1=fd00:200::/64
	# shellcheck disable=SC2016
	in_background listener pc1 perl -MIO::Socket::INET -e '
		my $u = IO::Socket::INET->new(Proto => "udp", LocalPort => 5001) or die;
		my $t = IO::Socket::INET->new(Proto => "tcp", LocalPort => 22, Listen => 5) or die; sleep 600'
	for mode in 0 1 2; do
		rp_filter "$mode"
		must "rp_filter $mode: connects" connect pc1 office
		address=$(address_of_tunnel inet 192)
		on napt ip route replace "$address" via 192.168.10.11 dev br0
		answers=$(probed "$address" 1000)
		check "rp_filter $mode: no answer to 9000 probes" test -z "$answers"
		check "rp_filter $mode: the office reaches the address" on lan ping -c 2 -W 5 "$address"
		check "rp_filter $mode: so does the machine itself" on pc1 ping -c 1 -W 2 "$address"
		[[ $mode == 2 ]] || must "rp_filter $mode: disconnects" disconnect pc1 office
	done
	wait_for 10 has_link6
	on gw perl /lab/guest/ra.pl "$(gw_ppp)" fd00:200::
	wait_for 10 has_global6
	address6=$(address_of_tunnel inet6 fd00)
	on napt ip -6 route replace "$address6" via 2001:db8:10::11 dev br0
	answers=$(probed "$address6" 1000)
	check "IPv6: no answer to 9000 probes" test -z "$answers"
	check "IPv6: the gateway reaches the address" on gw ping -c 2 -W 5 -I "$(gw_ppp)" "$address6"
	check "IPv6: so does the machine itself" on pc1 ping -c 1 -W 2 "$address6"
	rp_filter 0
	# The client would put them back at once.
	on pc1 pkill -STOP -x tsunagu
	open_guard "$address" "$address6"
	check "without the guard there are answers" test -n "$(probed "$address" 20)"
	check "by IPv6 too" test -n "$(probed "$address6" 20)"
	on pc1 pkill -CONT -x tsunagu
	wait_for 5 guarded "$address" "$address6"
	check "the client puts it back" test -z "$(probed "$address" 20)$(probed "$address6" 20)"
	must "disconnects" disconnect pc1 office
	check "and leaves no policy" test -z "$(on pc1 ip xfrm policy)"
}

gw_ppp()
{
	on gw ip -o link | sed -nE 's/^[0-9]+: (ppp[0-9]+):.*/\1/p' | head -n 1
}

has_link6()
{
	has "$(on pc1 ip -6 address show dev ppp0)" fe80: && has "$(on gw ip -6 address show dev "$(gw_ppp)")" fe80:
}

has_global6()
{
	has "$(on pc1 ip -6 address show dev ppp0)" fd00:200:
}
