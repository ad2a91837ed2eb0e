# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: a gateway that errs in each way its table has: the client ends as it should, or goes on
# seconds: 65
# processor: waits

# So many connects at once: most of the time they wait for something that doesn't come.
AT_ONCE=12

# Profiles without secrets of their own kind: each has a name and a route that no other has.
profiles_for()
{
	local dir i=0 name text
	profile pc1 office ipv4.ignore-auto-dns=true
	dir=$(node_path pc1 /etc/tsunagu)
	text=$(<"$dir/office.nmconnection")
	for name; do
		i=$((i + 1))
		printf '%s\n' "${text//192.168.100.0\/24/10.99.$i.0/24}" >"$dir/$name.nmconnection"
	done
}

# begin NAME: the next client gets it, and that is this one.
begin()
{
	# Those that run ask the gateway beside their attempt now and then.
	emulator_tell misbehave-new "$1"
	in_background "$1" pc1 tsunagu connect "$1"
	wait_log "$LAB/node/gw/emulator.log" "comes and gets $1." 60
}

# finish NAME THREAT EXPECTED...: the exit code that it came to is one of those.
finish()
{
	local name=$1 threat=$2 code=0 wanted
	shift 2
	background_wait "$name" || code=$?
	for wanted; do
		[[ $wanted != connects ]] || wanted=0
		((code != wanted)) || {
			result_ok "$threat $name: $*"
			((code != 0)) || check "$name: disconnects" disconnect pc1 "$name"
			return 0
		}
	done
	result_not_ok "$threat $name: $* (exit status $code)" "$OUT/$name.log"
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
		begin "${rows[i]%% *}"
		running+=("${rows[i]}")
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
