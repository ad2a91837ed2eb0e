# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# not in the test run
# description: soak: two connections, faults at random, nothing grows and everything comes back
#
# --set minutes=60 --set virtual=yes --set seed=7: scripts/soak has them as options.

# What may happen. Those that last have their seconds.
FAULTS=(loss rebind reboot gone pppd uplink blackout forgets clock suspend)

# Per node: the client's pid as the node numbers it, what it had after the warm-up.
declare -A CLIENT=() WARM_RSS=() WARM_FDS=() FIRST_RSS=() LAST_RSS=() LAST_FDS=()
declare -A COUNT=()
MOST_STATES=0 QUICK=0 MAIN=0 LOST=0 SLOWEST=0

memory_kb()
{
	local line
	while read -r line; do
		[[ ! $line =~ ^VmRSS:[[:space:]]*([0-9]+) ]] || echo "${BASH_REMATCH[1]}"
	done <"$(node_path "$1" "/proc/${CLIENT[$1]}/status")"
}

descriptors()
{
	local files
	files=("$(node_path "$1" "/proc/${CLIENT[$1]}/fd")"/*)
	echo "${#files[@]}"
}

states()
{
	on "$1" ip xfrm state | grep -c '^src' || true
}

at_rest()
{
	(($(states "$1") <= 4))
}

# sample NODE NAME: when nothing happens.
sample()
{
	local rss fds states
	wait_for 20 at_rest "$1" || true
	states=$(states "$1")
	((states <= MOST_STATES)) || MOST_STATES=$states
	rss=$(memory_kb "$1")
	fds=$(descriptors "$1")
	LAST_RSS[$1]=$rss LAST_FDS[$1]=$fds
	[[ -v FIRST_RSS[$1] ]] || FIRST_RSS[$1]=$rss
	printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$(uptime_ms)" "$2" "$1" "$rss" "$fds" "$states" >>"$OUT/samples.tsv"
}

warm()
{
	local node
	for node in pc1 pc2; do
		WARM_RSS[$node]=${LAST_RSS[$node]} WARM_FDS[$node]=${LAST_FDS[$node]}
	done
}

# The gateway's log begins anew with it.
tally()
{
	QUICK=$((QUICK + $(grep -c 'CHILD_SA office{[0-9]*} established' "$LAB/node/gw/charon.log" || true)))
	MAIN=$((MAIN + $(grep -c 'IKE_SA office\[[0-9]*\] established' "$LAB/node/gw/charon.log" || true)))
}

# back NODE: the office answers again; how long that took counts from now.
back()
{
	local began took
	began=$(uptime_ms)
	if ! wait_for 150 on "$1" ping -q -c 1 -W 1 "$SERVER"; then
		LOST=$((LOST + 1))
		on "$1" tsunagu status office || true
		return 1
	fi
	took=$(($(uptime_ms) - began))
	((took <= SLOWEST)) || SLOWEST=$took
}

# happen FAULT NODE SECONDS
happen()
{
	case $1 in
	loss)
		netem branch loss=20%
		pause "$3"
		netem branch
		;;
	rebind) nat_rebind ;;
	reboot)
		tally
		gateway_reboot
		;;
	gone)
		tally
		gateway_kill
		pause "$3"
		gateway_again
		;;
	pppd) pppd_kill "$2" ;;
	uplink) uplink_change "$2" ;;
	blackout)
		blackout
		pause "$3"
		blackout_end
		;;
	forgets) gateway_forgets "$2" ;;
	clock)
		clock_jump 86400
		pause "$3"
		clock_jump -86400
		;;
	suspend)
		suspend "$2"
		pause "$3"
		resume "$2"
		;;
	esac
}

table()
{
	local fault node told='' clear=$1
	for fault in "${FAULTS[@]}"; do
		told+=" $fault ${COUNT[$fault]:-0}"
	done
	note "faults:$told"
	note "negotiated with the gateway: phase 1 $MAIN times, SA pairs $QUICK times"
	for node in pc1 pc2; do
		note "$node: repairs $(repairs "$node"); $(availability "$node")"
		note "$node: RSS ${FIRST_RSS[$node]} kB at first, ${WARM_RSS[$node]} warm, ${LAST_RSS[$node]} at last;" \
			"descriptors ${WARM_FDS[$node]} warm, ${LAST_FDS[$node]} at last"
	done
	note "XFRM states at rest: $MOST_STATES at most; slowest return $SLOWEST ms after the fault was over"
	note "packets in clear: $clear"
}

# Every ping of the whole time, those during the faults as well.
availability()
{
	local text
	text=$(<"$OUT/ping-$1.log")
	[[ $text =~ ([0-9]+)\ packets\ transmitted,\ ([0-9]+)\ received ]] || return 1
	echo "$((BASH_REMATCH[2] * 10000 / BASH_REMATCH[1])) of 10000 pings answered"
}

repairs()
{
	[[ $(on "$1" tsunagu status office --json) =~ \"repairs\":\{\"count\":([0-9]+) ]] && echo "${BASH_REMATCH[1]}" || echo 0
}

scenario_soak()
{
	local minutes seed virtual node fault end half lasts n=0 between=60 lives=() clear
	minutes=$(setting minutes 5)
	seed=$(setting seed "$RANDOM")
	virtual=$(setting virtual no)
	RANDOM=$seed
	note "seed $seed, $minutes minutes, virtual days: $virtual"
	# A 24th of the client's own 8 hours and 1 hour.
	[[ $virtual == no ]] || lives=(ipsec-ikelifetime=1200 ipsec-salifetime=150) between=20
	gateway_start ike_lifetime=24h lifetime=24h
	profile pc1 office ipv4.ignore-auto-dns=true "${lives[@]}"
	profile pc2 office ipv4.ignore-auto-dns=true user=hanako password=naisho "${lives[@]}"
	clear_watch clear
	for node in pc1 pc2; do
		must "$node connects" connect "$node" office --verbose
		CLIENT[$node]=$(on "$node" pgrep -xo tsunagu)
		in_background "ping-$node" "$node" ping -q -i 0.2 "$SERVER"
		sample "$node" start
	done
	half=$(($(uptime_ms) + minutes * 30000)) end=$(($(uptime_ms) + minutes * 60000))
	while (($(uptime_ms) < end)); do
		fault=${FAULTS[RANDOM % ${#FAULTS[@]}]}
		node=pc$((1 + RANDOM % 2))
		lasts=$((3 + RANDOM % 15))
		pause $((5 + RANDOM % between))
		happen "$fault" "$node" "$lasts" || true
		COUNT[$fault]=$((${COUNT[$fault]:-0} + 1))
		echo "$(uptime_ms) $fault $node $lasts" >>"$OUT/faults.log"
		n=$((n + 1))
		for node in pc1 pc2; do
			check "$n: $fault: $node comes back" back "$node"
			sample "$node" "$fault"
		done
		# The first of each kind touches memory that is then reused: what grows, grows in the second half as well.
		((half == 0 || $(uptime_ms) < half)) || { warm; half=0; }
	done
	tally
	for node in pc1 pc2; do
		cp "$(node_path "$node" /var/log/tsunagu/office.log)" "$OUT/$node-tsunagu.log"
		background_stop "ping-$node" || true
	done
	clear=$(clear_seen clear)
	((half == 0)) || warm
	table "$clear"
	for node in pc1 pc2; do
		check "$node: RSS grew by 64 KiB at most since it was warm" \
			test $((LAST_RSS[$node] - WARM_RSS[$node])) -le 64
		check "$node: as many descriptors as then" test "${LAST_FDS[$node]}" -eq "${WARM_FDS[$node]}"
		check "$node: it can be ended" disconnect "$node" office
	done
	check "four XFRM states at rest at most" test "$MOST_STATES" -le 4
	check "nothing went in clear" test "$clear" -eq 0
}
