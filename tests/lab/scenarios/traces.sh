# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: 20 rounds and ten kills leave no trace; another program's IPsec state stays untouched
# seconds: 95
# checks: 50

rounds()
{
	local n
	for ((n = 0; n < 20; n++)); do
		connect pc1 office && disconnect pc1 office || return 1
	done
}

# killed_at MILLISECONDS: the connection's process dies at that time after its start.
killed_at()
{
	local pids
	in_background victim pc1 tsunagu connect office
	pause "$(printf '0.%03d' "$1")"
	pids=$(on pc1 pgrep -x tsunagu) || true
	# shellcheck disable=SC2086
	[[ -z $pids ]] || on pc1 kill -KILL $pids || true
	background_wait victim || true
}

# Whatever a kill left, one further start and its end clean it up.
kills()
{
	local ms
	for ms in 20 60 120 200 300 400 500 650 800 990; do
		killed_at "$ms"
		must "after a kill at $ms ms: connects" connect pc1 office
		must "after a kill at $ms ms: reaches the office" ping_office pc1
		must "after a kill at $ms ms: disconnects" disconnect pc1 office
		snapshot pc1 "$OUT/killed-$ms"
		check "after a kill at $ms ms: no trace" same_snapshot "$OUT/before" "$OUT/killed-$ms"
	done
}

scenario_traces()
{
	gateway_start
	profile pc1 office full=yes
	foreign_state pc1
	# The first connection loads modules, which stay.
	must "connects" connect pc1 office
	must "everything goes through the tunnel" has "$(on pc1 ip route get 8.8.8.8)" ppp
	must "but the gateway's own packets" has "$(on pc1 ip route get "$OFFICE" mark 0x7473)" eth0
	must "disconnects" disconnect pc1 office
	snapshot pc1 "$OUT/before"
	must "20 rounds of connect and disconnect" rounds
	snapshot pc1 "$OUT/after"
	check "leave no trace" same_snapshot "$OUT/before" "$OUT/after"
	capture_start inet wire
	kills
	killed_at 900
	check "disconnect --all cleans up after a kill as well" disconnect pc1 --all
	snapshot pc1 "$OUT/all"
	check "without a trace" same_snapshot "$OUT/before" "$OUT/all"
	capture_stop wire
	# The gateway has no such scruples: what it sends in clear once its SAs are gone is not ours.
	check "no L2TP in clear leaves, whenever the process died" \
		lacks "$(capture_text wire 'udp dst port 1701')" 1701
	check "the other program's state is still there" has \
		"$(on pc1 ip xfrm state) $(on pc1 ip xfrm policy) $(on pc1 ip rule)" \
		0x00004321 'reqid 77' '29001:'
}
