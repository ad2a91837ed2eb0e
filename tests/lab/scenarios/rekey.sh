# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: 200 SA pairs and 40 phases 1 renewed by either side and by both, no ping lost
# seconds: 105
# processor: alone

# How many renewals the logs tell of, by who began them, over all parts.
declare -A REKEY=()

# count FILE PATTERN: how many lines match.
count()
{
	grep -cE "$2" "$1" || true
}

# sum KEY NUMBER
sum()
{
	REKEY[$1]=$((${REKEY[$1]:-0} + $2))
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

# The first connection of a node is no renewal: of each of them one quick and one main mode is the client's.
tally_strongswan()
{
	local log=$LAB/node/gw/charon.log
	sum quick_client $(($(count "$log" 'parsed QUICK_MODE request [0-9]+ \[ HASH SA') - 2))
	sum quick_gateway "$(count "$log" 'generating QUICK_MODE request [0-9]+ \[ HASH SA')"
	sum main_client $(($(count "$log" 'parsed ID_PROT request 0 \[ SA') - 2))
	sum main_gateway "$(count "$log" 'generating ID_PROT request 0 \[ SA')"
	sum quick $(($(count "$log" 'CHILD_SA office\{[0-9]+\} established') - 2))
	sum main $(($(count "$log" 'IKE_SA office\[[0-9]+\] established') - 2))
}

tally_emulator()
{
	local log=$LAB/node/gw/emulator.log quick main
	local quick_gateway main_gateway met_quick met_main
	quick=$(($(count "$log" ' pair [0-9a-f]+ up') - 2))
	main=$(($(count "$log" ' phase 1 up') - 2))
	quick_gateway=$(count "$log" ' quick mode of the gateway.s done')
	main_gateway=$(count "$log" ' main mode of the gateway.s done')
	met_quick=$(count "$log" ' meets a quick mode')
	met_main=$(count "$log" ' meets a main mode')
	sum quick "$quick"
	sum main "$main"
	sum quick_gateway "$quick_gateway"
	sum main_gateway "$main_gateway"
	sum quick_client $((quick - quick_gateway))
	sum main_client $((main - main_gateway))
	sum quick_both "$met_quick"
	sum main_both "$met_main"
}

tally_libreswan()
{
	local log=$LAB/node/gw/pluto.log
	sum quick_gateway "$(count "$log" ' initiating Quick Mode')"
	sum main_gateway "$(count "$log" ' initiating IKEv1 Main Mode')"
	sum quick $(($(count "$log" 'IPsec SA established') - 2))
	sum main $(($(count "$log" 'IKE SA established') - 2))
}

# rekey_part NAME SECONDS SALIFE IKELIFE GATEWAY-PARAMETER...: both PCs at once under traffic, 50 packets a
# second: ping waits for two ticks of this kernel's clock, 20 ms. PART_ORDERS, if set, is called in the meantime.
rekey_part()
{
	local name=$1 seconds=$2 salife=$3 ikelife=$4 node
	local -A before=() contact=([pc1]=yes [pc2]=no)
	shift 4
	gateway_start "$@"
	for node in pc1 pc2; do
		# resolvconf takes seconds here, and nothing asks for names.
		profile "$node" office ipsec-salifetime="$salife" ipsec-ikelifetime="$ikelife" \
			ipv4.ignore-auto-dns=true ipsec-initial-contact="${contact[$node]}"
		must "$name: $node connects" connect "$node" office --verbose
	done
	for node in pc1 pc2; do
		in_background "$name-$node" "$node" ping -D -i 0.01 -c $((seconds * 50)) -W 5 "$SERVER"
	done
	[[ -z ${PART_ORDERS:-} ]] || "$PART_ORDERS"
	for node in pc1 pc2; do
		background_wait "$name-$node" || true
		check "$name: $node loses no ping" test "$(lost "$OUT/$name-$node.log")" -eq 0
	done
	for node in pc1 pc2; do
		check "$name: at most two pairs at rest on $node" wait_for 5 at_rest "$node"
	done
	for node in "${!REKEY[@]}"; do
		before[$node]=${REKEY[$node]}
	done
	"tally_${GATEWAY[kind]}"
	local told=
	for node in quick main quick_client main_client quick_gateway main_gateway quick_both main_both; do
		told+=" $node $((${REKEY[$node]:-0} - ${before[$node]:-0}))"
	done
	note "$name:$told"
	[[ ${GATEWAY[kind]} != strongswan ]] ||
		check "$name: INITIAL-CONTACT once, with the first phase 1 of who is to send it" \
			test "$(count "$LAB/node/gw/charon.log" 'parsed .* N\(INIT')" -eq 1
	check "$name: status tells how long they live" has "$(on pc1 tsunagu status office)" 's left'
	for node in pc1 pc2; do
		check "$name: $node works still and disconnects" disconnect "$node" office
		check "$name: no SA is left on $node" lacks "$(on "$node" ip xfrm state)" 192.168.10.
		cp "$(node_path "$node" /var/log/tsunagu/office.log)" "$OUT/$name-$node-tsunagu.log"
	done
	cp "$LAB/node/gw/"{charon,emulator,pluto}.log "$OUT/" 2>/dev/null || true
	gateway_stop
}

# What PC 1 begins, the gateway begins at the same moment; of PC 2's it begins so much that nothing is left
# for the client to begin.
both_orders()
{
	local n
	emulator_tell meet
	for ((n = 1; n <= 120; n++)); do
		emulator_tell rekey child
		((n % 10)) || emulator_tell rekey sa
		pause 0.15
	done
	emulator_tell meet no
}

scenario_rekey()
{
	REKEY=()
	# The fifth of a life that is left for a renewal has room for one repetition: strongSwan loses what comes while it
	# takes a new phase 1.
	rekey_part client 40 4 9 ike_lifetime=1h lifetime=1h
	# strongSwan loses what answers its main mode's first message within some milliseconds, as here.
	rekey_part gateway 20 1h 8h ike_lifetime=8s lifetime=4s reauth=yes \
		conn_extra="margintime=2s"
	# So that what both send crosses on the way.
	netem branch delay=20ms
	PART_ORDERS=both_orders rekey_part both 22 2 4 kind=emulator cut=2
	netem branch
	rekey_part libreswan 10 1h 8h kind=libreswan rekey=yes ike_lifetime=12s lifetime=8s \
		conn_extra="rekeymargin=5s;rekeyfuzz=0%"
	local key told=
	for key in quick main quick_client main_client quick_gateway main_gateway quick_both main_both; do
		told+=" $key ${REKEY[$key]:-0}"
	done
	note "all together:$told"
	check "200 renewals of phase 2" test "${REKEY[quick]}" -ge 200
	check "40 renewals of phase 1" test "${REKEY[main]}" -ge 40
	check "begun by either side" test "${REKEY[quick_client]}" -ge 30 -a \
		"${REKEY[quick_gateway]}" -ge 50 -a "${REKEY[main_client]}" -ge 8 -a \
		"${REKEY[main_gateway]}" -ge 8
	check "and by both at once" test "${REKEY[quick_both]}" -ge 10 -a "${REKEY[main_both]}" -ge 3
}
