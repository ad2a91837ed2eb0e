# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: L2TP in clear is never sent and never accepted, whatever the gateway does
# userlands: bookworm trixie
# seconds: 28
# checks: 7

# A gateway that answers L2TP outside of ESP: its replies must not be taken.
scenario_clear()
{
	gateway_start placement=direct
	profile pc1 direct gateway="$DIRECT"
	capture_start pc1 wire
	must "connects" connect pc1 direct
	local port
	port=$(on pc1 tsunagu status direct --json |
		python3 -c 'import json, sys; print(json.load(sys.stdin)["l2tp"]["source-port"])')
	# A forged StopCCN from the gateway's address and port, outside of ESP; the NAT lets it pass when
	# it comes from inside the branch, so it is sent from the branch's own network.
	# shellcheck disable=SC2016
	on pc2 perl -MIO::Socket::INET -e '
		socket(my $raw, 2, 3, 255) or die;
		setsockopt($raw, 0, 3, 1) or die;
		my ($src, $dst, $dport) = @ARGV;
		my $stop = pack("nnnnnn", 0xc802, 38, 0, 0, 0, 0) . pack("nnnn", 0x8008, 0, 0, 4) .
			pack("nnnn", 0x8008, 0, 9, 1) . pack("nnnnn", 0x800a, 0, 1, 1, 0);
		my $udp = pack("nnnn", 1701, $dport, 8 + length $stop, 0) . $stop;
		my $ip = pack("CCnnnCCna4a4", 0x45, 0, 20 + length $udp, 1, 0, 64, 17, 0,
			inet_aton($src), inet_aton($dst));
		for (1 .. 50) {
			send($raw, $ip . $udp, 0, sockaddr_in(0, inet_aton($dst))) or die;
		}' "$DIRECT" 192.168.10.11 "$port"
	wait_for 5 bash -c "tcpdump -Z root -n -r '$OUT/wire.pcap' 'udp src port 1701' 2>/dev/null | grep -q $port"
	check "50 forged StopCCNs in clear are ignored" ping_office pc1
	check "the kernel says why" has "$(on pc1 cat /proc/net/xfrm_stat)" XfrmInNoStates
	check "disconnects" disconnect pc1 direct
	capture_stop wire
	check "nothing left the PC in clear" lacks \
		"$(capture_text wire 'udp dst port 1701')" 1701
	gateway_stop
	gateway_start placement=direct l2tp=no
	capture_start pc1 silent
	check_exit "with no L2TP service behind IPsec it says so" 17 connect pc1 direct --timeout 15
	capture_stop silent
	check "and nothing left in clear" lacks "$(capture_text silent 'udp dst port 1701')" 1701
}
