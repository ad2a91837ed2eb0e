# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: memory, files, sockets, netlink, processes: each call fails once, one sentence, no trace
# seconds: 79
# checks: 14
#
# --set class=memory [--set first=9000 --set last=9400 --set every=3] fails each of those calls instead of a sample of all classes.

# What a connection adds to pc1, in few processes.
traces()
{
	# shellcheck disable=SC2016
	on pc1 bash -c '
		ip xfrm state; ip xfrm policy; ip rule; ip route show table all; ip -6 route
		ip -o link | sed "s/@.*//; s/^[0-9]*: //"; ls -A /run; ls /run/tsunagu; ss -uanH
		ls /run/resolvconf/interfaces; read -r x </proc/sys/net/ipv4/conf/eth0/rp_filter; echo "$x"
		for f in /proc/[0-9]*/comm; do read -r x <"$f"; [[ $x != pppd && $x != tsunagu ]] || echo "$x"; done'
}

# connection_with [FAULT]: connects with that failure, disconnects if that went well; its status.
connection_with()
{
	local r=0 deadline=$((SECONDS + 30))
	in_background alone pc1 env LD_PRELOAD=/control/faults.so "FAULT=${1:-}" FAULT_COUNTS=/state/counts \
		tsunagu connect --foreground --timeout 12 office
	while kill -0 "${BACKGROUND[alone]}" 2>/dev/null && ! grep -qs 'connected in' "$OUT/alone.log"; do
		((SECONDS < deadline)) || break
		pause 0.02
	done
	kill -TERM "${BACKGROUND[alone]}" 2>/dev/null || true
	background_wait alone || r=$?
	return "$r"
}

# One end with one sentence and what to do about it, or a connection all the same; and nothing is left.
well_ended()
{
	local status=$1
	traces >"$OUT/traces" 2>&1 || true
	diff "$OUT/before" "$OUT/traces" || return 1
	if ((status == 0)); then
		grep -q 'connected in' "$OUT/alone.log" && return
		echo "status 0 without a connection"
	elif ((status <= 21)); then
		(($(grep -c '^  [A-Z]' "$OUT/alone.log") == 1)) && return
		echo "status $status without one remedy"
	else
		echo "status $status"
	fi
	tail -n 6 "$OUT/alone.log"
	return 1
}

# spread COUNT MOST: so many numbers from 1 to COUNT, all when there are no more.
spread()
{
	local count=$1 most=$2 i
	if ((count <= most)); then
		seq "$count"
	else
		for ((i = 0; i < most; i++)); do
			echo $((1 + i * (count - 1) / (most - 1)))
		done
	fi
}

# count_of CLASS: so many calls a connection makes.
count_of()
{
	sed -n "s/^$1 //p" "$OUT/counts"
}

# each CLASS NUMBER...: these calls of that class, one after the other.
each()
{
	local class=$1 n r runs=0 ended=0 bad=0
	shift
	: >"$OUT/wrong-$class"
	for n; do
		r=0
		connection_with "$class:$n" || r=$?
		runs=$((runs + 1))
		((r == 0)) || ended=$((ended + 1))
		echo "$class:$n $r $(grep -v -e '^  ' "$OUT/alone.log" | tail -n 1)" >>"$OUT/runs"
		if ! well_ended "$r" >"$OUT/wrong" 2>&1; then
			bad=$((bad + 1))
			{ echo "$class:$n"; cat "$OUT/wrong"; } >>"$OUT/wrong-$class"
			on pc1 tsunagu disconnect --all >/dev/null 2>&1 || true
			on pc1 ip xfrm policy flush
			on pc1 ip xfrm state flush
		fi
	done
	note "$class: $runs of $(count_of "$class") calls failed, $ended ended the attempt"
	check "$class: each failure is told once and leaves nothing" cat_if "$bad" "$OUT/wrong-$class"
}

# cat_if NUMBER FILE: shows the file and fails unless the number is 0.
cat_if()
{
	(($1 == 0)) || { cat "$2"; return 1; }
}

# sample CLASS MOST: so many of that class.
sample()
{
	local numbers
	mapfile -t numbers < <(spread "$(count_of "$1")" "$2")
	each "$1" "${numbers[@]}"
}

samples()
{
	sample netlink 8
	sample process 6
	sample short 4
	sample file 6
	sample socket 7
	sample memory 7
	sample event 4
	sample random 3
}

scenario_faults()
{
	local class numbers
	# Attempts that end early stay half-open at the gateway, which else ignores who has five of them.
	gateway_start half_open=100
	profile pc1 office full=yes ipv4.ignore-auto-dns=true
	# Loads the modules, which stay.
	must "connects" connect pc1 office
	must "disconnects" disconnect pc1 office
	traces >"$OUT/before" 2>&1 || true
	must "without failure it connects" connection_with
	must "and leaves nothing" well_ended 0
	cp /state/counts "$OUT/counts"
	class=$(setting class all)
	if [[ $class == all ]]; then
		samples
	else
		mapfile -t numbers < <(seq "$(setting first 1)" "$(setting every 1)" \
			"$(setting last "$(count_of "$class")")")
		each "$class" "${numbers[@]}"
	fi
	must "afterwards it connects" connect pc1 office
	check "disconnects" disconnect pc1 office
}
