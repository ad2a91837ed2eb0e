# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: IKE messages in pieces where the path carries no long packets
# seconds: 26
# checks: 8

through()
{
	must "$1: connects" connect pc1 office
	check "$1: reaches the office" ping_office pc1
	check "$1: disconnects" disconnect pc1 office
}

scenario_fragments()
{
	local group=aes256-sha256-modp4096
	profile pc1 office ipsec-ike=$group
	# Messages 3 and 4 of main mode are longer with this group: whole, they don't arrive.
	block -p udp -m length --length 641:65535
	gateway_start ike=$group! fragment_size=576 conn_extra=fragmentation=yes
	through strongSwan
	check "strongSwan took pieces" grep -q 'received fragment' "$LAB/node/gw/charon.log"
	gateway_stop

	gateway_start kind=libreswan ike=$group
	through libreswan
	gateway_stop

	gateway_start ike=$group! conn_extra=fragmentation=no
	check_exit "without pieces there is no way" 14 connect pc1 office --timeout 6
	gateway_stop
	unblock -p udp -m length --length 641:65535
}
