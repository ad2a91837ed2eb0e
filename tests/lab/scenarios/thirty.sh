# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: a branch full of PCs behind one NAPT: traffic, renewals, half leave and come back, nobody is displaced
# seconds: 60
# checks: 13
# processor: alone
#
# --set pcs=30: as many as an FWX120 takes; the test run has a few.

PCS=$(setting pcs 6)
# So many connect at the same time.
AT_ONCE=3

# Of each PC: its address in the office, and its L2TP tunnel and session as the gateway names them.
declare -A ADDRESS=() SESSION=()

# each FUNCTION NODE...: calls it for every node, some of them at the same time; fails when one does.
each()
{
	local function=$1 node pid pids=() r=0
	shift
	for node; do
		"$function" "$node" >"$OUT/$function-$node.log" 2>&1 3>&- &
		pids+=($!)
		((${#pids[@]} < AT_ONCE)) || { wait "${pids[0]}" || r=1; pids=("${pids[@]:1}"); }
	done
	for pid in "${pids[@]}"; do
		wait "$pid" || r=1
	done
	((r == 0)) || tail -n 3 "$OUT/$function"-*.log
	return "$r"
}

arrive()
{
	on "$1" tsunagu connect office
}

leave()
{
	on "$1" tsunagu disconnect office
}

ask()
{
	on "$1" perl /lab/guest/whoami.pl ask "$SERVER" "${ADDRESS[$1]}" "$1"
}

# look NODE...: where each of them is.
look()
{
	local node status
	for node; do
		status=$(on "$node" tsunagu status office --json)
		[[ $status =~ \"address\":\"([0-9.]+)\" ]] && ADDRESS[$node]=${BASH_REMATCH[1]}
		[[ $status =~ \"l2tp\":(\{[^}]*\}) ]] && SESSION[$node]=${BASH_REMATCH[1]}
	done
}

all_different()
{
	(($(printf '%s\n' "${ADDRESS[@]}" | sort -u | wc -l) == PCS)) || { printf '%s\n' "${ADDRESS[@]}"; return 1; }
}

# renewed TIMES: that many pairs have been negotiated in all.
renewed()
{
	(($(grep -c 'CHILD_SA office{[0-9]*} established' "$LAB/node/gw/charon.log") >= $1))
}

pings_start()
{
	local node
	for node; do
		in_background "ping-$node" "$node" ping -i 0.5 -W 5 "$SERVER"
	done
}

# pings_end NODE...: none of them lost one.
pings_end()
{
	local node r=0
	for node; do
		ping_end "ping-$node" || r=1
	done
	return "$r"
}

same_as_before()
{
	local node status=0
	for node; do
		status=$(on "$node" tsunagu status office --json)
		has "$status" '"state":"up"' "\"address\":\"${ADDRESS[$node]}\"" "\"l2tp\":${SESSION[$node]}" || return 1
		lacks "$status" '"repairs"' || return 1
	done
}

none_left()
{
	lacks "$(on gw ip xfrm state)" spi
}

# What a connection costs: the client and its pppd, shared pages divided by those who share them.
memory()
{
	# shellcheck disable=SC2016
	on pc1 bash -c '
		for pid in $(pgrep -x "tsunagu|pppd"); do
			echo "$(<"/proc/$pid/comm")" $(sed -nE "s/^(Rss|Pss): *([0-9]+) kB/\1 \2/p" "/proc/$pid/smaps_rollup")
		done' | while read -r line; do note "memory of a connection, kB: $line"; done
}

scenario_thirty()
{
	local n node users='' all=() stay=() go=() before
	for ((n = 1; n <= PCS; n++)); do
		users+="user$n:himitsu$n "
		all+=("pc$n")
		if ((n % 2)); then stay+=("pc$n"); else go+=("pc$n"); fi
		profile "pc$n" office ipv4.ignore-auto-dns=true ipv6.method=ignore user="user$n" password="himitsu$n" \
			ipsec-salifetime=$((14 + PCS)) ipsec-ikelifetime=$((20 + 2 * PCS))
	done
	gateway_start users="$users" pool=192.168.100.150-192.168.100.199
	spawn lan perl /lab/guest/whoami.pl serve "$SERVER" >"$LAB/node/lan/whoami.log" 2>&1 3>&- &
	wait_log "$LAB/node/lan/whoami.log" ready
	before=$(now_ms)
	must "$PCS PCs connect" each arrive "${all[@]}"
	note "they took $(($(now_ms) - before)) ms, $AT_ONCE at a time"
	look "${all[@]}"
	check "each has an address of its own" all_different
	check "each is answered for itself" each ask "${all[@]}"
	pings_start "${stay[@]}"
	check "one half leaves" each leave "${go[@]}"
	check "the other half is answered" each ask "${stay[@]}"
	check "all of those renew" wait_for 90 renewed $((PCS + ${#stay[@]}))
	check "those who left come back" each arrive "${go[@]}"
	look "${go[@]}"
	check "each has an address of its own again" all_different
	check "each is answered for itself again" each ask "${all[@]}"
	check "those who stayed lost no ping" pings_end "${stay[@]}"
	check "and have their address and session still" same_as_before "${stay[@]}"
	memory
	check "all leave" each leave "${all[@]}"
	check "no SA is left at the gateway" wait_for 10 none_left
}
