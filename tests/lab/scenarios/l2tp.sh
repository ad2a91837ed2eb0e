# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: tunnel authentication, hidden values, redirect, source ports, sequencing, the gateway's orderly end
# seconds: 60
# checks: 57

# refused TEXT WORD...: the attempt ends in L2TP and says why.
refused()
{
	check_exit "$1" 17 connect pc1 office
	cp "$LAB/output" "$OUT/said"
	check "$1: says so" file_has "$OUT/said" "${@:2}"
}

tunnel_authentication()
{
	must "both ends prove that they know the secret" connect pc1 office
	cp "$LAB/output" "$OUT/said"
	check "and the user is told" file_has "$OUT/said" 'knows the tunnel secret'
	check "traffic flows" ping_office pc1
	check "disconnects" disconnect pc1 office
	profile pc1 office l2tp-secret=other
	refused "another secret" 'l2tp-secret' 'wrong challenge response'
	check "the gateway is told why" wait_log "$LAB/node/gw/xl2tpd.log" 'wrong challenge response'
	profile pc1 office
	refused "no secret" 'demands L2TP tunnel authentication' 'l2tp tunnel auth off'
	profile pc1 office l2tp-secret=ninohashi
	# xl2tpd sends Random Vectors then, though it hides nothing. It is asked without asking itself.
	gateway_restart l2tp_secret=ninohashi lns_extra='hidden bit = yes;challenge = no'
	must "a gateway that is asked and doesn't ask" connect pc1 office
	check "traffic flows" ping_office pc1
	check "disconnects" disconnect pc1 office
	gateway_restart
	refused "a gateway without a secret" 'does not know the L2TP tunnel secret'
}

# status_of FIELD: of the connection's L2TP.
status_of()
{
	on pc1 tsunagu status office --json |
		python3 -c 'import json, sys; print(json.load(sys.stdin)["l2tp"][sys.argv[1]])' "$1"
}

source_ports()
{
	gateway_restart client_port=1701
	profile pc1 office
	must "a gateway that takes port 1701 alone is reached by falling back" connect pc1 office
	cp "$LAB/output" "$OUT/said"
	check "and the user is told" file_has "$OUT/said" 'once more from UDP port 1701'
	check "it is 1701" has "$(status_of source-port)" 1701
	check "without sequence numbers" lacks "$(on pc1 cat /proc/net/pppol2tp)" '/S/LAC'
	check "traffic flows" ping_office pc1
	check "disconnects" disconnect pc1 office
	profile pc1 office l2tp-source-port=ephemeral
	check_exit "an ephemeral port that was asked for stays" 16 connect pc1 office
	# Another program has 1701: the first reason is told, and nothing stays.
	# shellcheck disable=SC2016
	in_background holder pc1 perl -MIO::Socket::INET -e \
		'my $s = IO::Socket::INET->new(Proto => "udp", LocalPort => 1701) or die; sleep 60'
	profile pc1 office
	snapshot pc1 "$OUT/before"
	check_exit "a port in use is no way out" 16 connect pc1 office
	snapshot pc1 "$OUT/now"
	check "and leaves no trace" same_snapshot "$OUT/before" "$OUT/now"
	background_stop holder || true
	gateway_restart ppp_extra=pppol2tp_send_seq
	must "a gateway that takes any port gets an ephemeral one" connect pc1 office
	check "at once" lacks "$(cat "$LAB/output")" 'once more'
	check "it is not 1701" lacks "$(status_of source-port)" 1701
	check "traffic with the gateway's sequence numbers flows" ping_office pc1
	check "and ours follow" has "$(on pc1 cat /proc/net/pppol2tp)" '/S/LAC'
	check "disconnects" disconnect pc1 office
}

# ended TEXT WORD COMMAND...: what the gateway does ends a connection, with its words.
ended()
{
	in_background client pc1 tsunagu connect office --foreground
	wait_log "$OUT/client.log" 'connected in'
	"${@:3}"
	check_exit "$1" 20 background_wait client
	check "$1: its words" file_has "$OUT/client.log" "$2"
	snapshot pc1 "$OUT/now"
	check "$1: no trace" same_snapshot "$OUT/before" "$OUT/now"
}

gateways_end()
{
	profile pc1 office reconnect=no
	snapshot pc1 "$OUT/before"
	ended "xl2tpd shuts down" 'Server closing' on gw pkill -TERM -o xl2tpd
	gateway_restart
	ended "pppd ends at the gateway" 'PPP' on gw pkill -TERM -f 'pppd.*options.lns'
}

# With the project's own gateway: what no gateway from a package can be brought to do.
own_gateway()
{
	gateway_restart kind=emulator secret=ninohashi challenges=yes lns=hides,chatty,sequencing,no-bearer
	profile pc1 office l2tp-secret=ninohashi
	must "every hidden value is read, and a refused first message is sent otherwise" \
		connect pc1 office
	cp "$LAB/output" "$OUT/said"
	check "the user is told of both" file_has "$OUT/said" 'knows the tunnel secret' \
		'error 8' 'what RFC 2661 demands alone'
	check "traffic flows" ping_office pc1
	check "with sequence numbers on every packet, both ways" \
		has "$(on pc1 cat /proc/net/pppol2tp)" '/R/S/LAC'
	check "disconnects" disconnect pc1 office
	profile pc1 office
	refused "hidden values without a secret" 'hides its values'
}

# One LNS is silent on who asks for its secret, another ends its tunnel with the last call.
other_manners()
{
	local since machine
	gateway_restart kind=emulator lns=drops-challenge
	profile pc1 office l2tp-secret=ninohashi
	machine=$(start_ms)
	since=$(now_ms)
	refused "a gateway that drops what asks for its secret" 'does not know the L2TP tunnel secret' 'one without did'
	since=$(($(now_ms) - since))
	machine=$(work_ms "$machine")
	check "it is known soon ($since ms)" test "$since" -lt $((9000 + machine))
	profile pc1 office
	must "without the secret it connects" connect pc1 office
	check "disconnects" disconnect pc1 office
	gateway_restart kind=emulator lns=ends-with-call
	in_background client pc1 tsunagu connect office --foreground --json --verbose
	wait_log "$OUT/client.log" '"event":"up"' 20
	pppd_kill pc1
	check "its tunnel goes with the call, and another one comes under the same SA" \
		wait_log "$OUT/client.log" '"repaired":{"cause":"ppp-lost","level":"call"' 20
	check "the gateway saw one phase 1" test "$(grep -c 'phase 1 up' "$LAB/node/gw/emulator.log")" == 1
	check "traffic flows" ping_office pc1
	must "it ends" disconnect pc1 office
	background_wait client || true
}

# A second gateway on the internet, to which the office's sends everybody.
redirect()
{
	gateway_restart kind=emulator redirect="$DIRECT"
	on gw ip rule add from "$DIRECT" table 100
	on gw ip route add default via 192.0.2.1 table 100
	spawn gw /usr/libexec/tsunagu-lab/gateway-emulator address="$DIRECT" inside="$GATEWAY_LAN" \
		psk-file=/etc/emulator.psk control=/run/emulator2 pool=192.168.100.210 \
		>"$LAB/node/gw/second.log" 2>&1 3>&- &
	wait_log "$LAB/node/gw/second.log" ready
	must "the gateway that the first one names is reached" connect pc1 office
	cp "$LAB/output" "$OUT/said"
	check "the user is told" file_has "$OUT/said" "sends us on to $DIRECT"
	check "the status names it" has "$(on pc1 tsunagu status office)" "$DIRECT"
	check "traffic flows" ping_office pc1
	check "nothing is left of the first" lacks "$(on pc1 ip xfrm state)" "$OFFICE"
	check "disconnects" disconnect pc1 office
}

scenario_l2tp()
{
	gateway_start l2tp_secret=ninohashi lns_extra='challenge = yes'
	profile pc1 office l2tp-secret=ninohashi
	tunnel_authentication
	source_ports
	gateways_end
	own_gateway
	other_manners
	redirect
}
