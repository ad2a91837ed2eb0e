# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the benchmarks share, sourced by bench-*.sh: raw samples, tables of them, the two clients.

# Events are looked for as often as this kernel's clock ticks, so that today's client isn't charged for the looking.
# shellcheck disable=SC2034 # lib.sh reads it
LOOK=0.01

# sample FIELD...: a line of the raw samples.
sample()
{
	local IFS=$'\t'
	printf '%s\n' "$*" >>"$OUT/samples.tsv"
}

# table PART: what the raw samples say, shown; each target in it is a check.
table()
{
	local line
	must "the table" python3 /lab/guest/bench.py "$1" "$OUT"
	cp "$LAB/output" "$OUT/table.txt"
	while IFS= read -r line; do
		case $line in
		"holds: "*) result_ok "${line#holds: }" ;;
		"missed: "*) result_not_ok "${line#missed: }" ;;
		*) say "  $line" ;;
		esac
	done <"$OUT/table.txt"
}

# Both with the same algorithms. Name servers are left out: today's client sets none there, and openresolv's shell
# scripts alone would cost more than a second in this kernel, where starting a process is slow.
bench_gateway()
{
	gateway_start ike=aes256-sha256-modp2048! esp=aes256-sha1! "$@"
}

bench_profile()
{
	profile "$1" office ipsec-ike=aes256-sha256-modp2048 ipsec-esp=aes256-sha1 ipv4.ignore-auto-dns=true "${@:2}"
}

# Today's client with logs as its packages have them.
bench_classic()
{
	classic_start "$1" log=1 "${@:2}"
}

# usage NODE NAMES: of the processes with these names, a line each, and one of all together: usage.pl.
usage()
{
	on "$1" perl /lab/guest/usage.pl "$2"
}

# shellcheck disable=SC2034 # scenarios use them
TSUNAGU_NAMES='tsunagu|pppd' CLASSIC_NAMES='charon|starter|xl2tpd|pppd'

# Ticks of this kernel's processor that were used: PROCESSOR_BUSY and IDLE.
processor_ticks()
{
	local user nice system idle wait irq softirq rest
	# shellcheck disable=SC2034
	read -r _ user nice system idle wait irq softirq rest </proc/stat
	# shellcheck disable=SC2034
	PROCESSOR_BUSY=$((user + nice + system + irq + softirq))
}
