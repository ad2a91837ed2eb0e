# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: why a connection that worked ended: identifier and exit code, and what it takes to tell them apart
# seconds: 165
# checks: 18
# userlands: bookworm trixie
# processor: waits

# Dead PPP is found in three seconds here.
QUICK=(reconnect=no ipv4.ignore-auto-dns=true lcp-echo-interval=1 lcp-echo-failure=3)

# begin NAME [NODE]: connects in the foreground and stays.
begin()
{
	in_background "$1" "${2:-pc1}" tsunagu connect "$1" --foreground --json
	wait_log "$OUT/$1.log" '"up"' 20
}

# lost TEXT ID CODE NAME [WORD...]: what has begun ends with this cause.
lost()
{
	local text=$1 id=$2 code=$3 name=$4
	shift 4
	# Waited for by what it says: what never ends is not waited for.
	wait_log "$OUT/$name.log" '"down"' 90 || kill -INT "${BACKGROUND[$name]}" || true
	check_exit "$text: exit code" "$code" background_wait "$name"
	check "$text: $id" file_has "$OUT/$name.log" "\"cause\":\"$id\"" "$@"
}

emulator_ends()
{
	# Debian's pppd sends echoes by its own options file.
	gateway_start kind=emulator idle=65 ppp_extra='lcp-echo-interval 0;lcp-echo-failure 0'
	# pc2 carries nothing all the time.
	begin idle pc2
	begin office
	emulator_tell stopccn 2 6 closing for the night
	lost "the gateway says so" gateway-closed 20 office 'closing for the night'
	begin office
	on pc1 pkill -x pppd
	lost "pppd is ended on this machine" ppp-lost 20 office
	lost "no traffic until the gateway's limit" idle-limit 20 idle 'no traffic for'
	begin office
	emulator_tell forget
	lost "the gateway was restarted" gateway-rebooted 20 office 'a fresh first message is answered'
	begin short
	emulator_tell silent
	lost "no renewal is answered" sa-expired 20 short
}

# Nothing answers IPv6CP, which pppd says ten seconds later: no reason for what ends the connection after that.
ipv6_unanswered()
{
	on gw iptables-legacy -w -I OUTPUT -p udp --sport 1701 -m string --algo bm --hex-string '|ff038057|' -j DROP
	begin office
	wait_log "$LAB/node/pc1/syslog" 'IPV6CP: timeout' 30
	on gw iptables-legacy -w -F OUTPUT
	gateway_kill
	lost "IPv6CP timed out, and later the gateway is gone" gateway-lost 20 office
	gateway_start "$@"
}

gone()
{
	local hosts
	hosts=$(node_path pc1 /etc/hosts)
	begin office
	gateway_kill
	lost "the gateway is gone" gateway-lost 20 office 'nor is a fresh first message'
	gateway_start "$@"
	printf '%s vpn.office.test\n' "$OFFICE" >>"$hosts"
	begin named
	gateway_kill
	sed -i "s/.* vpn.office.test/$DIRECT vpn.office.test/" "$hosts"
	lost "the gateway moved" gateway-moved 20 named "$DIRECT"
	gateway_start "$@"
}

# Both come from UDP 1701 behind one address, and this gateway can't tell them apart.
displaced()
{
	begin shared
	in_background other pc2 tsunagu connect shared
	lost "a neighbour took the place" displaced 20 shared 1701
	background_wait other || true
}

scenario_causes_loss()
{
	profile pc1 office "${QUICK[@]}"
	profile pc1 named "${QUICK[@]}" gateway=vpn.office.test
	profile pc1 shared "${QUICK[@]}" l2tp-source-port=1701
	profile pc2 shared "${QUICK[@]}" l2tp-source-port=1701 user=hanako password=naisho
	# Without IPv6, whose router solicitations are traffic.
	profile pc1 short reconnect=no ipv4.ignore-auto-dns=true ipsec-salifetime=20 lcp-echo-interval=0 \
		lcp-echo-failure=0 ipv6.method=ignore
	profile pc2 idle reconnect=no ipv4.ignore-auto-dns=true ipv6.method=ignore user=hanako password=naisho \
		lcp-echo-interval=0 lcp-echo-failure=0
	emulator_ends
	gateway_restart kind=strongswan
	ipv6_unanswered kind=strongswan
	gone kind=strongswan
	displaced
}
