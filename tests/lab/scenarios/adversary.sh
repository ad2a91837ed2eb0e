# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: forged, replayed and reflected messages by the hundred thousand change nothing; a real delete does
# seconds: 65
# checks: 22
# processor: alone

# Without keys, but with all that can be seen on the way: addresses, ports, cookies, SPIs.
KINDS=(delete-sa delete-child no-proposal invalid-cookie authentication-failed initial-contact
	wrong-hash-info wrong-hash-quick wrong-hash-main esp replayed)
EACH=10000

forge()
{
	echo "$*" >"$(node_path inet /run/forger)"
}

# status_number STATUS NAME: of the client's status in JSON.
status_number()
{
	[[ $1 =~ \"$2\":\ *([0-9]+) ]] && echo "${BASH_REMATCH[1]}"
}

# memory_kb PID, cpu_ticks PID: of a process in pc1, as pc1 numbers them.
memory_kb()
{
	local line
	while read -r line; do
		[[ ! $line =~ ^VmRSS:[[:space:]]*([0-9]+) ]] || echo "${BASH_REMATCH[1]}"
	done <"$(node_path pc1 "/proc/$1/status")"
}

cpu_ticks()
{
	local fields
	read -ra fields <"$(node_path pc1 "/proc/$1/stat")"
	echo "$((fields[13] + fields[14]))"
}

# The attacker sends what it can while the office is pinged 20 times a second.
forgeries()
{
	local pid=$1 kind memory ticks since
	memory=$(memory_kb "$pid")
	ticks=$(cpu_ticks "$pid")
	since=$(now_ms)
	in_background steady pc1 ping -i 0.05 "$SERVER"
	for kind in "${KINDS[@]}"; do
		forge send "$kind" "$EACH"
		wait_log "$OUT/forger.log" "of $EACH $kind" 120
	done
	check "$((EACH * ${#KINDS[@]})) forged messages reach the branch" \
		test "$(grep -c "^sent $EACH of $EACH " "$OUT/forger.log")" -eq "${#KINDS[@]}"
	check "no ping is lost" ping_end steady
	note "they took $(($(now_ms) - since)) ms, the client $(($(cpu_ticks "$pid") - ticks)) ticks of 10 ms"
	memory=$(($(memory_kb "$pid") - memory))
	check "the client's memory grows by less than 256 KiB ($memory)" test "$memory" -lt 256
	check "and its processor time is bounded: less than 1 ms for each" \
		test $((($(cpu_ticks "$pid") - ticks) * 10)) -lt $((EACH * ${#KINDS[@]}))
}

# L2TP outside of ESP, from inside the branch, where no NAT is in the way.
in_clear()
{
	local status=$1 kind port tunnel session frames
	port=$(status_number "$status" source-port)
	tunnel=$(status_number "$status" tunnel)
	session=$(status_number "$status" session)
	frames=$(on pc1 cat /sys/class/net/ppp0/statistics/rx_packets)
	for kind in stopccn cdn terminate; do
		on pc2 /usr/libexec/tsunagu-lab/packet-forger clear "$kind" "$OFFICE" 192.168.10.11 \
			"$port" "$tunnel" "$session" 2000
	done
	check "not one of 6000 L2TP messages in clear becomes a frame of PPP" \
		test "$(on pc1 cat /sys/class/net/ppp0/statistics/rx_packets)" -eq "$frames"
	check "all of them came, and the policy refused them" \
		has "$(on pc1 grep XfrmInTmplMismatch /proc/net/xfrm_stat)" 6000
}

# connects N: so many connects one after the other; how long each took in ms, one a line.
connects()
{
	local i since
	for ((i = 0; i < $1; i++)); do
		since=$(now_ms)
		if connect pc1 office --timeout 20 >"$OUT/try" 2>&1; then
			echo "$(($(now_ms) - since))"
			disconnect pc1 office >/dev/null 2>&1
		fi
	done
}

# least FILE: its lowest number.
least()
{
	sort -n "$1" | head -n 1
}

# RFC 2408 lets errors in phase 1 come unprotected: they are hints, whoever sends them. As many errors that are about
# nobody are what their number alone costs on this machine; the two take turns.
forged_errors()
{
	local kind round nobody forged
	netem office delay=20ms
	: >"$OUT/forged"
	for round in {1..4}; do
		for kind in of-nobody-500 no-proposal-500 invalid-cookie-500; do
			forge flood "$kind" 1000
			if [[ $kind == of-nobody-500 ]]; then
				connects 1 >>"$OUT/nobody"
			else
				connects 1 >>"$OUT/forged"
			fi
			forge stop
		done
		note "round $round: $(tail -n 1 "$OUT/nobody") ms, forged $(tail -n 2 "$OUT/forged" | tr '\n' ' ')"
	done
	netem office
	nobody=$(least "$OUT/nobody") forged=$(least "$OUT/forged")
	check "8 connects succeed under 1000 forged errors a second" test "$(grep -c . "$OUT/forged")" -eq 8
	check "in less than twice the time that errors about nobody cost ($forged against $nobody ms)" \
		test "$forged" -lt $((2 * nobody))
	check "and errors were forged" test "$(sed -n 's/^flooded //p' "$OUT/forger.log" |
		awk '{ n += $1 } END { print n + 0 }')" -gt 400
}

# Both sides have the same keys: the client's own questions for a sign of life come back to it.
reflections()
{
	local log
	log=$(node_path pc1 /var/log/tsunagu/office.log)
	forge reflect
	wait_log "$OUT/forger.log" reflects
	check "the office answers while all that we send comes back" ping_office pc1
	gateway_kill
	check "a gateway that is gone is named all the same" wait_log "$log" 'the gateway is gone' 60
	check "and our own messages are no answers of its" lacks "$(<"$log")" 'IKE is answered'
	forge stop
	wait_log "$OUT/forger.log" 'reflected '
	check "and they did come back" test "$(sed -n 's/^reflected //p' "$OUT/forger.log")" -ge 4
}

scenario_adversary()
{
	local status pid
	# No echo and no router solicitation shall count as a frame.
	gateway_start kind=emulator hello=300 idle=0 ppp_extra='lcp-echo-interval 0;lcp-echo-failure 0'
	profile pc1 office ipv4.ignore-auto-dns=true lcp-echo-interval=0 lcp-echo-failure=0 ipv6.method=ignore
	in_background forger inet /usr/libexec/tsunagu-lab/packet-forger watch office0 "$OFFICE" /run/forger
	wait_log "$OUT/forger.log" ready
	must "connects" connect pc1 office
	status=$(on pc1 tsunagu status office --json)
	pid=$(on pc1 pidof tsunagu)
	forgeries "$pid"
	check "it is the same process and the same tunnel" test "$(on pc1 pidof tsunagu) $(
		status_number "$(on pc1 tsunagu status office --json)" tunnel)" = \
		"$pid $(status_number "$status" tunnel)"
	in_clear "$status"
	check "the office answers" ping_office pc1
	emulator_mark
	emulator_tell delete sa
	check "a delete of the gateway's own is obeyed: phase 1 is made anew" emulator_says 'phase 1 up' 10
	check "and the office answers" ping_office pc1
	emulator_tell delete child
	check "so is one of the pair" emulator_says ' up' 10
	check "and the office answers again" ping_office pc1
	check "disconnects" disconnect pc1 office
	forged_errors
	must "connects again" connect pc1 office --verbose
	reflections
	background_stop forger TERM || true
}
