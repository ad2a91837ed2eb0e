# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: who stands in the gateway's place ends nothing and opens nothing; a repair leaves the gateway to the neighbours
# seconds: 215
# processor: waits
# checks: 29

# From this machine beside the tunnel.
BESIDE='src host 192.168.10.11 and not arp and not (udp and host 198.51.100.2 and (port 500 or port 4500)) and not (udp and (port 67 or port 68))'

# The stranger swallows what goes to the gateway and answers it himself: the other office's gateway does.
impostor()
{
	local port
	for port in 500 4500; do
		on inet iptables-legacy -w -t nat "$1" PREROUTING -d "$OFFICE" -p udp --dport "$port" -j DNAT --to "$SECOND"
	done
	# Flows that the internet's router knows already go on where they went.
	nat_rebind
}

# times STRING COUNT: the connection has said it so often.
times()
{
	(($(grep -c "$1" "$OUT/$CONNECTION.log") >= $2))
}

begin()
{
	CONNECTION=$1
	in_background "$1" pc1 tsunagu connect "$1" --foreground --json --verbose
	wait_log "$OUT/$1.log" '"event":"up"' 20
}

beside()
{
	capture_text beside "$BESIDE"
	grep -ao leakleak "$OUT/beside.pcap" || true
}

# held_out TEXT PROFILE CAUSE: the impostor stands there, for longer than anybody ever needed to give up.
held_out()
{
	begin "$2"
	capture_start pc1 beside
	impostor -A
	in_background noise pc1 perl /lab/guest/noise.pl 600
	check "$1: it is tried again and again" wait_for 100 times "\"cause\":\"$3\"" 4
	check "$1: status says what is seen" has "$(on pc1 tsunagu status "$2" --json)" '"repairing"' \
		"\"cause\":\"$3\"" '"held":false'
	check "$1: the process lives" on pc1 pidof tsunagu
	impostor -D
	check "$1: the true gateway is back, and it is repaired" wait_for 75 times '"repaired":{' 1
	check "$1: the office answers" wait_for 10 ping_office pc1
	background_stop noise || true
	capture_stop beside
	check "$1: not one packet left beside the tunnel" test -z "$(beside)"
	must "$1: the user ends it" disconnect pc1 "$2"
	check_exit "$1: in good order" 0 background_wait "$2"
}

strangers()
{
	second_office
	second_gateway_start psk='no key at all'
	impostor -A
	check_exit "at the first time another key is the end" 15 on pc1 tsunagu connect whole
	impostor -D
	held_out "another key" whole psk-wrong
	on gw2 pkill -f gateway-emulator
	second_gateway_start
	held_out "another identity" named identity-wrong
	on gw2 pkill -f gateway-emulator
}

# The repair's way to UDP 4500 is closed, and only the repair's.
port_of_repair()
{
	on napt iptables-legacy -w "$1" FORWARD -i br0 ! -s 192.168.10.12 -p udp --dport 4500 -j DROP
}

# most_connecting SECONDS: of the gateway's half-open SAs, the largest number in that time.
most_connecting()
{
	local most=0 until line
	until=$(($(now_ms) + $1 * 1000))
	while (($(now_ms) < until)); do
		line=$(on gw /usr/lib/ipsec/stroke statusall | grep 'connecting)') || true
		[[ ! $line =~ \ ([0-9]+)\ connecting ]] || ((BASH_REMATCH[1] <= most)) || most=${BASH_REMATCH[1]}
		pause 1
	done
	echo "$most"
}

# strongSwan ignores an address with five half-open SAs, and behind the NAT all have the same.
neighbours()
{
	local i most=0 n
	begin office
	port_of_repair -I
	uplink_change pc1
	for i in 1 2 3; do
		n=$(most_connecting 20)
		((n <= most)) || most=$n
		check "a repair without UDP 4500: a neighbour connects ($i)" connect pc2 office --timeout 8
		must "and leaves" disconnect pc2 office
	done
	check "no more than three half-open SAs stood at strongSwan ($most)" test "$most" -le 3
	check "and some did" test "$most" -ge 1
	check "it never ignored the branch" lacks "$(<"$LAB/node/gw/charon.log")" 'too aggressive'
	port_of_repair -D
	check "the way is open again: repaired" wait_for 45 times '"repaired":{' 1
	check "the office answers" wait_for 10 ping_office pc1
	must "it ends" disconnect pc1 office
	background_wait office || true
}

scenario_stranger()
{
	gateway_start
	profile pc1 office ipv4.ignore-auto-dns=true
	profile pc1 whole full=yes ipv4.ignore-auto-dns=true
	profile pc1 named full=yes ipsec-remote-id="$GATEWAY_LAN" ipv4.ignore-auto-dns=true
	profile pc2 office ipv4.ignore-auto-dns=true
	neighbours
	uplink_change pc1 11
	strangers
}
