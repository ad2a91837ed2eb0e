# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# not in the test run
# description: benchmark: 1 to 30 PCs behind one NAPT: time until all are up, memory and CPU per connection
#
# Wants --memory 2G. --set runs=2: of each number.

# shellcheck source=/dev/null
. /lab/guest/bench.sh

PCS=30
NUMBERS=(1 2 5 10 20 30)

# all NUMBER COMMAND...: the program on so many PCs, all at the same moment; fails when one does.
all()
{
	local n number=$1 pids=() pid r=0
	shift
	for ((n = 1; n <= number; n++)); do
		spawn "pc$n" tsunagu "$@" >"$OUT/$1-pc$n.log" 2>&1 3>&- &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid" || r=1
	done
	return "$r"
}

# one NUMBER: how long, and what each connection has then.
one()
{
	local begin busy n line
	processor_ticks
	busy=$PROCESSOR_BUSY
	begin=$(now_ms)
	if ! all "$1" connect office; then
		sample all "$1" -1 -1
		all "$1" disconnect office || true
		return
	fi
	begin=$(($(now_ms) - begin))
	processor_ticks
	sample all "$1" "$begin" $((PROCESSOR_BUSY - busy))
	for ((n = 1; n <= $1; n++)); do
		while IFS= read -r line; do
			sample usage "$1" "$n" "$line"
		done < <(usage "pc$n" "$TSUNAGU_NAMES")
	done
	all "$1" disconnect office
}

scenario_bench_growth()
{
	local n users='' runs i
	runs=$(setting runs 2)
	for ((n = 1; n <= PCS; n++)); do
		users+="user$n:himitsu$n "
		bench_profile "pc$n" user="user$n" password="himitsu$n"
	done
	# By default strongSwan ignores who comes while five of an address are at it.
	bench_gateway users="$users" pool=192.168.100.150-192.168.100.199 half_open=100
	must "the first connection" connect pc1 office
	disconnect pc1 office
	for ((i = 0; i < runs; i++)); do
		for n in "${NUMBERS[@]}"; do
			one "$n"
		done
	done
	table growth
}
