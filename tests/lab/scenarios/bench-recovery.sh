# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# not in the test run
# description: benchmark: until traffic flows again after each thing that happens to a connection; connecting with loss
#
# --set runs=20: of each; --set connects=100: how often connecting is tried with each loss.

# sample NAME MILLISECONDS: -1 is a failure.
sample()
{
	printf '%s\t%s\n' "$1" "$2" >>"$OUT/samples.tsv"
}

# The log of the connection that is measured, as it is now.
SAID=''

read_said()
{
	SAID=''
	read -rd '' SAID <"$OUT/office.log" || true
}

begin()
{
	in_background office pc1 tsunagu connect office --foreground --json
	wait_log "$OUT/office.log" '"event":"up"' 40
}

finish()
{
	background_stop office TERM || true
}

# event_count NAME: how many of these events the client has told.
event_count()
{
	local rest=$SAID n=0
	while [[ $rest == *"\"event\":\"$1\""* ]]; do
		rest=${rest#*"\"event\":\"$1\""}
		n=$((n + 1))
	done
	echo "$n"
}

# told NAME COUNT SECONDS: until the client has told of more such events; looked at every 10 ms, no process.
told()
{
	local deadline=$((SECONDS + $3))
	until read_said && (($(event_count "$1") > $2)); do
		((SECONDS < deadline)) || return 1
		pause 0.01
	done
}

# sample_told NAME EVENT COUNT SECONDS SINCE: how long from SINCE on it took until it was told.
sample_told()
{
	if told "$2" "$3" "$4"; then
		sample "$1" $(($(now_ms) - $5))
	else
		sample "$1" -1
	fi
}

# Pings every 20 ms with the time of each answer.
pings_start()
{
	in_background pings pc1 ping -n -D -O -i 0.02 -W 1 "$SERVER"
	wait_log "$OUT/pings.log" 'icmp_seq=5 ttl' 20
}

# last_answer: when, in milliseconds, and that is a while ago or not.
last_answer()
{
	local line
	line=$(grep -a ' bytes from ' "$OUT/pings.log" | tail -n 1)
	[[ $line =~ ^\[([0-9]+)\.([0-9]{3}) ]] && echo "${BASH_REMATCH[1]}${BASH_REMATCH[2]}"
}

# again SINCE QUIET SECONDS: until answers come after QUIET milliseconds from SINCE on.
again()
{
	local deadline=$((SECONDS + $3)) last
	until last=$(last_answer) && ((last > $1 + $2)); do
		((SECONDS < deadline)) || return 1
		pause 0.1
	done
}

# gap SINCE: the end of the longest time without an answer that ends after SINCE, in milliseconds from there.
gap()
{
	grep -a ' bytes from ' "$OUT/pings.log" | awk -v since="$1" '
		{
			t = substr($1, 2, length($1) - 2) * 1000
			if (t > since && t - before > longest) { longest = t - before; end = t }
			before = t
		}
		END { printf "%d\n", longest < 100 ? 0 : end - since }'
}

# until_again NAME QUIET COMMAND...: what happens, and how long there is no traffic from then on.
until_again()
{
	local name=$1 quiet=$2 since
	shift 2
	pings_start
	since=$(now_ms)
	"$@" || true
	if again "$since" "$quiet" 90; then
		sample "$name" "$(gap "$since")"
	else
		sample "$name" -1
	fi
	background_stop pings || true
}

# The gateway is gone for a while under traffic, as when it boots.
reboot_once()
{
	local since ups repairs
	pings_start
	read_said
	ups=$(event_count up) repairs=$(event_count repair)
	gateway_kill
	since=$(now_ms)
	sample_told reboot-noticed repair "$repairs" 60 "$since"
	gateway_again
	since=$(now_ms)
	sample_told reboot-back up "$ups" 90 "$since"
	background_stop pings || true
}

pppd_once()
{
	local since ups repairs
	read_said
	ups=$(event_count up) repairs=$(event_count repair)
	since=$(now_ms)
	pppd_kill pc1
	sample_told pppd-noticed repair "$repairs" 30 "$since"
	sample_told pppd-back up "$ups" 60 "$since"
}

# From the moment on at which the machine runs again.
resume_once()
{
	local since
	pings_start
	suspend pc1
	pause 5
	since=$(now_ms)
	resume pc1
	if again "$since" 0 60; then
		sample resume "$(gap "$since")"
	else
		sample resume -1
	fi
	background_stop pings || true
}

with_loss()
{
	local percent=$1 n began
	netem branch loss="$percent%"
	netem office loss="$percent%"
	for ((n = 0; n < CONNECTS; n++)); do
		began=$(now_ms)
		if connect pc1 office --verbose >"$OUT/connect.log" 2>&1; then
			sample "loss-$percent" $(($(now_ms) - began))
		else
			sample "loss-$percent" -1
			cp "$OUT/connect.log" "$OUT/failed-$percent-$n.log"
		fi
		disconnect pc1 office || true
	done
	netem branch
	netem office
}

each_run()
{
	local n
	for ((n = 0; n < RUNS; n++)); do
		"$@"
	done
}

# The table; the exit status tells whether everything holds that must.
figures()
{
	python3 - "$OUT/samples.tsv" <<-'END'
	import sys
	# name: title, percentile, its limit in milliseconds, the share that must succeed
	rows = {
	    "loss-10": ("connect, 10 % loss each way", "p95", 4000, 0.995),
	    "loss-30": ("connect, 30 % loss each way", "p95", 15000, 0.98),
	    "rebind-followed": ("NAT port changes, gateway follows", "max", 1000, 1),
	    "rebind-not-followed": ("NAT port changes, gateway doesn't", "max", 10000, 1),
	    "uplink": ("new uplink address", "p95", 2000, 1),
	    "reboot-noticed": ("gateway reboots: noticed", "max", 10000, 1),
	    "reboot-back": ("gateway reboots: up after its return", "max", 3000, 1),
	    "pppd-noticed": ("pppd killed: noticed", "max", 200, 1),
	    "pppd-back": ("pppd killed: up again", "max", 1500, 1),
	    "resume": ("resume: traffic again", "max", 3000, 1),
	}
	samples = {}
	for line in open(sys.argv[1]):
	    name, ms = line.split("\t")
	    samples.setdefault(name, []).append(int(ms))
	bad = 0
	print(f"{'milliseconds':38}{'runs':>5}{'failed':>7}{'p50':>7}{'p95':>7}{'max':>7}  must hold")
	for name, (title, kind, limit, share) in rows.items():
	    if name not in samples:
	        continue
	    all_of = samples[name]
	    good = sorted(ms for ms in all_of if ms >= 0)
	    def at(part):
	        return good[min(len(good) - 1, int(len(good) * part))] if good else -1
	    value = {"p95": at(0.95), "max": good[-1] if good else -1}[kind]
	    holds = bool(good) and value <= limit and len(good) >= share * len(all_of)
	    bad += not holds
	    print(f"{title:38}{len(all_of):5}{len(all_of) - len(good):7}{at(0.5):7}{at(0.95):7}"
	          f"{good[-1] if good else -1:7}  {kind} {limit} {'holds' if holds else 'MISSED'}")
	sys.exit(bad > 0)
	END
}

scenario_bench_recovery()
{
	local clear line
	RUNS=$(setting runs 20)
	CONNECTS=$(setting connects $((RUNS * 5)))
	: >"$OUT/samples.tsv"
	gateway_start
	profile pc1 office ipv4.ignore-auto-dns=true
	clear_watch clear
	with_loss 10
	with_loss 30
	begin
	each_run until_again rebind-followed 1200 nat_rebind
	each_run until_again uplink 3000 uplink_change pc1
	each_run pppd_once
	each_run resume_once
	each_run reboot_once
	finish
	gateway_stop
	gateway_start kind=emulator
	begin
	each_run until_again rebind-not-followed 12000 nat_rebind
	finish
	clear=$(clear_seen clear)
	figures >"$OUT/figures" || true
	while IFS= read -r line; do
		note "$line"
	done <"$OUT/figures"
	note "packets in clear: $clear"
	check "everything holds that must" lacks "$(<"$OUT/figures")" MISSED
	check "nothing went in clear" test "$clear" -eq 0
}
