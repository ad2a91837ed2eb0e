# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: killed at a system call of connect, renewal or disconnect: nothing is left, nothing foreign is touched
# seconds: 75
# checks: 16
#
# --set points=200 --set seed=7: so many kills, and where they are. The system calls of each phase are counted
# first; the kills are spread over them evenly, and the seed shifts them all.

# How many could not be made since the process came to its end first, and how often it did; how often the state needed a
# second look; what cleaning up took now, and at most without and with resolvconf, which waits for itself by the second.
MISSED=0 EARLY=0 LATE=0 TOOK=0 SEED=0 DONE=0
declare -A LONGEST=([office]=0 [short]=0 [names]=0)

# victim OPTIONS PROFILE: the program under killpoint with these options, in the background.
victim()
{
	local options mode=--foreground
	read -ra options <<<"$1"
	[[ $1 != *-f* ]] || mode=--verbose
	rm -f /state/killed
	in_background victim pc1 /control/killpoint -o /state/killed "${options[@]}" tsunagu connect "$2" "$mode"
}

# victim_says TEXT: until it does; false when it has ended, which killpoint's result shows without a process.
victim_says()
{
	local text='' deadline=$((SECONDS + 30))
	until [[ $text == *"$1"* ]]; do
		[[ ! -s /state/killed ]] && ((SECONDS < deadline)) || return 1
		pause 0.02
		read -rd '' text <"$OUT/victim.log" || true
	done
}

victim_order()
{
	kill -s "$1" "${BACKGROUND[victim]}" 2>/dev/null || true
}

# run_phase PHASE WORDS PROFILE: brings the victim to where it dies, and to its end.
run_phase()
{
	local phase=$1 words=$2
	[[ $phase == connect ]] || words+=" -w"
	victim "$words" "$3"
	case $phase in
	connect)
		# Still alive when it is up: the calls were fewer this time.
		! victim_says 'connected in' || victim_order TERM
		;;
	renewal)
		# One of each kind by the gateway at once, and after that the client's own.
		! victim_says 'connected in' || {
			victim_order HUP
			emulator_tell rekey child
			emulator_tell rekey sa
		}
		;;
	disconnect)
		! victim_says 'connected in' || victim_order TERM
		;;
	esac
}

# calls PHASE PROFILE: how many system calls there are, in CALLS.
calls()
{
	run_phase "$1" "" "$2"
	if [[ $1 == renewal ]]; then
		# A life of each kind, with all that belongs to it.
		pause 2
		victim_order TERM
	fi
	background_wait victim || true
	read -r _ CALLS </state/killed
}

# clean_up N PROFILE: in one of the two ways in which a user would.
clean_up()
{
	local began=$EPOCHREALTIME
	TOOK=0
	if (($1 % 4 == 3)); then
		connect pc1 "$2" && disconnect pc1 "$2" || return 1
		return
	fi
	disconnect pc1 --all || return 1
	TOOK=$(((${EPOCHREALTIME/./} - ${began/./}) / 1000))
	((TOOK <= LONGEST[$2])) || LONGEST[$2]=$TOOK
}

# A pppd whose parent was killed ends by itself, which takes a moment.
nothing_left()
{
	local tries
	for tries in 0 1 2 3 4 5; do
		snapshot pc1 "$OUT/now"
		if cmp -s "$OUT/before" "$OUT/now"; then
			((tries == 0)) || LATE=$((LATE + 1))
			return 0
		fi
		pause 0.3
	done
	same_snapshot "$OUT/before" "$OUT/now"
}

# die_at PHASE N MANY WORDS PROFILE: brings it to its death at the N-th of MANY points, whose number is left in NUMBER. How
# many calls a run makes depends on how long things take: one that came to its end first is made again, within what that
# one had.
die_at()
{
	local tries stride
	for tries in 1 2 3; do
		stride=$((CALLS / $3))
		NUMBER=$((1 + $2 * CALLS / $3 + SEED % (stride > 0 ? stride : 1)))
		run_phase "$1" "-n $NUMBER $4" "$5"
		background_wait victim || true
		emulator_tell forget
		[[ $(cat /state/killed) != KILLED* ]] || return 0
		EARLY=$((EARLY + 1))
		read -r _ CALLS </state/killed
		CALLS=$((CALLS * 9 / 10))
	done
	MISSED=$((MISSED + 1))
}

# one_kill PHASE N MANY: at its entry or its exit, in the foreground or not.
one_kill()
{
	local phase=$1 n=$2 words='' profile=office wrong='' NUMBER=0
	((n % 2)) || words+=" -x"
	((n % 7 != 2)) || words+=" -f"
	((n % 5 != 1)) || profile=names
	[[ $phase != renewal ]] || profile=short
	die_at "$phase" "$n" "$3" "$words" "$profile"
	DONE=$((DONE + 1))
	clean_up "$n" "$profile" >"$OUT/cleaned" 2>&1 && nothing_left >>"$OUT/cleaned" 2>&1 || wrong=yes
	echo "$phase $n -n $NUMBER$words $profile $(</state/killed) $TOOK ms" >>"$OUT/kills"
	[[ -n $wrong ]] || return 0
	{ echo "$phase: -n $NUMBER$words, $profile"; cat "$OUT/victim.log" "$OUT/cleaned"; } >>"$OUT/wrong-$phase"
	# What has been left is told once.
	on pc1 tsunagu disconnect --all >/dev/null 2>&1 || true
	snapshot pc1 "$OUT/before"
}

# kills PHASE MANY PROFILE
kills()
{
	local phase=$1 many=$2 n early=$EARLY
	calls "$phase" "$3"
	on pc1 tsunagu disconnect --all >/dev/null 2>&1 || true
	note "$phase: $CALLS system calls"
	: >"$OUT/wrong-$phase"
	for ((n = 0; n < many; n++)); do
		one_kill "$phase" "$n" "$many"
	done
	note "$phase: $many kills; $((EARLY - early)) runs came to their end first"
	check "$phase: whatever the call, nothing is left and nothing foreign is touched" \
		diff /dev/null "$OUT/wrong-$phase"
}

# Two at the same moment: one of them, and the other says so.
double_start()
{
	local a=0 b=0
	in_background a pc1 tsunagu connect office
	in_background b pc1 tsunagu connect office
	background_wait a || a=$?
	background_wait b || b=$?
	check "two starts at the same moment: one runs, the other is refused" test "$a $b" == "0 6" -o "$a $b" == "6 0"
	check "and that one works" ping_office pc1
	check "disconnects" disconnect pc1 office
}

# What lies where the program has its own things.
stale_things()
{
	local run pid
	run=$(node_path pc1 /run/tsunagu)
	pid=$(on pc1 pgrep -xo sleep)
	mkdir -m 700 "$run/office"
	printf 'process %s 1\nsa nonsense\n\001\nroute 0.0.0.0 0 254 0 eth0 2\nfile /etc/passwd\n' "$pid" \
		>"$run/office/undo"
	: >"$run/office/control"
	: >"$run/office/lock"
	must "a record full of nonsense and foreign things: connects" connect pc1 office
	check "disconnects" disconnect pc1 office
	check "and nothing foreign was taken for ours" nothing_left
	ln -s /etc "$run/office"
	check_exit "a link in the folder's place is refused" 5 connect pc1 office
	rm "$run/office"
	mkdir -m 777 "$run/office"
	chmod 777 "$run/office"
	check_exit "a folder that others may write is refused" 5 connect pc1 office
	rmdir "$run/office"
	check "without a trace" nothing_left
}

scenario_killpoints()
{
	local points renewals connects CALLS=0
	points=$(setting points 30)
	connects=$((points * 11 / 20)) renewals=$((1 + points / 8))
	SEED=$(setting seed "$RANDOM")
	note "seed $SEED"
	gateway_start kind=emulator cut=2
	# So that there is something to set and to restore.
	on pc1 sysctl -q -w net.ipv4.conf.eth0.rp_filter=1
	profile pc1 office full=yes ipv4.ignore-auto-dns=true
	profile pc1 names full=yes
	profile pc1 short full=yes ipv4.ignore-auto-dns=true ipsec-salifetime=2 ipsec-ikelifetime=4
	foreign_state pc1
	must "connects" connect pc1 names
	must "disconnects" disconnect pc1 names
	snapshot pc1 "$OUT/before"
	capture_start inet wire
	kills connect "$connects" office
	kills renewal "$renewals" short
	kills disconnect $((points - connects - renewals)) office
	capture_stop wire
	note "$DONE kills, $MISSED of which came three times after the end, $LATE looked at again"
	note "cleaning up took at most: ${LONGEST[office]} ms, after a renewal ${LONGEST[short]} ms, with resolvconf" \
		"${LONGEST[names]} ms"
	check "nearly all of them met a running process" test $((MISSED * 10)) -le "$DONE"
	check "no L2TP left in clear" lacks "$(capture_text wire 'src host 203.0.113.2 and udp dst port 1701')" 1701
	double_start
	stale_things
}
