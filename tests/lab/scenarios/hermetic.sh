# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: the lab checks itself: NATs, silence of closed ports, snapshots, netem
# seconds: 15
# checks: 18

udp_to_office()
{
	on pc1 bash -c "echo $2 >/dev/udp/$OFFICE/$1" || true
}

check_ports_rewritten()
{
	local port line
	for port in 500 4500; do
		line=$(capture_text wan "src host 203.0.113.2 and dst port $port" | head -n 1)
		check "the branch's NAT rewrites the source port to $port" \
			lacks "$line" "203.0.113.2.$port >"
		check "the office forwards $port to the gateway's LAN address" \
			has "$(capture_text lan "dst port $port")" "$GATEWAY_LAN.$port"
	done
}

# Packets with source ports 500 and 4500, as an IPsec client sends them.
send_probes()
{
	# shellcheck disable=SC2016
	on pc1 perl -MIO::Socket::INET -e '
		for my $port (500, 4500) {
			IO::Socket::INET->new(Proto => "udp", LocalPort => $port,
				PeerAddr => "198.51.100.2:$port")->send("probe");
		}'
}

check_snapshots()
{
	snapshot pc1 "$OUT/before"
	on pc1 bash -c '
		ip rule add fwmark 7 table 7
		ip address add 10.9.8.7/32 dev lo
		ip xfrm policy add dst 10.1.1.2 dir out tmpl proto esp reqid 77 mode transport
		echo 1 >/etc/new; echo 1 >/run/new; echo 1 >/proc/sys/net/ipv4/ip_forward'
	snapshot pc1 "$OUT/changed"
	check_fails "a snapshot sees changes" same_snapshot "$OUT/before" "$OUT/changed"
	check "each of them" has "$(diff "$OUT/before" "$OUT/changed")" \
		'lookup 7' 10.9.8.7 etc/new /run/new ip_forward 'reqid 77' 'dir out'
	on pc1 bash -c '
		ip rule del fwmark 7 table 7
		ip address del 10.9.8.7/32 dev lo
		ip xfrm policy flush
		rm /etc/new /run/new; echo 0 >/proc/sys/net/ipv4/ip_forward'
	snapshot pc1 "$OUT/after"
	check "and none when they are undone" same_snapshot "$OUT/before" "$OUT/after"
}

check_delay()
{
	netem branch delay=100ms
	check "netem delays what it is told to" has "$(on pc1 ping -c 2 203.0.113.1)" 'time=10'
	netem branch
}

scenario_hermetic()
{
	check "pc1 reaches the internet" on pc1 ping -c 1 -W 5 203.0.113.1
	check "pc2 reaches the internet" on pc2 ping -c 1 -W 5 203.0.113.1
	check_fails "the office's LAN is out of reach" on pc1 ping -c 1 -W 1 "$SERVER"
	capture_start inet wan
	capture_start gw lan udp or icmp
	send_probes
	udp_to_office 1701 closed
	wait_for 5 grep -q probe "$OUT/lan.pcap"
	forward_remove 4500
	udp_to_office 4500 removed
	forward_restore 4500
	udp_to_office 4500 restored
	wait_for 5 grep -q restored "$OUT/lan.pcap"
	capture_stop lan
	capture_stop wan
	check_ports_rewritten
	check "packets to closed ports are on their way" \
		grep -q closed "$OUT/wan.pcap"
	check_fails "but reach nobody" grep -qE 'closed|removed' "$OUT/lan.pcap"
	check_fails "and nobody answers" grep -q . <<<"$(capture_text wan \
		"icmp and host 198.51.100.2 and not icmp[0] == 3")"
	check_delay
	check_snapshots
	check "the gateway starts on the internet" gateway_start placement=direct
	check "it stops" gateway_stop
	check "it starts again behind the router" gateway_start
	check "nothing of the host's network is here" \
		lacks "$(echo /sys/class/net/*)" eth
}
