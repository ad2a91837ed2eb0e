# SPDX-License-Identifier: GPL-2.0-or-later
#
# Samples (client, round, quantity, value) to tables. With -v most=SECONDS: says nothing but the
# program's median, and ends with 1 if that is more.

BEGIN {
	FS = "\t"
}

{
	key = $1 SUBSEP $3
	value[key, ++n[key]] = $4
}

# The values of KEY in order, in sorted[1..n[key]].
function sort(key,    i, j, v) {
	for (i = 1; i <= n[key]; i++) {
		v = value[key, i] + 0
		for (j = i - 1; j >= 1 && sorted[j] > v; j--)
			sorted[j + 1] = sorted[j]
		sorted[j + 1] = v
	}
}

# The quantile Q, between the samples where it falls there.
function quantile(client, quantity, q,    key, place, below) {
	key = client SUBSEP quantity
	if (!n[key])
		exit 1
	sort(key)
	place = 1 + q * (n[key] - 1)
	below = int(place)
	if (below >= n[key])
		return sorted[n[key]]
	return sorted[below] + (place - below) * (sorted[below + 1] - sorted[below])
}

function median(client, quantity) {
	return quantile(client, quantity, 0.5)
}

function row(text, client, quantity) {
	printf "  %-38s %7.3f %7.3f %7.3f\n", text, median(client, quantity),
		quantile(client, quantity, 0.95), quantile(client, quantity, 1)
}

function times() {
	printf "\n  %-38s %7s %7s %7s\n", "seconds (" n["tsunagu", "time"] " runs each)", "median", "p95", "max"
	row("Tsunagu, from command to prompt", "tsunagu", "time")
	row("  looking the gateway up", "tsunagu", "stage-resolve")
	row("  phase 1", "tsunagu", "stage-phase1")
	row("  phase 2", "tsunagu", "stage-phase2")
	row("  L2TP", "tsunagu", "stage-l2tp")
	row("  PPP and routes", "tsunagu", "stage-ppp")
	row("  all stages", "tsunagu", "stage-total")
	row("today's, cold: daemons to address", "cold", "time")
	row("today's, warm: daemons run already", "warm", "time")
	printf "  Tsunagu / today's cold %.2f, Tsunagu / today's warm %.2f (medians)\n",
		median("tsunagu", "time") / median("cold", "time"),
		median("tsunagu", "time") / median("warm", "time")
}

function costs(    i, client) {
	split("tsunagu cold warm", clients, " ")
	printf "\n  %-12s %8s %10s %10s %10s   %s\n", "connected", "CPU s", "RSS MiB", "PSS MiB",
		"processes", "(medians)"
	for (i = 1; i <= 3; i++) {
		client = clients[i]
		printf "  %-12s %8.2f %10.1f %10.1f %10d   %s\n",
			client == "tsunagu" ? "Tsunagu" : "today's " client,
			median(client, "cpu"), median(client, "rss") / 1024,
			median(client, "pss") / 1024, median(client, "processes"),
			value[client, "names", n[client, "names"]]
	}
}

function notes() {
	print ""
	print "  Same boot, same gateway, same two NATs, in turns; AES-256, SHA-256, MODP 2048 and AES-256, SHA-1."
	print "  Tsunagu's time ends when its command returns, with routes set; today's client's when pppd"
	print "  says its address. Name servers are not set (ipv4.ignore-auto-dns=true): today's client sets"
	print "  none here either, and openresolv's scripts take over a second in User-Mode Linux."
	print "  User-Mode Linux starts processes about 36 times slower than a machine does, shares one"
	print "  processor among clients, routers and gateway, and counts CPU time in ticks of 10 ms. Read"
	print "  the ratios rather than the seconds. PSS is lower here than elsewhere for today's client, whose"
	print "  pages are shared with the same daemons on the gateway's node; pppd's with the gateway's for both."
	print ""
}

END {
	if (most != "") {
		printf "%.3f s\n", median("tsunagu", "time")
		exit median("tsunagu", "time") > most
	}
	times()
	costs()
	notes()
}
