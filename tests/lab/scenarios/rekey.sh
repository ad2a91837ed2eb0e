# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: 200 SA pairs and 40 phases 1 renewed by either side and by both, no ping lost (not in the test run)
# seconds: 150

declare -A REKEY=()

# count FILE PATTERN: how many lines of the gateway's log match.
count()
{
	grep -cE "$2" "$1" || true
}

# lost FILE: how many pings of a log had no answer.
lost()
{
	sed -nE 's/^([0-9]+) packets transmitted, ([0-9]+) received.*/\1 \2/p' "$1" |
		{ read -r sent received && echo "$((sent - received))"; }
}

# pairs NODE: by how many SAs it receives.
pairs()
{
	on "$1" ip xfrm state | grep -cE "^src [0-9.]+ dst 192\.168\.10\." || true
}

# at_rest NODE: between two renewals.
at_rest()
{
	(($(pairs "$1") <= 2))
}

# rekey_tally NAME: adds up what the gateway's log says, by who began it.
rekey_tally()
{
	local log=$LAB/node/gw/charon.log
	local quick_client quick_gateway main_client main_gateway
	quick_client=$(count "$log" 'parsed QUICK_MODE request [0-9]+ \[ HASH SA')
	quick_gateway=$(count "$log" 'generating QUICK_MODE request [0-9]+ \[ HASH SA')
	main_client=$(count "$log" 'parsed ID_PROT request 0 \[ SA')
	main_gateway=$(count "$log" 'generating ID_PROT request 0 \[ SA')
	note "$1: quick modes $quick_client by the clients, $quick_gateway by the gateway;" \
		"main modes $main_client and $main_gateway"
	REKEY[quick_client]=$((${REKEY[quick_client]:-0} + quick_client))
	REKEY[quick_gateway]=$((${REKEY[quick_gateway]:-0} + quick_gateway))
	REKEY[main_client]=$((${REKEY[main_client]:-0} + main_client))
	REKEY[main_gateway]=$((${REKEY[main_gateway]:-0} + main_gateway))
	REKEY[pairs]=$((${REKEY[pairs]:-0} + $(count "$log" 'CHILD_SA office\{[0-9]+\} established')))
	REKEY[phases1]=$((${REKEY[phases1]:-0} + $(count "$log" 'IKE_SA office\[[0-9]+\] established')))
}

# rekey_part NAME SECONDS SALIFE IKELIFE GATEWAY-PARAMETER...: both PCs at once under traffic.
rekey_part()
{
	local name=$1 seconds=$2 salife=$3 ikelife=$4 node most=0 n
	shift 4
	gateway_start "$@"
	for node in pc1 pc2; do
		# resolvconf takes seconds here, in which nothing is answered.
		profile "$node" office ipsec-salifetime="$salife" ipsec-ikelifetime="$ikelife" \
			ipv4.ignore-auto-dns=true
		must "$name: $node connects" connect "$node" office
	done
	for node in pc1 pc2; do
		in_background "$name-$node" "$node" ping -i 0.02 -c $((seconds * 45)) -W 5 "$SERVER"
	done
	for ((n = 0; n < 4; n++)); do
		pause $((seconds / 5))
		for node in pc1 pc2; do
			(($(pairs "$node") <= most)) || most=$(pairs "$node")
		done
	done
	for node in pc1 pc2; do
		background_wait "$name-$node" || true
		check "$name: $node loses no ping" test "$(lost "$OUT/$name-$node.log")" -eq 0
	done
	note "$name: at most $most pairs at a time seen"
	for node in pc1 pc2; do
		check "$name: at most two pairs at rest on $node" wait_for 5 at_rest "$node"
	done
	rekey_tally "$name"
	for node in pc1 pc2; do
		check "$name: $node works still and disconnects" disconnect "$node" office
		check "$name: no SA is left on $node" lacks "$(on "$node" ip xfrm state)" 192.168.10.
	done
	cp "$LAB/node/gw/charon.log" "$OUT/$name-charon.log"
	gateway_stop
}

scenario_rekey()
{
	REKEY=()
	# strongSwan loses what answers the first message of its own main mode within some milliseconds:
	# it doesn't find the SA then that it has just begun to make.
	netem branch delay=20ms
	rekey_part client 80 2 8 ike_lifetime=1h lifetime=1h
	rekey_part gateway 45 1h 8h ike_lifetime=8s lifetime=4s reauth=yes conn_extra="margintime=2s"
	rekey_part both 45 4 8 ike_lifetime=8s lifetime=4s reauth=no conn_extra="margintime=1s"
	check "200 SA pairs" test "${REKEY[pairs]}" -ge 200
	check "40 times phase 1" test "${REKEY[phases1]}" -ge 40
	check "begun by either side" test "${REKEY[quick_client]}" -ge 50 -a \
		"${REKEY[quick_gateway]}" -ge 50 -a "${REKEY[main_client]}" -ge 10 -a \
		"${REKEY[main_gateway]}" -ge 10
}
