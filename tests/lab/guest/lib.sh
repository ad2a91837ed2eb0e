# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What scenarios are written with: checks, waiting, background commands, captures, snapshots,
# and the loop that runs the scenarios. Everything printed through say ends up on the host's
# standard output; the output of commands in a log of the scenario's results directory.

LAB=${LAB:-/state}
# What the running scenario writes goes here, on the host.
OUT=${OUT:-/results}

say()
{
	printf '%s\n' "$*" >&3
}

# The guest's clock in milliseconds.
now_ms()
{
	local now=$EPOCHREALTIME
	echo "$((${now/./} / 1000))"
}

# Without starting a process, but for the first time in a shell: that makes a pipe nobody writes to.
pause()
{
	[[ -n ${PAUSE_FD:-} ]] || exec {PAUSE_FD}<> <(:)
	read -rt "$1" -u "$PAUSE_FD" || true
}

result_ok()
{
	say "ok - $1"
	echo ok >>"$LAB/verdicts"
}

# result_not_ok TEXT [FILE]: the file's end is shown.
result_not_ok()
{
	local line
	say "not ok - $1"
	echo failed >>"$LAB/verdicts"
	[[ -s ${2:-} ]] || return 0
	while IFS= read -r line; do
		say "#   $line"
	done < <(tail -n 15 "$2")
}

# skip TEXT REASON
skip()
{
	say "skip - $1: $2"
	echo skipped >>"$LAB/verdicts"
}

# note TEXT: a line that is no verdict, for example a measured time.
note()
{
	say "# $*"
}

# setting NAME DEFAULT: what `lab run --set NAME=VALUE` said.
setting()
{
	local line value=$2
	while IFS= read -r line; do
		[[ $line != "$1="* ]] || value=${line#*=}
	done </control/settings
	echo "$value"
}

# Set while a failed must ends the scenario, so that it isn't counted twice.
export VERDICT_GIVEN=

run_logged()
{
	echo "+ $*" >>"$OUT/commands.log"
	local r=0
	"$@" >"$LAB/output" 2>&1 || r=$?
	cat "$LAB/output" >>"$OUT/commands.log"
	echo "= $r" >>"$OUT/commands.log"
	return "$r"
}

# check TEXT COMMAND...: ok if the command succeeds. Its output lands in $LAB/output. The
# scenario goes on either way; must is the same and ends the scenario when it fails.
must()
{
	local text=$1
	shift
	if run_logged "$@"; then
		result_ok "$text"
	else
		result_not_ok "$text" "$LAB/output"
		VERDICT_GIVEN=yes
		return 1
	fi
}

check()
{
	must "$@" || VERDICT_GIVEN=
}

# check_fails TEXT COMMAND...: ok if the command fails. check_exit TEXT STATUS COMMAND...
check_fails()
{
	local text=$1
	shift
	if run_logged "$@"; then
		result_not_ok "$text" "$LAB/output"
	else
		result_ok "$text"
	fi
}

check_exit()
{
	local text=$1 wanted=$2 r=0
	shift 2
	run_logged "$@" || r=$?
	if ((r == wanted)); then
		result_ok "$text"
	else
		result_not_ok "$text (exit status $r instead of $wanted)" "$LAB/output"
	fi
}

# has TEXT STRING..., lacks TEXT STRING: for check; every string in the text.
has()
{
	local text=$1 part
	shift
	for part; do
		[[ $text == *"$part"* ]] || {
			echo "in: $text"
			echo "missing: $part"
			return 1
		}
	done
}

lacks()
{
	[[ $1 != *"$2"* ]] || {
		echo "in: $1"
		echo "unexpected: $2"
		return 1
	}
}

# file_has FILE STRING...: for check.
file_has()
{
	local text
	text=$(<"$1")
	shift
	has "$text" "$@"
}

# wait_for SECONDS COMMAND...: repeats the command until it succeeds. Only for states that no
# event announces: each try costs process starts, which are slow here.
wait_for()
{
	local deadline=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		((SECONDS < deadline)) || {
			echo "waited in vain for: $*"
			return 1
		}
		pause 0.1
	done
}

# How often wait_log looks, in seconds.
LOOK=0.05

# wait_log FILE STRING [SECONDS]: until the text file contains the string; no process starts.
wait_log()
{
	local text='' deadline=$((SECONDS + ${3:-30}))
	until [[ $text == *"$2"* ]]; do
		((SECONDS < deadline)) || {
			echo "no '$2' in $1 within ${3:-30} seconds; its end:"
			tail -n 10 "$1" || true
			return 1
		}
		pause "$LOOK"
		[[ -e $1 ]] && { read -rd '' text <"$1" || true; }
	done
	return 0
}

# in_background NAME NODE COMMAND...: output in $OUT/NAME.log. background_wait NAME returns its
# exit status, background_stop NAME [SIGNAL] sends INT or another signal first.
declare -A BACKGROUND=()
in_background()
{
	local name=$1 node=$2
	shift 2
	# At once: who looks into it next shall not read what one of that name said before.
	: >"$OUT/$name.log"
	spawn "$node" "$@" >>"$OUT/$name.log" 2>&1 3>&- &
	BACKGROUND[$name]=$!
}

background_wait()
{
	local pid=${BACKGROUND[$1]} r=0
	unset "BACKGROUND[$1]"
	wait "$pid" || r=$?
	return "$r"
}

background_stop()
{
	kill -s "${2:-INT}" "${BACKGROUND[$1]}" || true
	background_wait "$1"
}

# capture_start NODE[:DEVICE] NAME [FILTER...]: into $OUT/NAME.pcap, running when it returns.
# capture_stop NAME: the file is complete when it returns. Devices: see NODE_DEVICE in net.sh.
capture_start()
{
	local node=${1%:*} device=${1#*:} name=$2
	shift 2
	[[ $device != "$node" ]] || device=${NODE_DEVICE[$node]}
	: >"$OUT/capture-$name.log"
	# Not -w FILE, which tcpdump wants to own: hostfs may refuse that.
	spawn "$node" tcpdump -i "$device" -n -U -s 0 -Z root --immediate-mode -w - "$@" \
		>"$OUT/$name.pcap" 2>>"$OUT/capture-$name.log" 3>&- &
	BACKGROUND[capture-$name]=$!
	wait_log "$OUT/capture-$name.log" 'listening on'
}

capture_stop()
{
	background_stop "capture-$1"
}

# capture_text NAME TCPDUMP-ARGUMENT...: a capture as text, for example with a filter.
capture_text()
{
	local name=$1
	shift
	tcpdump -Z root -n -r "$OUT/$name.pcap" "$@" 2>/dev/null
}

# decrypt NAME KEYDIR [TSHARK-ARGUMENT...]: a capture dissected with a key log.
decrypt()
{
	/lab/tshark-decrypt "$OUT/$1.pcap" "${@:2}" 2>>"$OUT/tshark.log"
}

# snapshot NODE FILE: everything in which a client could leave traces, in a canonical form.
# same_snapshot FILE FILE: shows the differences and fails if there are any.
snapshot()
{
	on "$1" perl /lab/guest/snapshot.pl "$LAB/node/$1" >"$2"
}

same_snapshot()
{
	diff -u "$1" "$2"
}

# Logs of all nodes, for the host.
collect_logs()
{
	local node file
	for node in "${!NODE_PID[@]}"; do
		for file in "$LAB/node/$node"/{syslog,*.log}; do
			[[ ! -s $file ]] || cp "$file" "$OUT/$node-${file##*/}"
		done
	done
}

count_verdicts()
{
	local verdict passed=0 failed=0 skipped=0
	while read -r verdict; do
		case $verdict in
		ok) passed=$((passed + 1)) ;;
		failed) failed=$((failed + 1)) ;;
		skipped) skipped=$((skipped + 1)) ;;
		esac
	done <"$LAB/verdicts"
	echo "$passed $failed $skipped"
}

# hold_to_plan NAME MADE: a scenario of the test run says in its file how many checks it makes. Those that it didn't
# come to have failed, each of them, so that the last line tells of all of them, always.
hold_to_plan()
{
	local name=$1 made=$2 text planned i
	text=$(<"/lab/scenarios/$name.sh")
	[[ $text != *$'\n# not in the test run\n'* && -z $(</control/settings) ]] || return 0
	[[ $text =~ $'\n# checks: '([0-9]+) ]] && planned=${BASH_REMATCH[1]} || planned=0
	((made != planned)) || return 0
	if ((made > planned)); then
		result_not_ok "$name made $made checks, and its '# checks:' says $planned"
	else
		result_not_ok "$name: $((planned - made)) of $planned checks never ran"
		for ((i = made + 1; i < planned; i++)); do
			echo failed >>"$LAB/verdicts"
		done
	fi
}

# A scenario that ends badly, or without having checked anything, has failed whatever it printed.
run_one()
{
	local name=$1 r=0 before after was is
	OUT=/results/$name
	rm -rf "$OUT"
	mkdir -p "$OUT"
	say "# scenario $name"
	before=$(count_verdicts)
	OUT=$OUT bash /lab/guest/scenario.sh "$name" >"$OUT/scenario.log" 2>&1 || r=$?
	after=$(count_verdicts)
	[[ $before != "$after" ]] || result_not_ok "$name checked nothing" "$OUT/scenario.log"
	((r == 0)) || [[ ${before#* } != "${after#* }" ]] ||
		result_not_ok "$name ended with status $r" "$OUT/scenario.log"
	was=$((${before// /+})) is=$(count_verdicts)
	hold_to_plan "$name" $((${is// /+} - was))
	network_attach || true
	collect_logs
	network_down
}

run_scenarios()
{
	local keep=$1 name begin passed failed=0 skipped
	shift
	: >"$LAB/verdicts"
	for name; do
		begin=$(now_ms)
		run_one "$name"
		note "$name took $(($(now_ms) - begin)) ms"
		read -r passed failed skipped < <(count_verdicts)
		[[ -n $keep || $failed == 0 ]] || break
	done
	local skips=
	((skipped == 0)) || skips=", $skipped skipped"
	say "$passed passed, $failed failed$skips"
	((failed == 0 && passed > 0))
}
