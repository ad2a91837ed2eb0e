# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: each cause of a failed connection, made for real, is told by its identifier, exit code and in time
# seconds: 75

# cause TEXT ID CODE SECONDS PROFILE [WORD...]: connect fails with this cause, within this time, and
# says these words; nothing stays behind.
cause()
{
	local text=$1 id=$2 code=$3 seconds=$4 profile=$5 began took
	shift 5
	began=$(now_ms)
	check_exit "$text: exit code" "$code" connect pc1 "$profile" --json
	took=$(($(now_ms) - began))
	cp "$LAB/output" "$OUT/${id}.json"
	check "$text: $id" file_has "$OUT/${id}.json" "\"cause\":\"$id\"" "$@"
	check "$text: within $seconds s" test "$took" -le $((seconds * 1000))
}

# well TEXT: the twin in which all is well.
well()
{
	must "$1: connects" connect pc1 office
	check "$1: disconnects" disconnect pc1 office
}

way()
{
	forward_remove 4500
	cause "UDP 4500 isn't forwarded ($1)" udp4500-silent 13 6 office 'udp 4500'
	forward_restore 4500
	forward_remove 500
	must "UDP 500 isn't forwarded ($1): goes on at 4500" connect pc1 office
	cp "$LAB/output" "$OUT/said"
	check "and says so" file_has "$OUT/said" 'UDP 500 gets no answer and UDP 4500 does'
	check "disconnects" disconnect pc1 office
	forward_remove 4500
	cause "neither is ($1)" udp500-silent 12 11 office 'udp 500'
	forward_restore 500
	forward_restore 4500
	well "with both ($1)"
}

keys()
{
	cause "a wrong key ($1)" psk-wrong 15 8 badkey
	profile pc1 weak ipsec-ike=aes192-sha384-modp3072
	cause "algorithms that it doesn't take ($1)" phase1-refused 14 6 weak 'asked, it takes'
	well "after those ($1)"
}

scenario_causes()
{
	local kind
	profile pc1 office
	profile pc1 badkey psk='another key'
	for kind in strongswan libreswan; do
		gateway_stop
		gateway_start kind="$kind"
		way "$kind"
		keys "$kind"
	done
}
