# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The network: nodes as namespaces, links, addresses, routes, the two NATs. README.md has a
# drawing. network_up builds everything anew, so that no scenario sees what another left.

LAB=${LAB:-/state}
# How many PCs there are in the branch; a scenario that needs more than two says so where it is sourced.
PCS=2
# Used by scenarios:
# shellcheck disable=SC2034
OFFICE=198.51.100.2 DIRECT=192.0.2.2 DIRECT6=2001:db8:192::2 GATEWAY_LAN=192.168.100.1 SERVER=192.168.100.10
# shellcheck disable=SC2034
SECOND=198.18.0.2 SECOND_LAN=192.168.200.1 SECOND_SERVER=192.168.200.10
declare -A NODE_PID=()

# shellcheck disable=SC2034
# The device that a node's name alone means, for captures.
declare -A NODE_DEVICE=(
	[pc1]=eth0 [pc2]=eth0 [napt]=wan0 [inet]=branch0 [yrt]=wan0 [gw]=lan0 [lan]=eth0 [gw2]=wan0
)

# The nodes' names.
network_nodes()
{
	local n
	for ((n = 1; n <= PCS; n++)); do
		echo "pc$n"
	done
	echo napt inet yrt gw lan
}

# pc_number NODE: the last number of its address.
pc_number()
{
	echo "$((10 + ${1#pc}))"
}

node_start()
{
	local name=$1
	rm -rf "$LAB/node/$name"
	NODE_PID[$name]=$(/control/labnode start "$name" "$LAB/node/$name")
	echo "${NODE_PID[$name]}" >"$LAB/node/$name/pid"
}

# on NODE COMMAND ARG...: runs it in the node.
on()
{
	local pid=${NODE_PID[$1]}
	shift
	/control/labnode enter "$pid" "$@"
}

# For the background: the job's pid is labnode's, which passes signals on.
spawn()
{
	local pid=${NODE_PID[$1]}
	shift
	exec /control/labnode enter "$pid" "$@"
}

# As on, for files: the path under which everyone sees the node's PATH.
node_path()
{
	echo "/proc/${NODE_PID[$1]}/root$2"
}

link_up()
{
	local a=$1 a_device=$2 b=$3 b_device=$4
	echo "link add $a_device netns ${NODE_PID[$a]} type veth peer name $b_device netns ${NODE_PID[$b]}"
}

network_links()
{
	local n
	for ((n = 1; n <= PCS; n++)); do
		link_up "pc$n" eth0 napt "pc$n"
	done | ip -batch -
	ip -batch - <<-END
	$(link_up napt wan0 inet branch0)
	$(link_up inet office0 yrt wan0)
	$(link_up inet direct0 gw wan0)
	$(link_up yrt lan0 gw yrt)
	$(link_up lan eth0 gw lan)
	END
}

# node_ip NODE [forward]: ip commands from stdin; with "forward" the node routes.
node_ip()
{
	# shellcheck disable=SC2016
	on "$1" bash -c '
		[[ -z $1 ]] || echo 1 >/proc/sys/net/ipv4/ip_forward
		exec ip -batch -
	' - "${2:-}"
}

configure_branch()
{
	local n links=''
	for ((n = 1; n <= PCS; n++)); do
		node_ip "pc$n" <<-END
		link set lo up
		link set eth0 up
		address add 192.168.10.$(pc_number "pc$n")/24 dev eth0
		route add default via 192.168.10.1
		END
		links+="link set pc$n master br0 up"$'\n'
	done
	node_ip napt forward <<-END
	link set lo up
	link add br0 type bridge stp_state 0 forward_delay 0
	${links}link set br0 up
	link set wan0 up
	address add 192.168.10.1/24 dev br0
	address add 203.0.113.2/24 dev wan0
	route add default via 203.0.113.1
	END
	node_ip inet forward <<-END
	link set lo up
	link set branch0 up
	link set office0 up
	link set direct0 up
	address add 203.0.113.1/24 dev branch0
	address add 198.51.100.1/24 dev office0
	address add 192.0.2.1/24 dev direct0
	route add 192.168.10.0/24 via 203.0.113.2
	END
}

configure_office()
{
	node_ip yrt forward <<-END
	link set lo up
	link set wan0 up
	link set lan0 up
	address add 198.51.100.2/24 dev wan0
	address add 192.168.100.254/24 dev lan0
	route add default via 198.51.100.1
	END
	node_ip gw forward <<-END
	link set lo up
	link add lan0 type bridge stp_state 0 forward_delay 0
	link set yrt master lan0 up
	link set lan master lan0 up
	link set lan0 up
	link set wan0 up
	address add 192.168.100.1/24 dev lan0
	address add 192.0.2.2/24 dev wan0
	route add default via 192.168.100.254
	END
	node_ip lan <<-END
	link set lo up
	link set eth0 up
	address add 192.168.100.10/24 dev eth0
	route add default via 192.168.100.1
	END
}

# The branch's router rewrites every source port; the office's forwards exactly two UDP ports to
# the gateway's LAN address and says nothing on all others.
configure_nat()
{
	on napt iptables-legacy-restore <<-END
	*nat
	-A POSTROUTING -o wan0 -p udp -j MASQUERADE --random-fully
	-A POSTROUTING -o wan0 -j MASQUERADE
	COMMIT
	*filter
	:FORWARD DROP [0:0]
	-A FORWARD -i br0 -j ACCEPT
	-A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
	COMMIT
	END
	on yrt iptables-legacy-restore <<-END
	*nat
	-A PREROUTING -i wan0 -p udp --dport 500 -j DNAT --to-destination 192.168.100.1
	-A PREROUTING -i wan0 -p udp --dport 4500 -j DNAT --to-destination 192.168.100.1
	-A POSTROUTING -o wan0 -j MASQUERADE
	COMMIT
	*filter
	:INPUT DROP [0:0]
	:FORWARD DROP [0:0]
	-A INPUT ! -i wan0 -j ACCEPT
	-A INPUT -p icmp --icmp-type echo-request -j ACCEPT
	-A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
	-A FORWARD -i lan0 -j ACCEPT
	-A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
	-A FORWARD -m conntrack --ctstate DNAT -j ACCEPT
	COMMIT
	END
}

# addressed NODE: its eth0 has its link-local address, and for good.
addressed()
{
	local address flags device _
	while read -r address _ _ _ flags device; do
		# 0x40: tentative.
		[[ $device != eth0 || $address != fe80* ]] || ((16#$flags & 0x40)) || return 0
	done <"/proc/${NODE_PID[$1]}/net/if_inet6"
	return 1
}

# Links that have just come up swallow packets for up to a second: the network is ready when
# a packet has crossed it. The kernel gives them link-local addresses by itself then, with routes, which a
# snapshot shows: it is ready when they are there. Nobody tries out whether they are taken (main.sh).
network_settle()
{
	local pid pids=() n
	spawn pc1 ping -q -c 1 -W 5 192.0.2.2 >/dev/null 3>&- & pids+=($!)
	spawn pc2 ping -q -c 1 -W 5 203.0.113.1 >/dev/null 3>&- & pids+=($!)
	spawn lan ping -q -c 1 -W 5 203.0.113.1 >/dev/null 3>&- & pids+=($!)
	for pid in "${pids[@]}"; do
		wait "$pid"
	done
	for ((n = 1; n <= PCS; n++)); do
		wait_for 10 addressed "pc$n"
	done
}

network_up()
{
	local name
	network_down
	rm -rf "$LAB/node"
	mkdir -p "$LAB/node"
	for name in $(network_nodes); do
		node_start "$name"
	done
	network_links
	configure_branch
	configure_office
	configure_nat
	network_settle
}

# A namespace's first process takes everything in it along.
network_down()
{
	((${#NODE_PID[@]} == 0)) || kill -KILL "${NODE_PID[@]}" || true
	NODE_PID=()
}

# For another shell than the one that built it.
network_attach()
{
	local file
	for file in "$LAB"/node/*/pid; do
		file=${file%/pid}
		read -r "NODE_PID[${file##*/}]" <"$file/pid"
	done
}

# netem branch|office|direct [delay=20ms] [loss=1%] [rate=10mbit] ...: what the internet does to
# packets on their way out there; without arguments nothing any more.
netem()
{
	local device=$1
	shift
	if (($# == 0)); then
		on inet tc qdisc del dev "${device}0" root
		return
	fi
	local words
	read -ra words <<<"${*//=/ }"
	on inet tc qdisc replace dev "${device}0" root netem "${words[@]}"
}

# forward_remove PORT, forward_restore PORT: the office router's port forward. Flows that are
# already known stop as well.
forward_remove()
{
	on yrt iptables-legacy -w -I FORWARD -p udp --dport "$1" -j DROP
	on yrt iptables-legacy -w -t nat -D PREROUTING -i wan0 -p udp --dport "$1" \
		-j DNAT --to-destination "$GATEWAY_LAN"
}

forward_restore()
{
	on yrt iptables-legacy -w -D FORWARD -p udp --dport "$1" -j DROP
	on yrt iptables-legacy -w -t nat -A PREROUTING -i wan0 -p udp --dport "$1" \
		-j DNAT --to-destination "$GATEWAY_LAN"
}

# block RULE..., unblock RULE...: packets that the internet swallows, as an iptables match, for
# example: block -p udp --dport 500
block()
{
	on inet iptables-legacy -w -I FORWARD "$@" -j DROP
}

unblock()
{
	on inet iptables-legacy -w -D FORWARD "$@" -j DROP
}

# network_ipv6: pc1, the branch's router, the internet and a gateway that is directly on it speak IPv6,
# too, without any NAT.
network_ipv6()
{
	local node
	for node in napt inet; do
		on "$node" sysctl -q -w net.ipv6.conf.all.forwarding=1
	done
	node_ip pc1 <<-END
	address add 2001:db8:10::11/64 dev eth0 nodad
	route add default via 2001:db8:10::1
	END
	node_ip napt <<-END
	address add 2001:db8:10::1/64 dev br0 nodad
	address add 2001:db8:203::2/64 dev wan0 nodad
	route add default via 2001:db8:203::1
	END
	node_ip inet <<-END
	address add 2001:db8:203::1/64 dev branch0 nodad
	address add 2001:db8:192::1/64 dev direct0 nodad
	route add 2001:db8:10::/64 via 2001:db8:203::2
	END
	node_ip gw <<-END
	address add $DIRECT6/64 dev wan0 nodad
	route add default via 2001:db8:192::1
	END
}

# second_office: another one, in which gateway, LAN and server ($SECOND_SERVER) are one node, gw2.
second_office()
{
	node_start gw2
	ip -batch - <<<"$(link_up gw2 wan0 inet second0)"
	node_ip inet <<-END
	link set second0 up
	address add 198.18.0.1/24 dev second0
	END
	node_ip gw2 forward <<-END
	link set lo up
	link set wan0 up
	address add $SECOND/24 dev wan0
	address add $SECOND_LAN/32 dev lo
	address add $SECOND_SERVER/32 dev lo
	route add default via 198.18.0.1
	END
}

# branch_without_nat: the branch's router only routes from now on.
branch_without_nat()
{
	on napt iptables-legacy -w -t nat -F POSTROUTING
	on napt iptables-legacy -w -I FORWARD -j ACCEPT
}

# point_to_point: a second way from pc1 to its router, by a link without broadcast as a modem's is: wwan0, 10.0.20.2.
point_to_point()
{
	modprobe -q tun || true
	perl /lab/guest/point.pl wwan0 far0 >"$OUT/point.log" 2>&1 3>&- &
	# shellcheck disable=SC2034
	BACKGROUND["point"]=$!
	wait_log "$OUT/point.log" ready
	ip link set wwan0 netns "${NODE_PID[pc1]}"
	ip link set far0 netns "${NODE_PID[napt]}"
	node_ip napt <<-END
	link set far0 up
	address add 10.0.20.1 peer 10.0.20.2 dev far0
	address add 2001:db8:20::1/64 dev far0 nodad
	address add fe80::1/64 dev far0 nodad
	END
	on napt iptables-legacy -w -I FORWARD -i far0 -j ACCEPT
	node_ip pc1 <<-END
	link set wwan0 up
	address add 10.0.20.2 peer 10.0.20.1 dev wwan0
	address add 2001:db8:20::2/64 dev wwan0 nodad
	address add fe80::2/64 dev wwan0 nodad
	END
}
