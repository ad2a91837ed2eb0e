# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: diagnose finds what broke and what to change, leaves nothing behind and no neighbour disturbed
# seconds: 80

# diagnosed TEXT CODE PROFILE WORD...: it ends with this code, says these words, and leaves nothing behind.
diagnosed()
{
	local text=$1 code=$2 profile=$3
	shift 3
	check_exit "$text: exit code" "$code" on pc1 tsunagu diagnose "$profile" --json
	cp "$LAB/output" "$OUT/$profile-$code.json"
	check "$text: what it says" file_has "$OUT/$profile-$code.json" "$@"
	snapshot pc1 "$OUT/after"
	check "$text: nothing stays behind" same_snapshot "$OUT/before" "$OUT/after"
}

ok()
{
	printf '"rung":"%s","result":"ok"' "$1"
}

not_tested()
{
	printf '"rung":"%s","result":"not-tested"' "$1"
}

failed()
{
	printf '"rung":"%s","result":"failed"' "$1"
}

# Few enough questions that strongSwan, which ignores an address with five half-open SAs, takes all.
with_a_neighbour()
{
	profile pc2 office user=hanako password=naisho
	must "the neighbour connects" connect pc2 office
	in_background neighbour pc2 ping -i 0.2 "$SERVER"
	diagnosed "all is well" 0 office "$(ok udp500)" "$(ok nat)" 'on our side' "$(ok udp4500)" \
		"$(ok vendor)" "$(ok proposals)" "$(ok esp)" "$(ok ppp-auth)" "$(ok mtu)" "$(ok dns)"
	diagnosed "without a key" 0 nokey "$(ok udp500)" "$(ok udp4500)" "$(ok proposals)" \
		"$(not_tested authentication)" 'no pre-shared key'
	diagnosed "without a password" 0 nopass "$(ok esp)" "$(ok l2tp)" "$(not_tested ppp-auth)" \
		'no password'
	check "the neighbour is there still" ping_office pc2
	background_stop neighbour INT || true
	check "and lost nothing" file_has "$OUT/neighbour.log" ' 0% packet loss'
	check "the neighbour disconnects" disconnect pc2 office
}

refused()
{
	profile pc1 weak ipsec-ike=aes192-sha384-modp3072
	diagnosed "algorithms that it doesn't take" 14 weak "$(failed proposals)" '"line":"ipsec-ike='
	local line
	line=$(grep -o '"line":"ipsec-ike=[^"]*' "$OUT/weak-14.json")
	profile pc1 weak "${line#*\"line\":\"}"
	must "with the line it suggests it connects" connect pc1 weak
	check "and disconnects" disconnect pc1 weak
}

password_once()
{
	local tries
	diagnosed "a wrong password" 19 badpass "$(ok ppp)" "$(failed ppp-auth)" '"cause":"ppp-auth"' \
		"$(not_tested address)"
	tries=$(grep -c 'CHAP.*authentication.*failed\|failed CHAP\|auth.*failed.*taro' "$LAB/node/gw/syslog" || true)
	note "refusals in the gateway's log: $tries"
	check "it was tried once" test "$tries" = 1
}

scenario_diagnose()
{
	profile pc1 office
	profile pc1 nokey psk=
	profile pc1 nopass password=
	profile pc1 badkey psk='another key'
	profile pc1 badpass password=wrong
	lan_dns
	gateway_start
	# Once before: what pppd keeps of its own for ever is there then.
	must "it connects" connect pc1 office
	check "and disconnects" disconnect pc1 office
	snapshot pc1 "$OUT/before"
	with_a_neighbour
	gateway_stop
	gateway_start kind=libreswan
	refused
	password_once
	diagnosed "a wrong key" 15 badkey "$(ok udp4500)" "$(failed authentication)" psk-wrong
	forward_remove 4500
	diagnosed "UDP 4500 isn't forwarded" 13 office "$(ok udp500)" "$(failed udp4500)" \
		udp4500-silent 'udp 4500'
}
