# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: SoftEther VPN server, which shares no code with any other gateway here
# seconds: 110
# checks: 30
# processor: waits
# --set minutes=10: so long with echoes at their usual pace

SOFTETHER_LOG=$LAB/node/gw/softether.log

# Its NAT's first packet waits for addresses to be asked for.
reaches_office()
{
	wait_for 15 on pc1 ping -q -c 1 -W 1 "$SERVER"
	ping_office pc1
}

connected()
{
	check "$1: traffic passes" reaches_office
	check "$1: the gateway took MS-CHAPv2 and nothing else" by_mschapv2 "$2"
	check "$1: disconnects" disconnect pc1 "$2"
}

by_mschapv2()
{
	has "$(on pc1 tsunagu status "$1" --json)" '"authentication":"MS-CHAPv2"'
}

# Both ends ask; a client that takes the other's questions for its own would end the link after five of them.
echoes()
{
	local minutes seconds=25
	minutes=$(setting minutes 0)
	if ((minutes > 0)); then
		seconds=$((minutes * 60))
		profile pc1 echoes
	else
		profile pc1 echoes ipv6.method=disabled lcp-echo-interval=2
	fi
	must "echoes: connects" connect pc1 echoes
	check "echoes: traffic passes" reaches_office
	in_background echoes pc1 ping -i 1 -w "$seconds" "$SERVER"
	check "echoes: $seconds s later" background_wait echoes
	check "echoes: it is the same connection" lacks "$(on pc1 tsunagu status echoes)" repair
	check "echoes: nobody believes in a loop" lacks "$(<"$LAB/node/pc1/syslog")" 'looped back'
	check "echoes: traffic passes still" ping_office pc1
	check "echoes: disconnects" disconnect pc1 echoes
}

# renewed: the gateway has told of that many SAs by now, of a phase each.
renewed()
{
	local log
	log=$(<"$SOFTETHER_LOG")
	(($(grep -c 'This IPsec SA is established' <<<"$log") >= $1 && $(grep -c 'This IKE SA is established' <<<"$log") >= $2))
}

rekey()
{
	local sas ikes
	profile pc1 short ipv6.method=disabled ipsec-ikelifetime=20s ipsec-salifetime=12s
	sas=$(grep -c 'This IPsec SA is established' "$SOFTETHER_LOG" || true)
	ikes=$(grep -c 'This IKE SA is established' "$SOFTETHER_LOG" || true)
	must "rekey: connects" connect pc1 short
	check "rekey: traffic passes" reaches_office
	in_background rekey pc1 ping -i 0.2 "$SERVER"
	check "rekey: both phases are renewed twice" wait_for 60 renewed $((sas + 3)) $((ikes + 3))
	check "rekey: no ping was lost" ping_end rekey
	check "rekey: disconnects" disconnect pc1 short
}

scenario_softether()
{
	umask 077
	profile pc1 office
	profile pc1 plain refuse-eap=yes ipv6.method=disabled
	profile pc1 nov2 refuse-mschapv2=yes ipv6.method=disabled
	profile pc1 wrong password=chigau
	profile pc1 key psk=chigau
	profile pc1 umlaut ipv6.method=disabled user=jiro password=pässwort
	must "the gateway starts" gateway_start kind=softether users='taro:himitsu jiro:pässwort'
	must "EAP allowed: connects" connect pc1 office
	connected "EAP allowed" office
	must "EAP refused: connects" connect pc1 plain
	connected "EAP refused" plain
	# It begins with EAP-TLS, which needs a certificate; its PAP is found out behind that.
	must "no MS-CHAPv2: connects" connect pc1 nov2
	check "no MS-CHAPv2: by PAP" has "$(on pc1 tsunagu status nov2 --json)" '"authentication":"PAP"'
	check "no MS-CHAPv2: disconnects" disconnect pc1 nov2
	must "a password outside ASCII: connects" connect pc1 umlaut
	connected "a password outside ASCII" umlaut
	check_exit "a wrong password" 19 connect pc1 wrong
	check_exit "a wrong key" 15 connect pc1 key
	rekey
	echoes
}
