# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: NAT in front of the client, the gateway, both, neither, twice, 1:1, with each kind of gateway
# seconds: 86
# checks: 95

# How pc1's packets leave depends on the address that it uses: .11 through the NAPT, .21 as it is, .31 as
# 203.0.113.31 with its ports (1:1). A change of the router's rules would not touch flows that it knows.
branch_by_address()
{
	on pc1 ip -batch - <<-END
	address add 192.168.10.21/24 dev eth0
	address add 192.168.10.31/24 dev eth0
	END
	on napt ip address add 203.0.113.31/24 dev wan0
	on napt iptables-legacy-restore --noflush <<-END
	*nat
	-I POSTROUTING -s 192.168.10.21 -j ACCEPT
	-I POSTROUTING -s 192.168.10.31 -j SNAT --to-source 203.0.113.31
	-A PREROUTING -d 203.0.113.31 -j DNAT --to-destination 192.168.10.31
	COMMIT
	END
}

use_address()
{
	on pc1 ip route replace default via 192.168.10.1 src "192.168.10.$1"
}

# The provider's NAT behind the branch's own.
second_nat()
{
	on inet iptables-legacy -t nat -A POSTROUTING -o office0 -p udp -s 203.0.113.0/24 \
		-j MASQUERADE --random-fully
}

# The gateway is really asked from another port than the one that pc1 has.
port_rewritten()
{
	local from
	from=$(capture_text wire 'udp dst port 500' -c 1)
	has "$from" ' > ' && lacks "$from" '.500 > '
}

# on_the_wire udp|esp: ESP went this way and no other.
on_the_wire()
{
	local plain encapsulated
	plain=$(capture_text wire 'ip proto 50')
	encapsulated=$(capture_text wire 'udp port 4500')
	case $1 in
	udp) has "$encapsulated" 'UDP-encap: ESP(' && lacks "$plain" 'ESP(' ;;
	esp) has "$plain" ': ESP(spi' && lacks "$encapsulated" 'UDP' ;;
	esac
}

# placed TEXT NODE PROFILE LOCAL GATEWAY FORCED udp|esp: what the status is to say of NAT, and how ESP
# travels.
placed()
{
	local text=$1 node=$2 name=$3 said encapsulated=true
	[[ $7 == udp ]] || encapsulated=false
	capture_start inet wire
	must "$text: connects" connect "$node" "$name"
	check "$text: reaches the office" ping_office "$node"
	said=$(on "$node" tsunagu status "$name" --json)
	check "$text: disconnects" disconnect "$node" "$name"
	capture_stop wire
	check "$text: the status tells the truth about NAT" has "${said//[[:space:]]/}" \
		"\"nat\":{\"local\":$4,\"gateway\":$5,\"encapsulated\":$encapsulated,\"forced\":$6,\"traversal\":\"RFC3947\"}"
	check "$text: ESP goes by $7" on_the_wire "$7"
}

# Both at the same time, behind one address.
two_at_once()
{
	in_background first pc1 tsunagu connect office
	in_background second pc2 tsunagu connect office
	must "$1: pc1 connects at the same time" background_wait first
	must "$1: as pc2" background_wait second
	check "$1: pc1 reaches the office" ping_office pc1
	check "$1: pc2 reaches the office" ping_office pc2
	check "$1: pc1 leaves" disconnect pc1 office
	check "$1: pc2 doesn't notice" ping_office pc2
	check "$1: pc2 leaves" disconnect pc2 office
}

with_kind()
{
	local kind=$1
	gateway_stop
	gateway_start kind="$kind" placement=direct
	use_address 21
	placed "$kind, no NAT" pc1 direct false false false esp
	placed "$kind, no NAT, encapsulation forced" pc1 forced false false true udp
	use_address 11
	placed "$kind, NAT at the client" pc1 direct true false false udp
	check "$kind: with another port than 500" port_rewritten
	gateway_stop
	gateway_start kind="$kind"
	use_address 21
	placed "$kind, NAT at the gateway" pc1 office false true false udp
	use_address 11
	placed "$kind, NAT at both" pc1 office true true false udp
}

scenario_placements()
{
	branch_by_address
	profile pc1 office
	profile pc1 direct gateway="$DIRECT"
	profile pc1 forced gateway="$DIRECT" ipsec-forceencaps=yes
	profile pc2 office user=hanako password=naisho
	with_kind libreswan
	two_at_once libreswan
	with_kind emulator
	with_kind strongswan
	use_address 31
	placed "1:1 NAT at the client" pc1 office true true false udp
	use_address 11
	second_nat
	placed "two NATs at the client" pc2 office true true false udp
}
