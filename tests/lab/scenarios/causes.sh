# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: what breaks on the way and in phase 1, for each kind of gateway: identifier, exit code, in time
# seconds: 115
# checks: 126
# userlands: bookworm trixie
# processor: waits

way()
{
	forward_remove 4500
	cause "UDP 4500 isn't forwarded ($1)" udp4500-silent 13 6 office 'udp 4500' \
		'"evidence":{"gateway":"198.51.100.2"' '"ike-stage":"main mode message 5 sent"'
	forward_restore 4500
	forward_remove 500
	must "UDP 500 isn't forwarded ($1): goes on at 4500" connect pc1 office
	cp "$LAB/output" "$OUT/said"
	check "and says so" file_has "$OUT/said" 'UDP 500 gets no answer and UDP 4500 does'
	check "disconnects" disconnect pc1 office
	forward_remove 4500
	cause "neither is ($1)" udp500-silent 12 11 office 'udp 500'
	forward_restore 500
	forward_restore 4500
	well "with both ($1)"
}

keys()
{
	cause "algorithms of phase 2 that it doesn't take ($1)" phase2-refused 16 2 odd-esp
	cause "a wrong key ($1)" psk-wrong 15 8 badkey
	cause "algorithms that it doesn't take ($1)" phase1-refused 14 6 odd 'asked, it takes'
	well "after those ($1)"
}

# What only this kind can be set to.
strongswan_alone()
{
	gateway_restart conn_extra='leftauth=pubkey;rightauth=pubkey'
	cause "a gateway that wants certificates" identity-refused 15 3 office
	gateway_restart conn_extra='rightid=branch.office.test'
	cause "an identity that it doesn't expect" identity-refused 15 3 office
	profile pc1 named ipsec-local-id=@branch.office.test
	well "the one it expects" named
	gateway_restart conn_extra='modeconfig=push;rightsourceip=10.99.0.0/24'
	cause "a gateway that gives addresses by IKE" phase2-identity-refused 16 3 office
	gateway_restart esp='aes256-sha1-modp2048!'
	cause "a gateway that demands PFS" phase2-refused 16 2 office
	profile pc1 pfs ipsec-pfs=yes
	well "with PFS" pfs
}

libreswan_alone()
{
	gateway_restart kind=libreswan conn_extra='rightid=@branch.office.test'
	cause "an identity that it doesn't expect" identity-refused 15 3 office
	well "the one it expects" named
}

emulator_alone()
{
	local id
	gateway_restart kind=emulator method=3
	cause "a gateway that wants certificates" phase1-method 14 6 office 'with certificates'
	gateway_restart kind=emulator asks=xauth
	cause "a gateway that wants XAUTH" xauth-wanted 15 3 office
	gateway_restart kind=emulator asks=address
	well "with an address that the gateway sets in IKE"
	id=$(gateway_address)
	profile pc1 wrongid ipsec-remote-id="@$id"
	cause "another identity than demanded" identity-wrong 15 3 wrongid "\"gateway-identity\":\"$id\"" "identity is $id"
	check "check tells a name from an address" has "$(on pc1 tsunagu check wrongid 2>&1)" "ipsec-remote-id=@$id is a name"
	profile pc1 rightid ipsec-remote-id="$id"
	well "with the identity that was shown" rightid
	gateway_restart kind=emulator natt=no
	cause "a gateway without NAT traversal" no-nat-traversal 14 14 office
}

scenario_causes()
{
	local kind
	profile pc1 office ipv4.ignore-auto-dns=true
	profile pc1 badkey psk='another key'
	profile pc1 odd ipsec-ike=aes192-sha384-modp3072
	profile pc1 odd-esp ipsec-esp=aes192-sha512
	for kind in strongswan libreswan emulator; do
		gateway_restart kind="$kind"
		way "$kind"
		# strongSwan is silent to an address with five half-open SAs.
		gateway_restart kind="$kind"
		keys "$kind"
		"${kind}_alone"
	done
}
