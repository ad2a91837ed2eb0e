# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: a gateway that errs in each way its table has: the client ends as it should, or goes on
# seconds: 65
# checks: 113
# processor: waits
# --set rows=NAME,...: these rows alone

# So many connects at once: most of the time they wait for something that doesn't come.
AT_ONCE=12

# The first row's life of phase 1 in seconds, the next one's is a second longer: by what it offers the gateway knows
# whom it has before it, however often and from whatever port that one comes.
LIFE=20000

# Each profile has a name, a route and a life that no other has.
profiles_for()
{
	local dir i=0 name text life
	profile pc1 office ipv4.ignore-auto-dns=true ipsec-ikelifetime=8h
	dir=$(node_path pc1 /etc/tsunagu)
	text=$(<"$dir/office.nmconnection")
	for name; do
		life=${text//ikelifetime=8h/ikelifetime=$((LIFE + i))}
		i=$((i + 1))
		printf '%s\n' "${life//192.168.100.0\/24/10.99.$i.0/24}" >"$dir/$name.nmconnection"
	done
}

# came_to NAME CODE EXPECTED...: it met that misbehaviour and came to one of these exit codes; those that connect
# disconnect.
came_to()
{
	local name=$1 code=$2 wanted
	shift 2
	file_has "$LAB/node/gw/emulator.log" "comes and gets $name." || return
	for wanted; do
		[[ $wanted != connects ]] || wanted=0
		((code != wanted)) || {
			((code != 0)) || disconnect pc1 "$name"
			return
		}
	done
	echo "exit status $code"
	tail -n 12 "$OUT/$name.log"
	return 1
}

# finish NAME THREAT EXPECTED...
finish()
{
	local name=$1 threat=$2 code=0
	shift 2
	background_wait "$name" || code=$?
	check "$threat $name: $*" came_to "$name" "$code" "$@"
}

# rows_of NAME,...|all: of the table; the proper gateway is always there.
rows_of()
{
	local row
	while IFS= read -r row; do
		[[ $1 != all && $row != proper\ * && ,$1, != *,${row%% *},* ]] || echo "$row"
	done <"$LAB/misbehaviours"
}

scenario_misbehaving()
{
	umask 077
	local row rows names=() running=()
	gateway_start kind=emulator
	on gw /usr/libexec/tsunagu-lab/gateway-emulator list >"$LAB/misbehaviours"
	mapfile -t rows <"$LAB/misbehaviours"
	for row in "${rows[@]}"; do
		names+=("${row%% *}")
	done
	profiles_for "${names[@]}"
	mapfile -t rows < <(rows_of "$(setting rows all)")
	emulator_tell misbehave-by-life "$LIFE"
	# It stays all the time and keeps ports 500 and 4500, so that each of the others has ports of its
	# own, by which the gateway knows it again.
	must "a proper gateway connects" connect pc1 office
	snapshot pc1 "$OUT/before"
	local i
	for ((i = ${#rows[@]} - 1; i >= 0; i--)); do
		if ((${#running[@]} == AT_ONCE)); then
			# shellcheck disable=SC2086
			finish ${running[0]}
			running=("${running[@]:1}")
		fi
		row=${rows[i]}
		in_background "${row%% *}" pc1 tsunagu connect "${row%% *}"
		# One after the other: twelve processes that start at once are what overload looks like.
		wait_log "$LAB/node/gw/emulator.log" "comes and gets ${row%% *}." 10 || true
		running+=("$row")
	done
	for row in "${running[@]}"; do
		# shellcheck disable=SC2086
		finish $row
	done
	check "the emulator still stands" emulator_tell probe
	snapshot pc1 "$OUT/after"
	check "nothing is left of all that" same_snapshot "$OUT/before" "$OUT/after"
	check "the connection that was there before still works" ping_office pc1
	check "and a proper gateway connects" connect pc1 proper
	check "disconnects" disconnect pc1 proper
}
