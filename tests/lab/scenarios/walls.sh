# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: no way past a full tunnel's walls: users, containers and neighbours, by ethernet, modem and IPv6
# seconds: 70
# checks: 59

# What pc1 may send by a link: ARP, the tunnel, neighbour discovery and multicast listener reports on the link.
ALLOWED='arp or (udp and host 198.51.100.2 and (port 500 or port 4500)) or (icmp6 and ip6[40] >= 133 and ip6[40] <= 137 and (dst net fe80::/10 or dst net ff02::/16 or dst net 2001:db8:10::/64)) or (ip6[6] = 0 and ip6[40] = 58 and dst net ff02::/16)'

# A container: its packets are forwarded. And pc2 takes pc1 for its router.
container()
{
	on pc1 sysctl -q -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 'net.ipv4.ping_group_range=0 2147483647'
	on pc1 ip netns add box
	node_ip pc1 <<-END
	link add box0 type veth peer name eth0 netns box
	link set box0 up
	address add 172.17.0.1/24 dev box0
	address add 2001:db8:17::1/64 dev box0 nodad
	END
	on pc1 ip -netns box -batch - <<-END
	link set lo up
	link set eth0 up
	address add 172.17.0.2/24 dev eth0
	address add 2001:db8:17::2/64 dev eth0 nodad
	route add default via 172.17.0.1
	route add default via 2001:db8:17::1
	END
	on pc1 ip netns exec box sysctl -q -w 'net.ipv4.ping_group_range=0 2147483647'
	node_ip pc2 <<-END
	route add 216.165.47.10 via 192.168.10.11
	address add 2001:db8:10::12/64 dev eth0 nodad
	route add 2001:db8:203::/64 via 2001:db8:10::11
	END
}

# sneak WHO: tries every way out.
sneak()
{
	case $1 in
	user) on pc1 python3 /lab/guest/sneak.py user eth0 wwan0 ;;
	container) on pc1 ip netns exec box python3 /lab/guest/sneak.py root eth0 ;;
	neighbour) on pc2 python3 /lab/guest/sneak.py root eth0 ;;
	esac
}

# What has left by DEVICE and is not ours, and how often a datagram's word is in it (to the gateway's own ports, too).
seen()
{
	capture_text "$1" "not ($ALLOWED)"
	grep -ao leakleak "$OUT/$1.pcap" || true
}

# tries STATE none|some [DEVICE...]: all of them try, and nothing, or something of each, is seen on the links.
tries()
{
	local state=$1 want=$2 who device name
	shift 2
	(($#)) || set -- eth0 wwan0
	for who in user container neighbour; do
		for device; do
			capture_start "pc1:$device" "$((++TRY))-$who-$device" outbound
		done
		TRY=$((TRY - $#))
		sneak "$who"
		for device; do
			name=$((++TRY))-$who-$device
			capture_stop "$name"
			if [[ $want == none ]]; then
				check "$state: nothing of a $who leaves by $device" nothing "$(seen "$name")"
			elif [[ $who$device != *wwan0 || $who == user ]]; then
				check "$state: a $who's packets are seen on $device" test -n "$(seen "$name")"
			fi
		done
	done
}

nothing()
{
	[[ -z $1 ]] || { sort <<<"$1" | uniq -c | head -n 8; return 1; }
}

process_of()
{
	on pc1 pgrep -x "$1" | head -n 1
}

has_rules()
{
	has "$(on pc1 ip rule)" 'unreachable' && has "$(on pc1 ip -6 rule)" 'unreachable'
}

has_policies()
{
	has "$(on pc1 ip xfrm policy)" 'dir fwd action block' 'dport 1701'
}

# One layer is taken away while the client can't put it back; what is left holds, for all that isn't bound to a link.
removed()
{
	on pc1 kill -STOP "$(process_of tsunagu)"
	on pc1 ip rule flush
	on pc1 ip -6 rule flush
	on pc1 ip rule add priority 32766 lookup main
	on pc1 ip -6 rule add priority 32766 lookup main
	tries "rules removed" none
	on pc1 kill -CONT "$(process_of tsunagu)"
	check "the rules are back" wait_for 5 has_rules
	on pc1 ip xfrm policy flush
	check "flushed policies are back, L2TP's as well" wait_for 5 has_policies
	check "and the tunnel carries" ping_office pc1
	check "the log tells" file_has "$(node_path pc1 /var/log/tsunagu/locked.log)" 'another program has removed'
}

# What a link needs passes: leases, neighbours.
twins()
{
	capture_start pc1:eth0 leases
	on pc1 python3 - <<-END
	import socket
	for family, port, to in ((socket.AF_INET, 68, ('255.255.255.255', 67)), (socket.AF_INET, 68, ('192.168.10.1', 67)),
	                         (socket.AF_INET6, 546, ('ff02::1:2', 547, 0, socket.if_nametoindex('eth0')))):
	    with socket.socket(family, socket.SOCK_DGRAM) as s:
	        s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b'eth0\0')
	        s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
	        s.bind(('', port))
	        s.sendto(b'lease', to)
	END
	on pc1 ip -6 neigh flush dev eth0
	on napt ip -6 neigh flush dev br0
	on napt ping -q -c 1 -W 1 2001:db8:10::11 >/dev/null || true
	capture_stop leases
	check "a lease is asked for, by both families" has "$(capture_text leases)" '255.255.255.255.67' '192.168.10.1.67' 'ff02::1:2.547'
	check "neighbours find this machine" has "$(on napt ip -6 neigh show 2001:db8:10::11)" lladdr
	check "and it finds them" on pc1 ping -q -c 1 -W 2 -m 29811 -I eth0 fe80::1
}

# By choice: the printer next door, and who asks for it.
printers()
{
	must "local networks stay by choice: connects" connect pc1 near
	capture_start pc1:eth0 printers outbound
	sneak user
	capture_stop printers
	local text
	text=$(capture_text printers "not ($ALLOWED)")
	check "printers are found and reached" has "$text" '192.168.10.1.53' '224.0.0.251.53' 'fe80::1.443' 'ff02::fb.53' 'fd00:10::1.443'
	check "and no more than they" lacks_all "$text" 216.165.47.10 198.51.100.2 2001:db8:203::1 2001:db8:10::1 ff0e::5
	must "disconnects" disconnect pc1 near
}

# lacks_all TEXT STRING...
lacks_all()
{
	local text=$1 string
	shift
	for string; do
		lacks "$text" "> $string" || return 1
	done
}

# The same with the modem for an uplink.
by_modem()
{
	on pc1 ip route replace default via 10.0.20.1 dev wwan0
	must "by the modem: connects" connect pc1 locked
	check "by the modem: ESP goes there" has "$(on pc1 tsunagu status locked --json)" 10.0.20.2
	tries "by the modem" none
	check "by the modem: the tunnel carries" ping_office pc1
}

is_repairing()
{
	has "$(on pc1 tsunagu status locked --json)" '"repairing"'
}

scenario_walls()
{
	TRY=0
	network_ipv6
	node_ip napt <<-END
	address add fe80::1/64 dev br0 nodad
	address add fd00:10::1/64 dev br0 nodad
	END
	on pc1 ip address add fd00:10::11/64 dev eth0 nodad
	point_to_point
	container
	gateway_start
	profile pc1 locked full=yes kill-switch=yes
	profile pc1 near full=yes local-network=yes
	tries "without a tunnel" some
	block -p udp --dport 4500
	in_background before pc1 tsunagu connect --timeout 20 locked
	must "before: the rules stand" wait_for 5 has_rules
	tries "before, with the kill switch" none
	unblock -p udp --dport 4500
	background_stop before || true
	must "connects" connect pc1 locked
	tries "connected" none
	twins
	removed
	gateway_kill
	must "in repair" wait_for 90 is_repairing
	tries "in repair" none
	on pc1 tsunagu disconnect --all
	check_exit "fails with the kill switch" 12 connect pc1 locked --timeout 3
	tries "after a failure" none
	must "disconnect opens" disconnect pc1 locked
	gateway_again
	printers
	by_modem
}
