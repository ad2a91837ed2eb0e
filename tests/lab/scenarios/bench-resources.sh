# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# not in the test run
# description: benchmark: processes, memory, CPU per connect, wake-ups while idle, side by side with today's client
#
# --set runs=10: connects whose CPU time is measured; --set seconds=120: of idling.

# shellcheck source=/dev/null
. /lab/guest/bench.sh

# waited_ms: CPU time of the processes that this shell has waited for.
waited_ms()
{
	local line user=0 system=0
	times >"$LAB/times"
	{ read -r _ && read -r line; } <"$LAB/times"
	[[ $line =~ ^([0-9]+)m([0-9]+)\.([0-9]+)s\ ([0-9]+)m([0-9]+)\.([0-9]+)s ]] || return 1
	user=$((BASH_REMATCH[1] * 60000 + 10#${BASH_REMATCH[2]} * 1000 + 10#${BASH_REMATCH[3]}))
	system=$((BASH_REMATCH[4] * 60000 + 10#${BASH_REMATCH[5]} * 1000 + 10#${BASH_REMATCH[6]}))
	echo "$((user + system))"
}

# processes_ms NODE NAMES: CPU time of those that run.
processes_ms()
{
	usage "$1" "$2" | awk '$1 != "together" { ms += $4 } END { print ms + 0 }'
}

# cost CLIENT NODE NAMES COMMAND...: CPU time of a client's own processes, and of the whole machine, gateway included.
cost()
{
	local client=$1 node=$2 names=$3 waited before busy
	shift 3
	before=$(processes_ms "$node" "$names")
	waited=$(waited_ms)
	processor_ticks
	busy=$PROCESSOR_BUSY
	"$@"
	processor_ticks
	busy=$((PROCESSOR_BUSY - busy))
	waited=$(($(waited_ms) - waited))
	sample cost "$client" $((waited + $(processes_ms "$node" "$names") - before)) $((busy * 10))
}

ours()
{
	connect pc1 office
}

theirs()
{
	classic_connect pc2
}

theirs_cold()
{
	classic_daemons pc2
	classic_connect pc2
}

costs()
{
	local i
	for ((i = 0; i < RUNS; i++)); do
		cost tsunagu pc1 "$TSUNAGU_NAMES" ours
		disconnect pc1 office
		cost warm pc2 "$CLASSIC_NAMES" theirs
		classic_disconnect pc2
		classic_stop pc2
		cost cold pc2 "$CLASSIC_NAMES" theirs_cold
		classic_disconnect pc2
	done
}

# look MOMENT: each process of both clients.
look()
{
	local line
	while IFS= read -r line; do
		sample usage "$1" tsunagu "$line"
	done < <(usage pc1 "$TSUNAGU_NAMES")
	while IFS= read -r line; do
		sample usage "$1" classic "$line"
	done < <(usage pc2 "$CLASSIC_NAMES")
}

scenario_bench_resources()
{
	local seconds
	RUNS=$(setting runs 10)
	seconds=$(setting seconds 120)
	bench_gateway
	bench_profile pc1
	bench_classic pc2
	must "the first connection" connect pc1 office
	disconnect pc1 office
	classic_connect pc2
	classic_disconnect pc2
	costs
	ours
	theirs
	check "ours carries traffic" on pc1 ping -q -c 3 -i 0.1 "$GATEWAY_LAN"
	check "theirs as well" on pc2 ping -q -c 3 -i 0.1 "$GATEWAY_LAN"
	pause 5
	# A tunnel counts as in use, and is looked at more often, for two minutes after a minute with some packets.
	look used-before
	pause 60
	look used-after
	pause 140
	sample seconds "$seconds"
	look idle-before
	pause "$seconds"
	look idle-after
	table resources
}
