# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: by which method the password goes, whatever the gateway lists first, and in which letters
# seconds: 40
# checks: 38
# userlands: bookworm trixie

# meets NAME: the gateway has this manner from now on. It knows a client again, hence a new one.
meets()
{
	gateway_restart kind=emulator misbehave="$1"
}

# by METHOD: so it went, and by nothing else; status knows it, too.
by()
{
	has "$(on pc1 tsunagu status office --json)" "\"authentication\":\"$1\"" && only_answers "$1"
}

only_answers()
{
	local log
	log=$(grep 'answers by' "$LAB/node/gw/emulator.log")
	has "$log" "answers by $1: 1, authentications: 1"
	! grep -v "answers by $1:" <<<"$log"
}

# strongest MANNER METHOD
strongest()
{
	meets "$1"
	must "$1: connects" connect pc1 office --json
	cp "$LAB/output" "$OUT/$1.json"
	check "$1: by $2" by "$2"
	check "$1: status" on pc1 tsunagu status office
	cp "$LAB/output" "$OUT/$1.status"
	check "$1: disconnects" disconnect pc1 office
}

# letters TEXT USERS KEY=VALUE...: a real pppd, whose secrets are these octets.
letters()
{
	local text=$1 users=$2
	shift 2
	gateway_restart users="$users" "$@"
	must "$text: connects" connect pc1 letters
	check "$text: the office answers" ping_office pc1
	check "$text: disconnects" disconnect pc1 letters
}

scenario_methods()
{
	umask 077
	profile pc1 office ipv4.ignore-auto-dns=true
	profile pc1 nopap ipv4.ignore-auto-dns=true refuse-pap=yes
	profile pc1 letters ipv4.ignore-auto-dns=true password=pässwort
	profile pc1 beyond ipv4.ignore-auto-dns=true password=秘密
	strongest pap-first MS-CHAPv2
	check "and nobody says that the gateway reads it" lacks "$(<"$OUT/pap-first.json")" 'can read it'
	strongest eap-first MS-CHAPv2
	strongest reopens MS-CHAPv2
	strongest pap-alone PAP
	check "the log says that the gateway reads it" file_has "$OUT/pap-alone.json" 'can read it'
	check "and so does status" file_has "$OUT/pap-alone.status" 'by PAP; the gateway reads it'
	check "check says that it may come to that" has "$(on pc1 tsunagu check office)" 'by PAP and can read it'
	meets pap-alone
	cause "PAP, which the profile refuses" ppp-auth-method 18 8 nopap
	meets connected-already
	cause "a bare refusal" login-refused 19 8 office 'connected already'
	letters "CHAP: octets of UTF-8" 'taro:pässwort' auth=chap
	letters "MS-CHAPv2: letters" $'taro:p\xe4sswort' auth=mschap-v2
	check "letters beyond ISO 8859-1: check warns" has "$(on pc1 tsunagu check beyond)" "MS-CHAPv2 can't be given right"
	# pppd as a server makes the same mistake: it has another password here.
	gateway_restart auth=mschap-v2
	cause "letters beyond ISO 8859-1" ppp-auth 19 8 beyond "can't send right"
}
