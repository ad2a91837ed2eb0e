# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: connect, traffic both ways, status, disconnect, with each placement, login and proposal
# seconds: 58
# checks: 33

round()
{
	local text=$1 node=$2
	must "$text: connects" connect "$node" office
	check "$text: reaches the office" ping_office "$node"
	check "$text: disconnects" disconnect "$node" office
}

with_logins()
{
	local auth
	for auth in mschap-v2 chap pap; do
		gateway_stop
		gateway_start auth="$auth"
		round "login by $auth" pc1
	done
}

with_proposals()
{
	local ike words
	while read -r ike words; do
		gateway_stop
		gateway_start ike="$ike!" esp="${ike%-*}!"
		# shellcheck disable=SC2086
		profile pc1 office $words
		round "$ike" pc1
	done <<-END
	aes256-sha256-modp2048
	aes128-sha1-modp2048
	aes256-sha1-ecp256 ipsec-ike=aes256-sha1-ecp256
	3des-sha1-modp1024 ipsec-legacy=yes
	END
	profile pc1 office
	check_exit "weak algorithms are refused unless named" 14 connect pc1 office --timeout 12
}

scenario_connect()
{
	gateway_start
	profile pc1 office
	profile pc1 direct gateway="$DIRECT"
	capture_start inet wire
	round "behind the office's router" pc1
	must "connects again" connect pc1 office
	check "the status tells what counts" has "$(on pc1 tsunagu status office)" \
		'up for' "$OFFICE" 'on both sides' 'AES-256' 'on ppp' 'DNS'
	check "as JSON too" on pc1 bash -c 'tsunagu status office --json | python3 -c "
import json, sys
s = json.load(sys.stdin)
assert s[\"state\"] == \"up\" and s[\"nat\"][\"local\"] and s[\"nat\"][\"gateway\"], s
assert s[\"phase1\"][\"group\"] and s[\"phase2\"][\"life-left\"] > 0, s"'
	check "disconnects" disconnect pc1 office
	capture_stop wire
	check "no L2TP left in clear" lacks "$(capture_text wire 'udp dst port 1701')" 1701
	gateway_stop
	gateway_start placement=direct
	must "with the gateway directly on the internet: connects" connect pc1 direct
	check "reaches the office" ping_office pc1
	check "disconnects" disconnect pc1 direct
	with_logins
	with_proposals
}
