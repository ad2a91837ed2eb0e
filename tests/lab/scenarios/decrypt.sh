# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: a captured connection can be read with its keys, down to the PPP inside
# seconds: 25
# checks: 8

scenario_decrypt()
{
	local text
	gateway_start
	classic_start pc1 log=4
	capture_start inet decrypt
	must "today's client connects" classic_connect pc1
	classic_keys pc1 "$OUT/keys"
	on pc1 ip route add "$SERVER" dev ppp0
	on pc1 ping -c 1 -W 5 "$SERVER"
	capture_stop decrypt
	decrypt decrypt "$OUT/keys" >"$OUT/decrypt.txt"
	text=$(<"$OUT/decrypt.txt")
	check "phase 1 is readable" has "$text" 'Payload: Identification' 'Payload: Hash'
	check "so are quick mode, L2TP and PPP" has "$text" 'Quick Mode' \
		'NAT-OA (RFC 3947)' 'Start_Control_Request' 'Incoming_Call_Connected' \
		'PPP Link Control Protocol' 'PPP IP Control Protocol' 'Code: Success'
	check "and the ping inside" has "$text" 'Echo (ping) reply'
	check "every ICV is right" has "$text" '[correct]'
	check "no ICV is wrong" lacks "$text" '[incorrect'
	check "no packet is malformed" lacks "$text" 'Malformed'
	sed -i -E 's/"0x[0-9a-f]{40}"$/"0x0000000000000000000000000000000000000000"/' "$OUT/keys/esp_sa"
	decrypt decrypt "$OUT/keys" >"$OUT/wrong.txt"
	check "a wrong key is noticed" has "$(<"$OUT/wrong.txt")" '[incorrect'
}
