# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: connect, traffic both ways, status, disconnect, with each placement, login and proposal
# userlands: bookworm trixie
# seconds: 71
# checks: 47

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

# After the refusal: until it is up, status tells of it.
remembers()
{
	check_exit "why it is down is remembered" 7 on pc1 tsunagu status office
	check "in words, with what to do" has "$(<"$LAB/output")" 'office: down' 'last failure' remedy
	check "as JSON, too" has "$(on pc1 tsunagu status office --json || true)" '"last-failure":{"cause":"phase1-refused"' '"time":"'
	profile pc1 office ipsec-legacy=yes
	round "weak algorithms that are named" pc1
	check "and then it is forgotten" lacks "$(on pc1 tsunagu status office 2>&1 || true)" 'last failure'
}

# A connection of NetworkManager's where netplan has it, in a file and with an id as their owners like them.
with_foreign_names()
{
	local id="Büro / \"R&D\"'s" uuid=0f2b7d1c-35a2-4f3d-8d3c-2f2f0a5b2f10 dir
	profile pc1 office
	dir=$(node_path pc1 /run/NetworkManager/system-connections)
	mkdir -p "$dir"
	ID=$id awk -v uuid="$uuid" '/^id=/ { print "id=" ENVIRON["ID"]; print "uuid=" uuid; next } { print }' \
		"$(node_path pc1 /etc/tsunagu)/office.nmconnection" >"$dir/netplan-NM-Oscar's *.nmconnection"
	chmod 600 "$dir"/*
	check "NetworkManager's connection is listed by its id" has "$(on pc1 tsunagu list)" "$id"
	must "it connects by the id" connect pc1 "$id"
	check "it reaches the office" ping_office pc1
	check "the status is shown under the id" has "$(on pc1 tsunagu status "$id")" "$id: up"
	check_exit "it runs once, whatever name is used" 6 connect pc1 "$uuid"
	check "it disconnects by the UUID" disconnect pc1 "$uuid"
	check "and its folder is gone" lacks "$(on pc1 ls /run/tsunagu)" netplan
	rm -r "$dir"
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
	gateway_stop
	gateway_start
	with_foreign_names
	with_logins
	with_proposals
	remembers
}
