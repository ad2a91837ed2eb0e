# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# A hostile local network around pc1, and a look at what leaves pc1 beside the tunnel; sourced by the scenarios that look.

NOISE=0
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
