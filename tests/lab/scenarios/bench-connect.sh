# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# not in the test run
# description: benchmark: time to an address, CPU and memory, side by side with today's client

RUNS=9

# sample CLIENT MILLISECONDS [STAGES]: into the raw samples.
sample()
{
	printf '%s\t%s\t%s\n' "$1" "$2" "${3:-}" >>"$OUT/samples.tsv"
}

bench_tsunagu()
{
	local begin end
	begin=$(now_ms)
	connect pc1 office --json >"$OUT/up.json" || return 1
	end=$(now_ms)
	sample tsunagu "$((end - begin))" "$(tail -n 1 "$OUT/up.json")"
	[[ $1 != "$RUNS" ]] || resources tsunagu pc1 'tsunagu|pppd'
	disconnect pc1 office
}

bench_warm()
{
	local begin
	begin=$(now_ms)
	classic_connect pc2 || return 1
	sample warm "$(($(now_ms) - begin))"
	[[ $1 != "$RUNS" ]] || resources classic pc2 'charon|starter|xl2tpd|pppd'
	classic_disconnect pc2
}

bench_cold()
{
	local begin
	begin=$(now_ms)
	classic_start pc2
	classic_connect pc2 || return 1
	sample cold "$(($(now_ms) - begin))"
	classic_disconnect pc2
}

# resources CLIENT NODE NAMES: CPU ticks since their start, RSS and PSS of the processes with these names.
resources()
{
	# shellcheck disable=SC2016
	on "$2" bash -c '
		for pid in $(pgrep -x "$1"); do
			read -r -a stat <<<"$(sed "s/.*) //" "/proc/$pid/stat")"
			rss=$(sed -n "s/^Rss: *//p" "/proc/$pid/smaps_rollup")
			pss=$(sed -n "s/^Pss: *//p" "/proc/$pid/smaps_rollup")
			echo "$2 $(<"/proc/$pid/comm") $((stat[11] + stat[12])) ${rss% kB} ${pss% kB}"
		done' - "$3" "$1" >>"$OUT/resources.txt"
}

# The table, from the raw samples. Prints the median of Tsunagu's times in milliseconds last.
figures()
{
	python3 - "$OUT/samples.tsv" "$OUT/resources.txt" <<-'END'
	import json, statistics, sys
	times, stages = {}, {}
	for line in open(sys.argv[1]):
	    name, ms, up = line.rstrip("\n").split("\t")
	    times.setdefault(name, []).append(int(ms))
	    if up:
	        for stage, seconds in json.loads(up)["stages"].items():
	            stages.setdefault(stage, []).append(seconds * 1000)
	titles = {"tsunagu": "Tsunagu", "warm": "strongSwan + xl2tpd, running",
	          "cold": "strongSwan + xl2tpd, to be started"}
	print(f"{'command to address, ms':36}{'runs':>5}{'median':>8}{'p95':>8}{'max':>8}")
	for name in ("tsunagu", "warm", "cold"):
	    t = sorted(times[name])
	    p95 = t[min(len(t) - 1, int(len(t) * 0.95))]
	    print(f"{titles[name]:36}{len(t):5}{statistics.median(t):8.0f}{p95:8}{t[-1]:8}")
	median = {name: statistics.median(t) for name, t in times.items()}
	print(f"ratio to running daemons {median['tsunagu'] / median['warm']:.2f}, "
	      f"to daemons that are started {median['tsunagu'] / median['cold']:.2f}")
	print("Tsunagu by stage, median ms: " +
	      ", ".join(f"{s} {statistics.median(v):.0f}" for s, v in stages.items()))
	total = {}
	for line in open(sys.argv[2]):
	    client, name, ticks, rss, pss = line.split()
	    t = total.setdefault(client, [0, 0, 0, []])
	    for i, value in enumerate((ticks, rss, pss)):
	        t[i] += int(value)
	    t[3].append(name)
	for client, (ticks, rss, pss, names) in total.items():
	    print(f"{client} while connected: {', '.join(sorted(names))}: RSS {rss} kB, PSS {pss} kB, "
	          f"{ticks / 100:.2f} s of CPU since their start")
	print(int(median["tsunagu"]))
	END
}

scenario_bench_connect()
{
	local i line median=
	gateway_start ike=aes256-sha256-modp2048! esp=aes256-sha1!
	# Today's client sets no name servers there, and openresolv's shell scripts alone would cost more
	# than a second in this kernel, where starting a process is slow.
	profile pc1 office ipsec-ike=aes256-sha256-modp2048 ipsec-esp=aes256-sha1 ipv4.ignore-auto-dns=true
	# Modules and algorithms are loaded by the first connection.
	must "the first connection" connect pc1 office
	disconnect pc1 office
	for ((i = 1; i <= RUNS; i++)); do
		must "run $i: Tsunagu" bench_tsunagu "$i"
		must "run $i: today's client, started for it" bench_cold
		must "run $i: today's client, running" bench_warm "$i"
		classic_stop pc2
	done
	figures >"$OUT/figures.txt"
	while IFS= read -r line; do
		if [[ $line =~ ^[0-9]+$ ]]; then
			median=$line
		else
			say "  $line"
		fi
	done <"$OUT/figures.txt"
	say "  User-Mode Linux makes starting a process some 36 times slower than it is natively; the"
	say "  protocols' messages are nearly native. So only the ratios within this run mean something."
	check "Tsunagu's median is at most 1500 ms" test "$median" -le 1500
}
