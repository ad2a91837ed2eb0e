# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# not in the test run
# description: benchmark: time to an address and to the first answered ping, side by side with today's client
#
# --set runs=15: of each client with each round trip. Of today's client fewer, --set few=5, with its daemons to be started
# where there is a delay (what starting costs is known from no delay then), and with loss, where a run may take a minute.
# --set cells=0-0,50-0,200-0,0-5,50-5,200-5: the round trips in milliseconds, and the loss each way in per cent.

# shellcheck source=/dev/null
. /lab/guest/bench.sh

# path ROUND-TRIP LOSS: in milliseconds and in per cent each way.
path()
{
	local words=("delay=$(($1 / 2))ms")
	(($2 == 0)) || words+=("loss=$2%")
	netem branch "${words[@]}"
	netem office "${words[@]}"
}

# What the delay really is: this kernel's clock has ticks.
measure_path()
{
	local text
	text=$(on pc1 ping -q -c 10 -i 0.05 "$OFFICE")
	[[ $text =~ =\ [0-9.]+/([0-9.]+)/ ]] && sample path "$1" "${BASH_REMATCH[1]}"
}

# The gateway's own address in the tunnel, which needs no ARP behind it.
pings_start()
{
	in_background pings "$1" ping -n -D -O -i 0.02 "$GATEWAY_LAN"
	wait_log "$OUT/pings.log" 'no answer yet'
}

# first_answer BEGIN: how many milliseconds after BEGIN a ping was answered first; -1: none in time.
first_answer()
{
	local text='' deadline=$((SECONDS + 20)) line=$'\n\[([0-9]+)\.([0-9]{3})[0-9]*\] [0-9]+ bytes from'
	until read -rd '' text <"$OUT/pings.log"; [[ $text =~ $line ]]; do
		((SECONDS < deadline)) || { echo -1; return; }
		pause "$LOOK"
	done
	echo "$((${BASH_REMATCH[1]}${BASH_REMATCH[2]} - $1))"
}

# run CLIENT NODE ROUND-TRIP LOSS FUNCTION...: one sample; the function connects.
run()
{
	local client=$1 node=$2 cell=("$3" "$4") begin address=-1 ping=-1 told=''
	shift 4
	pings_start "$node"
	begin=$(now_ms)
	if "$@"; then
		address=$(($(now_ms) - begin))
		ping=$(first_answer "$begin")
	fi
	background_stop pings || true
	[[ $client != tsunagu || $address == -1 ]] || told=$(tail -n 1 "$OUT/up.json")
	sample run "$client" "${cell[@]}" "$address" "$ping" "$told"
	((address >= 0))
}

ours()
{
	connect pc1 office --json >"$OUT/up.json"
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

run_ours()
{
	run tsunagu pc1 "$1" "$2" ours || return 0
	disconnect pc1 office
}

run_cold()
{
	classic_stop pc2
	run cold pc2 "$1" "$2" theirs_cold || return 0
	classic_disconnect pc2
}

# After a failure its daemons are begun anew.
run_warm()
{
	if run warm pc2 "$1" "$2" theirs; then
		classic_disconnect pc2
	else
		classic_stop pc2
		classic_daemons pc2
	fi
}

# wire CLIENT NODE ROUND-TRIP FUNCTION: one connect with a capture, whose time doesn't count.
wire()
{
	local begin
	capture_start "$2" "wire-$1-$3" udp port 500 or udp port 4500
	begin=$(now_ms)
	"$4"
	sample wire "$1" "$3" "$begin" "$(now_ms)"
	capture_stop "wire-$1-$3"
}

cell()
{
	local rtt=$1 loss=$2 warm=$RUNS cold=$RUNS i
	((rtt == 0 && loss == 0)) || cold=$FEW
	((loss == 0)) || warm=$FEW cold=0
	path "$rtt" 0
	if ((loss == 0)); then
		measure_path "$rtt"
		wire tsunagu pc1 "$rtt" ours
		disconnect pc1 office
		wire classic pc2 "$rtt" theirs
		classic_disconnect pc2
	fi
	path "$rtt" "$loss"
	for ((i = 0; i < RUNS; i++)); do
		run_ours "$rtt" "$loss"
		((i >= cold)) || run_cold "$rtt" "$loss"
		((i >= warm)) || run_warm "$rtt" "$loss"
	done
}

scenario_bench_connect()
{
	local cells words
	RUNS=$(setting runs 15)
	FEW=$(setting few 5)
	bench_gateway
	bench_profile pc1
	bench_classic pc2
	# What pings send before the tunnel stands is swallowed: refusing them would use up what the router may refuse, and
	# today's pppd asks for a name first, whose refusal it needs (ten seconds else).
	on inet ip route add blackhole 192.168.100.0/24
	# Modules and algorithms are loaded by the first connection.
	must "the first connection" connect pc1 office
	disconnect pc1 office
	IFS=, read -ra cells <<<"$(setting cells 0-0,50-0,200-0,0-5,50-5,200-5)"
	for words in "${cells[@]}"; do
		cell "${words%-*}" "${words#*-}"
	done
	classic_stop pc2
	table connect
	say "  User-Mode Linux makes starting a process some 36 times slower than it is natively; the"
	say "  protocols' messages are nearly native. So only the ratios within this run mean something."
}
