# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# not in the test run
# description: benchmark: `nmcli con up` to the first answered ping, and memory, side by side with NetworkManager-l2tp
#
# --set runs=9: connects of each, in turns.

# shellcheck source=/dev/null
. /lab/guest/bench.sh

PEER_NAMES='nm-l2tp-service|charon|starter|xl2tpd|pppd'
OUR_NAMES='nm-l2tp-service|tsunagu|pppd'

# comes_up NAME: sets TOOK.
comes_up()
{
	local began
	began=$(now_ms)
	nm pc1 --wait 90 connection up "$1" && on pc1 ping -q -c 1 -W 10 "$SERVER" || return
	TOOK=$(($(now_ms) - began))
}

# run CLIENT NAME NAMES: once.
run()
{
	local memory
	must "$1: up, and the office answers" comes_up "$2"
	memory=$(usage pc1 "$3" | awk '$1 == "together" { print $NF }')
	sample "$1" "$TOOK" "$memory"
	note "$1: $TOOK ms, $memory kB"
	must "$1: down" nm pc1 --wait 60 connection down "$2"
	# The peer's daemons end long after that.
	must "$1: gone" wait_for 60 on pc1 bash -c '! pgrep -x "charon|xl2tpd|pppd|tsunagu"'
}

# median CLIENT COLUMN
median()
{
	awk -v client="$1" -v column="$2" '$1 == client { print $column }' "$OUT/samples.tsv" | sort -n |
		awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

# at_most TEXT OURS THEIRS PERCENT
at_most()
{
	note "$1: $2 against $3: $(awk -v a="$2" -v b="$3" 'BEGIN { printf "%.3f", a / b }')"
	check "$1: at most $4 % of the peer's" test $(($2 * 100)) -le $(($3 * $4))
}

scenario_bench_networkmanager()
{
	local i
	gateway_start
	nm_peer pc1
	nm_start pc1
	must "NetworkManager has the wired network" wait_for 60 nm_wired pc1
	nm_profile pc1 ours
	nm_profile pc1 theirs service=l2tppeer
	for ((i = 0; i < $(setting runs 9); i++)); do
		run tsunagu ours "$OUR_NAMES"
		run peer theirs "$PEER_NAMES"
	done
	at_most "to the first ping, ms" "$(median tsunagu 2)" "$(median peer 2)" 25
	at_most "memory of all processes, kB" "$(median tsunagu 3)" "$(median peer 3)" 50
}
