# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# not in the test run
# description: benchmark: throughput and CPU per gigabyte through the tunnel, beside the same path made by hand and none
#
# --set runs=25: of each path and direction, in turns; --set megabytes=30: in each. With each algorithm, --set few=5.

# shellcheck source=/dev/null
. /lab/guest/bench.sh

# What pc2's ESP comes from at the gateway, and the UDP port of its L2TP.
HAND_NAT=14500 HAND_PORT=1702

# esp_by_hand HERE THERE SPI-OUT SPI-IN SPORT DPORT: an end's SAs and policies, with the same algorithms as the client's.
esp_by_hand()
{
	local here=$1 there=$2 out=$3 in=$4 sport=$5 dport=$6
	local keys='enc cbc(aes) 0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f'
	keys+=' auth-trunc hmac(sha1) 0x000102030405060708090a0b0c0d0e0f10111213 96'
	local l2tp="proto udp sport $HAND_PORT dport $HAND_PORT"
	cat <<-END
	xfrm state add src $here dst $there proto esp spi $out mode transport replay-window 32 encap espinudp $sport $dport 0.0.0.0 $keys sel src $here dst $there $l2tp
	xfrm state add src $there dst $here proto esp spi $in mode transport replay-window 32 encap espinudp $dport $sport 0.0.0.0 $keys sel src $there dst $here $l2tp
	xfrm policy add src $here/32 dst $there/32 $l2tp dir out tmpl src $here dst $there proto esp mode transport
	xfrm policy add src $there/32 dst $here/32 $l2tp dir in tmpl src $there dst $here proto esp mode transport
	END
}

# hand_end NODE ARGUMENT...: pppd on a tunnel without L2TP.
hand_end()
{
	local node=$1
	shift
	in_background "hand-$node" "$node" /control/handmade "$@" nodetach noauth noccp novj nopcomp noaccomp nodefaultroute \
		noipv6 lcp-restart 1 mtu "$MTU" mru "$MTU" debug
}

# The NAT's port is fixed, so that the gateway's SA can name it; charon's socket takes the gateway's ESP.
by_hand()
{
	on napt iptables-legacy -w -t nat -I POSTROUTING -s 192.168.10.12 -p udp --sport 4500 \
		-j SNAT --to-source 203.0.113.2:$HAND_NAT
	esp_by_hand 192.168.10.12 "$OFFICE" 0x2001 0x2002 4500 4500 | on pc2 ip -batch -
	esp_by_hand "$GATEWAY_LAN" 203.0.113.2 0x2002 0x2001 4500 $HAND_NAT | on gw ip -batch -
	# The PC speaks first: what comes unasked from outside would take the NAT's port.
	hand_end pc2 192.168.10.12 "$OFFICE" $HAND_PORT 92 91 4500 192.168.100.92:
	wait_log "$LAB/node/pc2/syslog" 'sent [LCP ConfReq'
	hand_end gw "$GATEWAY_LAN" 203.0.113.2 $HAND_PORT 91 92 0 "$GATEWAY_LAN:192.168.100.92" proxyarp
	wait_log "$LAB/node/pc2/syslog" 'remote IP address'
	on pc2 ip route add 192.168.100.0/24 via "$GATEWAY_LAN"
}

# Without a tunnel: a port forward of the office's router. Packets as they are on a wire, not the large ones that two
# ends in one kernel hand each other.
no_tunnel()
{
	on yrt iptables-legacy -w -t nat -I PREROUTING -i wan0 -p tcp --dport 5201 -j DNAT --to-destination "$SERVER"
	on pc1 ip link set dev eth0 gso_max_segs 1
	on lan ip link set dev eth0 gso_max_segs 1
}

# transfer PATH NODE ADDRESS up|down RUN: one sample, iperf3's report beside the others.
transfer()
{
	local busy reverse=()
	[[ $4 == up ]] || reverse=(-R)
	processor_ticks
	busy=$PROCESSOR_BUSY
	on "$2" iperf3 -c "$3" -n "${MEGABYTES}M" --json "${reverse[@]}" >"$OUT/iperf-$1-$4-$5.json" || return 1
	processor_ticks
	sample transfer "$1" "$4" "$5" $((PROCESSOR_BUSY - busy))
}

both_ways()
{
	transfer "$1" "$2" "$3" up "$4"
	transfer "$1" "$2" "$3" down "$4"
}

# own CPU time: the client's processes carry no packet.
own_ms()
{
	usage pc1 "$TSUNAGU_NAMES" | awk '$1 != "together" { ms += $4 } END { print ms + 0 }'
}

paths()
{
	local i own way
	own=$(own_ms)
	for ((i = 0; i < RUNS; i++)); do
		for way in up down; do
			# Whoever comes first in one run comes second in the next.
			((i % 2)) || transfer tsunagu pc1 "$SERVER" "$way" "$i"
			transfer hand pc2 "$SERVER" "$way" "$i"
			((i % 2 == 0)) || transfer tsunagu pc1 "$SERVER" "$way" "$i"
		done
		both_ways none pc1 "$OFFICE" "$i"
	done
	sample own "$(($(own_ms) - own))"
}

# Each that both sides take, as the gateway has them by default or may be told to.
algorithms()
{
	local esp i
	for esp in aes128-sha1 aes256-sha1 aes128-sha256 aes256-sha256 aes128gcm16 aes256gcm16 3des-sha1; do
		gateway_stop
		gateway_start ike=aes256-sha256-modp2048! esp="$esp!"
		bench_profile pc1 ipsec-esp="$esp"
		must "$esp: connects" connect pc1 office
		for ((i = 0; i < FEW; i++)); do
			both_ways "$esp" pc1 "$SERVER" "$i"
		done
		disconnect pc1 office
	done
}

scenario_bench_throughput()
{
	RUNS=$(setting runs 25)
	FEW=$(setting few 5)
	MEGABYTES=$(setting megabytes 30)
	bench_gateway
	bench_profile pc1
	lan_serve
	must "connects" connect pc1 office
	MTU=$(on pc1 cat /sys/class/net/ppp0/mtu)
	by_hand
	check "the path made by hand carries traffic" ping_office pc2
	on pc1 ip -d xfrm state >"$OUT/states-tsunagu.txt"
	on pc2 ip -d xfrm state >"$OUT/states-hand.txt"
	no_tunnel
	sample mtu "$MTU"
	# What is loaded by the first transfer.
	both_ways warm-up pc1 "$SERVER" 0
	both_ways warm-up pc2 "$SERVER" 0
	paths
	background_stop hand-pc2 || true
	background_stop hand-gw || true
	disconnect pc1 office
	algorithms
	table throughput
}
