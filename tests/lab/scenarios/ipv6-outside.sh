# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: a gateway by IPv6 address and by name, with and without UDP encapsulation, IPv4 inside
# seconds: 67
# checks: 53

# on_the_wire udp|esp: ESP went this way over IPv6 and no other; nothing of ours left in clear (a gateway
# whose SAs come late may say something so, which is never heard).
on_the_wire()
{
	local plain encapsulated
	plain=$(capture_text wire 'ip6 proto 50')
	encapsulated=$(capture_text wire 'ip6 and udp port 4500')
	case $1 in
	udp) has "$encapsulated" 'UDP-encap: ESP(' && lacks "$plain" 'ESP(' ;;
	esp) has "$plain" ': ESP(spi' && lacks "$encapsulated" 'UDP' ;;
	esac && lacks "$(capture_text wire 'udp dst port 1701')" 1701
}

# no_trace TEXT: what is left is a log for each name, as it has to be.
no_trace()
{
	on pc1 rm -f /var/log/tsunagu/{forced,six,both}.log
	snapshot pc1 "$OUT/now"
	check "$1: no trace" same_snapshot "$OUT/before" "$OUT/now"
}

# outside TEXT PROFILE udp|esp
outside()
{
	local text=$1 name=$2 said
	capture_start inet wire
	must "$text: connects" connect pc1 "$name"
	check "$text: reaches the office" ping_office pc1
	check "$text: also full packets" on pc1 ping -q -M 'do' -s 1252 -c 5 -i 0.02 -W 5 "$SERVER"
	said=$(on pc1 tsunagu status "$name" --json)
	check "$text: the status tells" has "${said//[[:space:]]/}" "\"$DIRECT6\"" \
		'"nat":{"local":false,"gateway":false' '2001:db8:10::11'
	check "$text: disconnects" disconnect pc1 "$name"
	capture_stop wire
	check "$text: ESP goes by $3" on_the_wire "$3"
	no_trace "$text"
}

# moved_on TEXT: it takes the other address.
moved_on()
{
	check "$1: connects" connect pc1 both
	cp "$LAB/output" "$OUT/said"
	check "$1: by IPv4" has "$(on pc1 tsunagu status both)" "$DIRECT"
	check "$1: disconnects" disconnect pc1 both
}

# One name, two addresses.
both_families()
{
	must "a name with both: connects" connect pc1 both
	check "a name with both: IPv6 comes first" has "$(on pc1 tsunagu status both)" "$DIRECT6"
	check "a name with both: disconnects" disconnect pc1 both
	on inet ip -6 route add blackhole "$DIRECT6/128"
	moved_on "IPv6 that swallows everything"
	check "which is said" file_has "$OUT/said" "trying $DIRECT"
	check_exit "IPv6 alone is then silence" 12 connect pc1 six --timeout 5
	on inet ip -6 route del blackhole "$DIRECT6/128"
	on pc1 ip -6 route del default
	moved_on "no way to IPv6"
	check_exit "IPv6 alone is then no route" 11 connect pc1 six
	on pc1 ip -6 route add default via 2001:db8:10::1
}

# What a killed process left is taken back by the next disconnect.
killed()
{
	must "connects" connect pc1 plain
	on pc1 pkill -KILL tsunagu
	wait_for 5 on pc1 bash -c '! pgrep pppd'
	check "a killed one leaves its policies" has "$(on pc1 ip xfrm policy)" "$DIRECT6"
	check "disconnect takes them back" disconnect pc1 plain
	no_trace "killed"
}

scenario_ipv6_outside()
{
	network_ipv6
	gateway_start placement=direct ipv6=yes
	profile pc1 plain gateway="$DIRECT6"
	profile pc1 forced gateway="$DIRECT6" ipsec-forceencaps=yes
	profile pc1 six gateway=six.test
	profile pc1 both gateway=both.test
	printf '%s six.test\n%s both.test\n%s both.test\n' "$DIRECT6" "$DIRECT6" "$DIRECT" \
		>>"$(node_path pc1 /etc/hosts)"
	# Loads the modules, which stay.
	must "connects" connect pc1 plain
	must "disconnects" disconnect pc1 plain
	snapshot pc1 "$OUT/before"
	outside "by address" plain esp
	outside "encapsulation forced" forced udp
	outside "by name" six esp
	both_families
	killed
	gateway_stop
	gateway_start kind=libreswan placement=direct ipv6=yes
	outside "libreswan" plain esp
	outside "libreswan, encapsulation forced" forced udp
}
