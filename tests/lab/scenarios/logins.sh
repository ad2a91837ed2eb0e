# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: what a gateway says to a login, from its frames: refusals by their codes, MPPE, a telephone
# seconds: 180
# checks: 61
# processor: waits

# meets NAME: the gateway has this manner from now on. It knows a client again, hence a new one.
meets()
{
	gateway_restart kind=emulator misbehave="$1"
}

# refused MANNER ID CODE WORDS
refused()
{
	meets "$1"
	cause "$1" "$2" "$3" 6 office "$4"
	check "$1: no word of a wrong password" lacks "$(<"$OUT/$2.json")" 'name or the password'
}

# answered BY N: so many answers by that method have come to the gateway, and somebody was asked once.
answered()
{
	grep -qE "answers by $1: $2, authentications: 1\$" "$LAB/node/gw/emulator.log" &&
		! grep -qE "answers by $1: [0-9]*$((${2} + 1))," "$LAB/node/gw/emulator.log"
}

# telephoned MANNER METHOD [ANSWERS]: somebody takes long to confirm it, and is asked once.
telephoned()
{
	meets "$1"
	check "$1: connects" connect pc1 office --timeout 60 --json
	cp "$LAB/output" "$OUT/$1.json"
	check "$1: says that it waits, once" test "$(grep -c 'check the password' "$OUT/$1.json")" -eq 1
	check "$1: answers (${3-1}), and one authentication" answered "$2" "${3-1}"
	check "$1: no other call" lacks "$(<"$OUT/$1.json")" 'PPP got stuck'
	check "$1: disconnects" disconnect pc1 office
}

scenario_logins()
{
	profile pc1 office ipv4.ignore-auto-dns=true
	refused ppp-logon-hours account-hours 19 'E=646; the gateway says: Call us'
	refused ppp-disabled account-disabled 19 'E=647'
	refused ppp-expired password-expired 19 'E=648'
	refused ppp-no-dialin no-dialin 19 'E=649'
	refused ppp-must-change password-change 19 'E=709'
	refused ppp-wrong-success gateway-unproven 19 MS-CHAPv2
	refused eap-alone ppp-auth-unknown 18 EAP
	refused demands-mppe ppp-encryption 18 'require-mppe=yes'
	meets ppp-refuses
	cause "a wrong password" ppp-auth 19 6 office 'E=691'
	meets thinks-45
	check_exit "a telephone that nobody takes: exit code" 19 connect pc1 office --timeout 20 --json
	cp "$LAB/output" "$OUT/nobody.json"
	check "a telephone that nobody takes: login-unanswered" names_cause "$OUT/nobody.json" login-unanswered
	telephoned thinks-45 MS-CHAPv2
	telephoned thinks-45-pap PAP
	telephoned thinks-25-asks-again MS-CHAPv2 2
}
