# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: 200 SA pairs and 40 phases 1 renewed by either side and by both, no ping lost
# seconds: 105
# checks: 58
# processor: alone

# How many renewals the gateway's log tells of, by who began them, in this part; over all parts.
declare -A PART=() ALL=()
KEYS='quick main quick_client main_client quick_gateway main_gateway quick_both main_both'
# So long a part may take at most; it ends with its goals.
PATIENCE=180

# count FILE PATTERN: how many lines match.
count()
{
	grep -cE "$2" "$1" || true
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
	PART=(
		[quick_client]=$(($(count "$log" 'parsed QUICK_MODE request [0-9]+ \[ HASH SA') - 2))
		[quick_gateway]=$(count "$log" 'generating QUICK_MODE request [0-9]+ \[ HASH SA')
		[main_client]=$(($(count "$log" 'parsed ID_PROT request 0 \[ SA') - 2))
		[main_gateway]=$(count "$log" 'generating ID_PROT request 0 \[ SA')
		[quick]=$(($(count "$log" 'CHILD_SA office\{[0-9]+\} established') - 2))
		[main]=$(($(count "$log" 'IKE_SA office\[[0-9]+\] established') - 2))
	)
}

tally_emulator()
{
	local log=$LAB/node/gw/emulator.log
	PART=(
		[quick]=$(($(count "$log" ' pair [0-9a-f]+ up') - 2))
		[main]=$(($(count "$log" ' phase 1 up') - 2))
		[quick_gateway]=$(count "$log" ' quick mode of the gateway.s done')
		[main_gateway]=$(count "$log" ' main mode of the gateway.s done')
		[quick_both]=$(count "$log" ' meets a quick mode')
		[main_both]=$(count "$log" ' meets a main mode')
	)
	PART[quick_client]=$((PART[quick] - PART[quick_gateway]))
	PART[main_client]=$((PART[main] - PART[main_gateway]))
}

tally_libreswan()
{
	local log=$LAB/node/gw/pluto.log
	PART=(
		[quick_gateway]=$(count "$log" ' initiating Quick Mode')
		[main_gateway]=$(count "$log" ' initiating IKEv1 Main Mode')
		[quick]=$(($(count "$log" 'IPsec SA established') - 2))
		[main]=$(($(count "$log" 'IKE SA established') - 2))
	)
}

# reached KEY=NUMBER...: so many renewals there were.
reached()
{
	local goal
	"tally_${GATEWAY[kind]}"
	for goal; do
		((${PART[${goal%%=*}]:-0} >= ${goal#*=})) || return 1
	done
}

# until_reached KEY=NUMBER...: with PART_ORDERS, if set, in the meantime.
until_reached()
{
	local deadline=$((SECONDS + PATIENCE)) key
	until reached "$@"; do
		((SECONDS < deadline)) || {
			for key in $KEYS; do
				echo "$key=${PART[$key]:-0}"
			done
			return 1
		}
		"${PART_ORDERS:-pause}" 1
	done
}

# told PART|ALL: what there was, for a note.
told()
{
	local -n what=$1
	local key
	for key in $KEYS; do
		printf ' %s %d' "$key" "${what[$key]:-0}"
	done
}

# pings_kept NAME: for check. Where some were lost the kernels know whose SA was missing: ours (Out) or the gateway's (In).
pings_kept()
{
	local node
	ping_end "$1" && return
	for node in pc1 pc2 gw; do
		on "$node" grep -v '[[:space:]]0$' /proc/net/xfrm_stat | sed "s/^/$node /"
	done
	return 1
}

# rekey_part NAME GOALS SALIFE IKELIFE GATEWAY-PARAMETER...: both PCs at once under traffic, 50 packets a
# second (ping waits for two ticks of this kernel's clock, 20 ms), until there were so many renewals, however long
# that takes.
rekey_part()
{
	local name=$1 goals=$2 salife=$3 ikelife=$4 node key
	local -A contact=([pc1]=yes [pc2]=no)
	shift 4
	gateway_start "$@"
	for node in pc1 pc2; do
		# resolvconf takes seconds here, and nothing asks for names.
		profile "$node" office ipsec-salifetime="$salife" ipsec-ikelifetime="$ikelife" \
			ipv4.ignore-auto-dns=true ipsec-initial-contact="${contact[$node]}"
		must "$name: $node connects" connect "$node" office --verbose
	done
	for node in pc1 pc2; do
		in_background "$name-$node" "$node" ping -D -i 0.01 -W 5 "$SERVER"
	done
	# shellcheck disable=SC2086
	check "$name: renewals: $goals" until_reached $goals
	for node in pc1 pc2; do
		check "$name: $node loses no ping" pings_kept "$name-$node"
	done
	for node in pc1 pc2; do
		check "$name: at most two pairs at rest on $node" wait_for 5 at_rest "$node"
	done
	"tally_${GATEWAY[kind]}"
	note "$name:$(told PART)"
	for key in $KEYS; do
		ALL[$key]=$((${ALL[$key]:-0} + ${PART[$key]:-0}))
	done
	[[ ${GATEWAY[kind]} != strongswan ]] ||
		check "$name: INITIAL-CONTACT once, with the first phase 1 of who is to send it" \
			test "$(count "$LAB/node/gw/charon.log" 'parsed .* N\(INIT')" -eq 1
	check "$name: status tells how long they live" has "$(on pc1 tsunagu status office)" 's left'
	for node in pc1 pc2; do
		check "$name: $node works still" ping_office "$node"
		check "$name: $node disconnects" disconnect "$node" office
		check "$name: no SA is left on $node" lacks "$(on "$node" ip xfrm state)" 192.168.10.
		cp "$(node_path "$node" /var/log/tsunagu/office.log)" "$OUT/$name-$node-tsunagu.log"
	done
	for key in charon emulator pluto; do
		cp "$LAB/node/gw/$key.log" "$OUT/$name-$key.log" 2>/dev/null || true
	done
	gateway_stop
}

# What PC 1 begins, the gateway begins at the same moment; of PC 2's it begins so much that nothing is left
# for the client to begin.
both_orders()
{
	local _
	emulator_tell meet
	for _ in {1..10}; do
		emulator_tell rekey child
		pause 0.15
	done
	emulator_tell rekey sa
	emulator_tell meet no
}

scenario_rekey()
{
	# The fifth of a life that is left for a renewal has room for one repetition: strongSwan loses what comes while it
	# takes a new phase 1.
	rekey_part client 'quick_client=24 main_client=10' 4 9 ike_lifetime=1h lifetime=1h
	# strongSwan loses what answers its main mode's first message within some milliseconds, as here.
	rekey_part gateway 'quick_gateway=20 main_gateway=6' 1h 8h ike_lifetime=8s lifetime=4s reauth=yes \
		conn_extra="margintime=2s"
	# So that what both send crosses on the way.
	netem branch delay=20ms
	PART_ORDERS=both_orders rekey_part both 'quick=152 main=24 quick_client=10 quick_gateway=30 quick_both=10 main_both=3' \
		2 4 kind=emulator cut=2
	netem branch
	# Behind a NAT it begins its main modes towards port 500, where nobody hears them.
	rekey_part libreswan 'quick_gateway=4 quick=4' 1h 8h kind=libreswan rekey=yes ike_lifetime=12s lifetime=8s \
		conn_extra="rekeymargin=5s;rekeyfuzz=0%"
	note "all together:$(told ALL)"
}
