# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# not in the test run
# description: benchmark: until traffic flows again after each thing that happens to a connection; connecting with loss
#
# --set runs=20: of each; --set connects=100: how often connecting is tried with each loss; --set only=uplink,pppd: these
# cases alone, of loss, rebind, uplink, lte, pppd, resume, reboot, not-followed. --set manner=ends-with-call: with the
# project's own gateway, which is an LNS of that manner.
#
# Starting a process costs the lab's only processor more than the client's work in some of these. So between what
# happens and what is waited for there is none: functions that are asked meanwhile answer in a variable.

# sample NAME MILLISECONDS: -1 is a failure.
sample()
{
	printf '%s\t%s\n' "$1" "$2" >>"$OUT/samples.tsv"
}

# wanted CASE: this one is to be measured.
wanted()
{
	[[ $ONLY == all || ,$ONLY, == *,$1,* ]]
}

# clock: NOW in milliseconds.
clock()
{
	NOW=$((${EPOCHREALTIME/./} / 1000))
}

begin()
{
	in_background office pc1 tsunagu connect office --foreground --json
	wait_log "$OUT/office.log" '"event":"up"' 40
	exec {SAID_FD}<"$OUT/office.log"
	UPS=0 REPAIRS=0
}

finish()
{
	background_stop office TERM || true
	exec {SAID_FD}<&-
}

# count: UPS and REPAIRS are how often the client has told of either by now.
count()
{
	local line
	while IFS= read -r line <&"$SAID_FD"; do
		case $line in
		'{"event":"up"'*) UPS=$((UPS + 1)) ;;
		'{"event":"repair"'*) REPAIRS=$((REPAIRS + 1)) ;;
		esac
	done
}

# sample_told NAME UPS|REPAIRS COUNT SECONDS SINCE: how long from SINCE on it took until there were more of them; looked
# at every 5 ms.
sample_told()
{
	local deadline=$((SECONDS + $4))
	until count && ((${!2} > $3)); do
		((SECONDS < deadline)) || {
			sample "$1" -1
			return 0
		}
		pause 0.005
	done
	clock
	sample "$1" $((NOW - $5))
}

# Pings every 20 ms with the time of each answer; the gateway itself, through the tunnel. A host behind it would ask for
# the PC's new address by ARP, and the gateway's Linux answers for somebody else when it likes, up to 0.8 s later
# (proxy_delay).
pings_start()
{
	in_background pings pc1 ping -n -D -O -i 0.02 -W 1 "$GATEWAY_LAN"
	wait_log "$OUT/pings.log" 'icmp_seq=5 ttl' 20
	exec {PINGS_FD}<"$OUT/pings.log"
}

pings_stop()
{
	background_stop pings || true
	exec {PINGS_FD}<&-
}

# last_answer: LAST is when, in milliseconds.
last_answer()
{
	local line
	while IFS= read -r line <&"$PINGS_FD"; do
		[[ ! $line =~ ^\[([0-9]+)\.([0-9]{3})[0-9]*\]\ [0-9]+\ bytes\ from ]] ||
			LAST=${BASH_REMATCH[1]}${BASH_REMATCH[2]}
	done
}

# again SINCE QUIET SECONDS: until answers come after QUIET milliseconds from SINCE on.
again()
{
	local deadline=$((SECONDS + $3)) LAST=0
	until last_answer && ((LAST > $1 + $2)); do
		((SECONDS < deadline)) || return 1
		pause 0.1
	done
}

# gap SINCE [end]: the longest time without an answer that ends after SINCE, in milliseconds; or its end, from SINCE on.
gap()
{
	grep -a ' bytes from ' "$OUT/pings.log" | awk -v since="$1" -v from="${2:-}" '
		{
			t = substr($1, 2, length($1) - 2) * 1000
			if (t > since && t - before > longest) { longest = t - before; end = t }
			before = t
		}
		END { printf "%d\n", from == "" ? longest : longest < 100 ? 0 : end - since }'
}

# until_again NAME QUIET COMMAND...: what happens, and how long nothing is answered then.
until_again()
{
	local name=$1 quiet=$2 since
	shift 2
	pings_start
	clock
	since=$NOW
	"$@" || true
	if again "$since" "$quiet" 90; then
		sample "$name" "$(gap "$since")"
	else
		sample "$name" -1
	fi
	pings_stop
}

lte_once()
{
	until_again lte 3000 lte_up pc1
	until_again lte-back 3000 lte_down pc1
}

# The gateway is gone for a while under traffic, as when it boots.
reboot_once()
{
	local ups repairs
	pings_start
	count
	ups=$UPS repairs=$REPAIRS
	gateway_kill
	clock
	sample_told reboot-noticed REPAIRS "$repairs" 60 "$NOW"
	gateway_again
	clock
	sample_told reboot-back UPS "$ups" 90 "$NOW"
	pings_stop
}

pppd_once()
{
	local since ups repairs pid
	pid=$(pppd_pid pc1)
	count
	ups=$UPS repairs=$REPAIRS
	clock
	since=$NOW
	kill -KILL "$pid"
	sample_told pppd-noticed REPAIRS "$repairs" 30 "$since"
	sample_told pppd-back UPS "$ups" 60 "$since"
}

# From the moment on at which the machine runs again.
resume_once()
{
	local since
	pings_start
	suspend pc1
	pause 5
	clock
	since=$NOW
	resume pc1
	if again "$since" 0 60; then
		sample resume "$(gap "$since" end)"
	else
		sample resume -1
	fi
	pings_stop
}

with_loss()
{
	local percent=$1 n began
	netem branch loss="$percent%"
	netem office loss="$percent%"
	for ((n = 0; n < CONNECTS; n++)); do
		began=$(now_ms)
		if connect pc1 office --verbose >"$OUT/connect-$percent-$n.log" 2>&1; then
			sample "loss-$percent" $(($(now_ms) - began))
		else
			sample "loss-$percent" -1
		fi
		disconnect pc1 office || true
	done
	netem branch
	netem office
}

# runs CASE COMMAND...: as often as asked for, if that case is wanted.
runs()
{
	local n
	wanted "$1" || return 0
	for ((n = 0; n < RUNS; n++)); do
		"${@:2}"
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
	    "lte": ("Wi-Fi to LTE", "p95", 2000, 1),
	    "lte-back": ("LTE to Wi-Fi", "p95", 2000, 1),
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
	local clear line manner
	RUNS=$(setting runs 20)
	ONLY=$(setting only all)
	CONNECTS=$(setting connects $((RUNS * 5)))
	: >"$OUT/samples.tsv"
	# Who leaves without a word keeps his place for minutes.
	# Attempts in a row leave more half-open behind than a user's one does.
	manner=$(setting manner none)
	if [[ $manner == none ]]; then
		gateway_start half_open=100 pool=192.168.100.20-192.168.100.219
	else
		gateway_start kind=emulator lns="$manner"
	fi
	profile pc1 office ipv4.ignore-auto-dns=true
	clear_watch clear
	if wanted loss; then
		with_loss 10
		with_loss 30
	fi
	begin
	runs rebind until_again rebind-followed 1200 nat_rebind
	runs uplink until_again uplink 3000 uplink_change pc1
	runs lte lte_once
	runs pppd pppd_once
	runs resume resume_once
	runs reboot reboot_once
	finish
	gateway_stop
	if wanted not-followed; then
		gateway_start kind=emulator
		begin
		runs not-followed until_again rebind-not-followed 12000 nat_rebind
		finish
	fi
	clear=$(clear_seen clear)
	figures >"$OUT/figures" || true
	while IFS= read -r line; do
		note "$line"
	done <"$OUT/figures"
	note "packets in clear: $clear"
	check "everything holds that must" lacks "$(<"$OUT/figures")" MISSED
	check "nothing went in clear" test "$clear" -eq 0
}
