# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: a captured connect is readable with the key log the user asked for, and clean
# seconds: 26
# checks: 16

scenario_keylog()
{
	local text
	gateway_start
	profile pc1 office
	capture_start inet wire
	must "connects with a key log and a capture" connect pc1 office --keylog /run/keys \
		--capture /run/own.pcap
	ping_office pc1
	must "disconnects" disconnect pc1 office
	capture_stop wire
	mkdir -p "$OUT/keys"
	cp "$(node_path pc1 /run/keys)"/* "$OUT/keys/"
	check "the key log is for its owner only" has \
		"$(on pc1 stat -c %a /run/keys /run/keys/esp_sa | tr '\n' ' ')" '700 600'
	decrypt wire "$OUT/keys" >"$OUT/wire.txt"
	text=$(<"$OUT/wire.txt")
	check "phase 1 and quick mode are readable" has "$text" 'Payload: Identification' \
		'Quick Mode' 'NAT-OA (RFC 3947)'
	check "L2TP's whole conversation is" has "$text" 'Start_Control_Request' \
		'Start_Control_Connected' 'Incoming_Call_Request' 'Incoming_Call_Connected' \
		'Call_Disconnect_Notification' 'Stop_Control_Notification'
	check "PPP's is" has "$text" 'PPP Link Control Protocol' 'PPP IP Control Protocol'
	check "the ping inside is" has "$text" 'Echo (ping) reply'
	check "every ICV is right" has "$text" '[correct]'
	check "no ICV is wrong" lacks "$text" '[incorrect'
	check "no packet is malformed" lacks "$text" 'Malformed'
	check "the client's own capture is for its owner only" \
		has "$(on pc1 stat -c %a /run/own.pcap)" 600
	cp "$(node_path pc1 /run/own.pcap)" "$OUT/own.pcap"
	decrypt own "$OUT/keys" >"$OUT/own.txt"
	text=$(<"$OUT/own.txt")
	check "and has it all from the first message to the last" has "$text" 'Identity Protection' \
		'Quick Mode' 'Start_Control_Request' 'Stop_Control_Notification' \
		'Echo (ping) reply' 'Delete'
	check_exit "a capture is never written over" 2 connect pc1 office --capture /run/own.pcap
	on pc1 install -m 666 /dev/null /run/keys/planted
	on pc1 mv /run/keys/planted /run/keys/esp_sa
	check_exit "a key log that others may read is refused" 2 connect pc1 office --keylog /run/keys
	must "without the option" connect pc1 office
	check "no key is written anywhere" on pc1 bash -c '! ls /run/tsunagu/office/*key* 2>/dev/null'
	disconnect pc1 office
}
