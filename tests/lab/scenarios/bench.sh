# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: how fast it connects, beside today's client over the same network (scripts/bench)
# not in the test run
#
# Samples go to $OUT/samples.tsv, a line each: client, round, quantity, value. Seconds and KiB.

BENCH_RUNS=9
# What stays while it is connected; scripts that still run then are not counted as memory.
BENCH_PROGRAMS='tsunagu pppd charon starter xl2tpd'

# sample CLIENT ROUND QUANTITY VALUE. Round 0 is for warming up and isn't counted.
sample()
{
	(($2 == 0)) || printf '%s\t%s\t%s\t%s\n' "$@" >>"$OUT/samples.tsv"
}

# The guest's clock of the syslog's lines, in hundredths.
clock_cs()
{
	local up rest
	read -r up rest </proc/uptime
	echo "$((10#${up/./}))"
}

cs()
{
	printf '%d.%02d' "$(($1 / 100))" "$(($1 % 100))"
}

# The processes of pc1, the first of which is the lab's own, without starting one.
client_processes()
{
	local dir
	for dir in "$(node_path pc1 /proc)"/[0-9]*; do
		[[ ${dir##*/} == 1 ]] || echo "$dir"
	done
}

# cpu_cs: what the processes of pc1 have used, with those they waited for, and all commands that
# this shell waited for. Hundredths, the kernel's tick.
cpu_cs()
{
	local dir line words sum=0
	for dir in $(client_processes); do
		{ read -r line <"$dir/stat"; } 2>/dev/null || continue
		read -ra words <<<"${line##*) }"
		sum=$((sum + words[11] + words[12] + words[13] + words[14]))
	done
	read -r line <"/proc/$$/stat"
	read -ra words <<<"${line##*) }"
	echo "$((sum + words[13] + words[14]))"
}

# memory CLIENT ROUND: of the processes of pc1 that stay.
memory()
{
	local dir name value rest rss=0 pss=0 count=0 names=()
	for dir in $(client_processes); do
		{ read -r name <"$dir/comm"; } 2>/dev/null || continue
		[[ " $BENCH_PROGRAMS " == *" $name "* ]] || continue
		names+=("$name")
		while read -r name value rest; do
			case $name in
			Rss:) rss=$((rss + value)) ;;
			Pss:) pss=$((pss + value)) ;;
			esac
		done 2>/dev/null <"$dir/smaps_rollup" || continue
		count=$((count + 1))
	done
	sample "$1" "$2" rss "$rss"
	sample "$1" "$2" pss "$pss"
	sample "$1" "$2" processes "$count"
	sample "$1" "$2" names "${names[*]}"
}

# Both ends have forgotten the last connection.
settled()
{
	wait_for 20 test ! -e "$(node_path gw /sys/class/net/ppp0)"
	wait_for 20 test ! -e "$(node_path pc1 /sys/class/net/ppp0)"
	pause 0.5
}

run_tsunagu()
{
	local round=$1 begin end cpu stage value
	cpu=$(cpu_cs)
	begin=$(now_ms)
	on pc1 tsunagu connect office --json >"$LAB/events"
	end=$(now_ms)
	cpu=$(($(cpu_cs) - cpu))
	sample tsunagu "$round" time "$((end - begin))e-3"
	sample tsunagu "$round" cpu "$(cs "$cpu")"
	while read -r stage value; do
		sample tsunagu "$round" "stage-$stage" "$value"
	done < <(perl -MJSON::PP -ne '
		my $e = decode_json($_);
		next if $e->{event} ne "up";
		print "$_ $e->{stages}{$_}\n" for keys %{$e->{stages}}' "$LAB/events")
	memory tsunagu "$round"
	ping_office pc1 2
	disconnect pc1 office
	settled
}

# classic_timed CLIENT ROUND [start]: until pppd says its address; its log has the kernel's clock.
classic_timed()
{
	local begin cpu line time
	cpu=$(cpu_cs)
	begin=$(clock_cs)
	[[ ${3:-} != start ]] || classic_start pc1
	classic_connect pc1
	cpu=$(($(cpu_cs) - cpu))
	line=$(grep -a 'local  IP address' "$LAB/node/pc1/syslog")
	read -r time _ <<<"$line"
	time=${time%?}
	time=$((10#${time/./} - begin))
	sample "$1" "$2" time "$(cs "$time")"
	sample "$1" "$2" cpu "$(cs "$cpu")"
	on pc1 ip route add "$SERVER" dev ppp0
	ping_office pc1 2
	memory "$1" "$2"
	classic_disconnect pc1
	settled
}

scenario_bench()
{
	local round
	gateway_start ike='aes256-sha256-modp2048!' esp='aes256-sha1!'
	profile pc1 office ipsec-ike=aes256-sha256-modp2048 ipsec-esp=aes256-sha1 \
		ipv4.ignore-auto-dns=true
	for ((round = 0; round <= BENCH_RUNS; round++)); do
		note "round $round of $BENCH_RUNS"
		run_tsunagu "$round"
		classic_timed cold "$round" start
		classic_timed warm "$round"
		classic_stop pc1
		rm -rf "$(node_path pc1 /run)"/{charon.*,starter.*,xl2tpd*}
	done
	awk -f /lab/guest/bench.awk "$OUT/samples.tsv" >&3
	check "the median time to address is at most 1.5 s" \
		awk -v most=1.5 -f /lab/guest/bench.awk "$OUT/samples.tsv"
}
