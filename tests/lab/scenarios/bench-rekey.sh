# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# not in the test run
# description: benchmark: packets lost and silence by renewals, side by side with today's client, and by reconnecting
#
# --set seconds=40: of renewals, with lives of seconds; --set runs=3: of each reconnect.

# shellcheck source=/dev/null
. /lab/guest/bench.sh

# Pings with the time of each answer; this kernel's clock allows fifty a second.
pings_start()
{
	in_background "$2" "$1" ping -n -D -i 0.01 -W 5 "$SERVER"
	wait_log "$OUT/$2.log" 'icmp_seq=5 ttl' 20
}

pings_stop()
{
	background_stop "$1" || true
}

# renewed NODE-ADDRESS: how many pairs and phases 1 the gateway has had with it.
count()
{
	grep -cE "$1" "$LAB/node/gw/charon.log" || true
}

# renewals NAME NODE: what SECONDS of them cost.
renewals()
{
	local name=$1 node=$2 pairs phases
	pings_start "$node" "rekey-$name"
	pairs=$(count 'CHILD_SA office\{[0-9]+\} established')
	phases=$(count 'IKE_SA office\[[0-9]+\] established')
	pause "$SECONDS_OF"
	pairs=$(($(count 'CHILD_SA office\{[0-9]+\} established') - pairs))
	phases=$(($(count 'IKE_SA office\[[0-9]+\] established') - phases))
	pings_stop "rekey-$name"
	sample renewals "$name" "$pairs" "$phases"
}

# quiet NAME NODE: as long without any renewal, for comparison.
quiet()
{
	pings_start "$2" "rekey-$1"
	pause "$SECONDS_OF"
	pings_stop "rekey-$1"
	sample renewals "$1" 0 0
}

# answered_again SINCE QUIET: answers come again after QUIET milliseconds from SINCE on.
answered_again()
{
	local deadline=$((SECONDS + 60)) line
	while ((SECONDS < deadline)); do
		line=$(grep -a ' bytes from ' "$OUT/$PINGS.log" | tail -n 1)
		[[ $line =~ ^\[([0-9]+)\.([0-9]{3}) ]] && ((${BASH_REMATCH[1]}${BASH_REMATCH[2]} > $1 + $2)) && return
		pause 0.1
	done
	return 1
}

# reconnect NAME QUIET COMMAND...: what happens, and the silence from then on.
reconnect()
{
	local name=$1 quiet=$2 i since
	shift 2
	for ((i = 0; i < RUNS; i++)); do
		PINGS=again-$name-$i
		pings_start pc1 "$PINGS"
		since=$(now_ms)
		"$@" || true
		answered_again "$since" "$quiet" || true
		pings_stop "$PINGS"
		sample reconnect "$name" "$i" "$since"
	done
}

scenario_bench_rekey()
{
	SECONDS_OF=$(setting seconds 40)
	RUNS=$(setting runs 3)
	bench_gateway
	bench_profile pc1 ipsec-salifetime=4 ipsec-ikelifetime=9
	must "connects" connect pc1 office
	renewals tsunagu pc1
	disconnect pc1 office
	bench_classic pc2 lifetime=6s ike_lifetime=12s margin=2s
	must "today's client connects" classic_connect pc2
	on pc2 ip route add 192.168.100.0/24 via "$GATEWAY_LAN"
	renewals classic pc2
	classic_disconnect pc2
	classic_stop pc2
	bench_profile pc1
	must "connects with long lives" connect pc1 office
	quiet none pc1
	reconnect rebind 1200 nat_rebind
	reconnect uplink 3000 uplink_change pc1
	reconnect pppd 1000 pppd_kill pc1
	reconnect reboot 3000 gateway_reboot
	disconnect pc1 office
	table rekey
}
