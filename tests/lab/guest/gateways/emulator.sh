# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# kind=emulator: the project's own gateway (tests/gateway), in the shape of a Yamaha router, with
# pppd behind it. It takes any phase 1 that such a router can do; id, ike and lifetimes say nothing.
#
#   esp=aes128-sha1        its policy: aes128, aes256 or 3des with sha1, md5 or sha256
#   secret=...  challenges=no   tunnel authentication; yes: it asks, too
#   lns=hides,chatty,sequencing,no-bearer   any of them: hides values (with a secret), says what nobody
#                          asked for, demands sequence numbers, knows no Bearer Capabilities; also
#       ends-with-call, drops-challenge: ends the tunnel with its last call; is silent on an SCCRQ with a challenge
#   redirect=ADDRESS       sends every client on to that gateway
#   hello=10  idle=60  cut=30   seconds
#   method=1               of authentication that phase 1 takes (RFC 2409 appendix A); 3: RSA signatures, which it
#                          then can't make
#   natt=rfc               no; 03, 02, 02n: the drafts
#   asks=nothing           by a transaction after phase 1: xauth, a login, without which it takes no quick mode; address,
#                          to have the client take one
#   misbehave=NAME         of the first client that comes; `gateway-emulator list` names them
#
# emulator_tell COMMAND...: an order while it runs. emulator_says TEXT [SECONDS]: waits for it in what its
# log says after emulator_mark.

EMULATOR_LOG='' EMULATOR_MARK=0

# shellcheck disable=SC2154
emulator_defaults()
{
	GATEWAY[esp]=aes128-sha1
	GATEWAY[mru]=1792 GATEWAY[ccp]=yes
	GATEWAY[secret]='' GATEWAY[challenges]=no
	GATEWAY[hello]=10 GATEWAY[idle]=60 GATEWAY[cut]=30
	GATEWAY[natt]=rfc GATEWAY[method]=1
	GATEWAY[lns]='' GATEWAY[redirect]='' GATEWAY[asks]=nothing
	GATEWAY[misbehave]=''
}

# The plugin switches compression off; asking for Deflate after it stands for Yamaha's Stac, which
# pppd doesn't know.
emulator_ppp_config()
{
	local etc address user
	etc=$(node_path "$GATEWAY_NODE" /etc)
	{
		printf '%s\n' "require-${GATEWAY[auth]}" auth debug proxyarp nodefaultroute \
			"mru ${GATEWAY[mru]}" novj nopcomp noaccomp lcp-restart\ 3 name\ gateway
		if [[ ${GATEWAY[ccp]} == yes ]]; then echo deflate 15; else echo noccp; fi
		for address in ${GATEWAY[dns]}; do
			echo "ms-dns $address"
		done
		printf '%s\n' "${GATEWAY[ppp_extra]//;/$'\n'}"
	} >"$etc/ppp/options.lns"
	for user in ${GATEWAY[users]}; do
		printf '"%s" * "%s" *\n' "${user%%:*}" "${user#*:}"
	done >"$etc/ppp/chap-secrets"
	cp "$etc/ppp/chap-secrets" "$etc/ppp/pap-secrets"
	printf '%s\n' "${GATEWAY[psk]}" >"$etc/emulator.psk"
	printf '%s\n' "${GATEWAY[secret]}" >"$etc/emulator.secret"
	chmod 600 "$etc"/ppp/*-secrets "$etc"/emulator.*
}

yes_is_1()
{
	[[ $1 == yes ]] && echo 1 || echo 0
}

emulator_start()
{
	local log=$LAB/node/$GATEWAY_NODE/emulator.log
	emulator_ppp_config
	: >"$log"
	spawn "$GATEWAY_NODE" /usr/libexec/tsunagu-lab/gateway-emulator address="$(gateway_address)" \
		inside="$GATEWAY_LAN" \
		psk-file=/etc/emulator.psk secret-file=/etc/emulator.secret \
		control=/run/emulator pool="${GATEWAY[pool]%-*}" esp="${GATEWAY[esp]}" \
		hello="${GATEWAY[hello]}" idle="${GATEWAY[idle]}" cut="${GATEWAY[cut]}" \
		natt="${GATEWAY[natt]}" method="${GATEWAY[method]}" lns="${GATEWAY[lns]}" redirect="${GATEWAY[redirect]}" \
		asks="${GATEWAY[asks]}" \
		challenges="$(yes_is_1 "${GATEWAY[challenges]}")" >"$log" 2>&1 3>&- &
	wait_log "$log" ready
	[[ -z ${GATEWAY[misbehave]} ]] || emulator_tell misbehave "${GATEWAY[misbehave]}"
}

emulator_tell()
{
	echo "$*" >"$(node_path gw /run/emulator)"
}

# What the log says after emulator_mark is new.
emulator_log()
{
	local text=
	read -rd '' text <"$LAB/node/gw/emulator.log" || true
	EMULATOR_LOG=$text
}

emulator_mark()
{
	emulator_log
	EMULATOR_MARK=${#EMULATOR_LOG}
}

emulator_says()
{
	local deadline=$((SECONDS + ${2:-30}))
	while emulator_log && [[ ${EMULATOR_LOG:EMULATOR_MARK} != *"$1"* ]]; do
		((SECONDS < deadline)) || {
			echo "the emulator didn't say: $1; but:"
			echo "${EMULATOR_LOG:EMULATOR_MARK}"
			return 1
		}
		pause 0.05
	done
}
