# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: today's client against each shape of the gateway, one after the other
# userlands: bookworm trixie
# seconds: 63
# checks: 13

connect_to()
{
	local text=$1 gateway=$2 user=${3:-taro:himitsu}
	shift 3
	must "the gateway starts: $text" gateway_start "$@"
	classic_start pc1 gateway="$gateway" user="${user%%:*}" password="${user#*:}"
	check "today's client connects: $text" classic_connect pc1
	classic_stop pc1
	gateway_stop
}

scenario_gateways()
{
	connect_to "chap" "$OFFICE" '' auth=chap
	connect_to "pap" "$OFFICE" '' auth=pap
	connect_to "on the internet" "$DIRECT" '' placement=direct
	connect_to "libreswan" "$OFFICE" '' kind=libreswan
	connect_to "another user, key exchange and pool" "$OFFICE" jiro:x \
		users='jiro:x' pool=192.168.100.150-192.168.100.150 \
		ike=aes256-sha256-modp2048! esp=aes256-sha1!
	check "that address was given" has "$CLASSIC_ADDRESS" 192.168.100.150
	gateway_start
	classic_start pc2
	must "the other PC connects" classic_connect pc2
	classic_disconnect pc2
	check "and connects again" classic_connect pc2
}
