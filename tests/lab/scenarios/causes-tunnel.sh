# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: what breaks in ESP, L2TP and PPP, for each kind of gateway: identifier, exit code, in time
# seconds: 295
# checks: 169
# userlands: bookworm trixie
# processor: waits

# restart KEY=VALUE...: another gateway of this kind.
restart()
{
	gateway_restart kind="$KIND" "$@"
}

# Everything but IKE, whose messages begin with four zeroes (RFC 3948 2.2), in one direction.
only_esp()
{
	"$1" -p udp "$2" 4500 -m u32 --u32 '0>>22&0x3C@8=0x1:0xffffffff'
}

# Behind a NAT it looks like a gateway without L2TP, and the message says so.
esp_in_udp()
{
	only_esp block --sport
	cause "ESP in UDP comes through one way only ($KIND)" l2tp-silent 17 24 office 'looks the same'
	only_esp unblock --sport
	well "with ESP in UDP ($KIND)"
}

# Without a NAT, for the end: that can't be taken back.
plain_esp()
{
	branch_without_nat
	restart placement=direct
	block -p esp -s "$DIRECT"
	cause "ESP comes through one way only" esp-silent 16 24 direct 'packets of ESP'
	unblock -p esp -s "$DIRECT"
	block -p esp
	cause "ESP doesn't come through at all" esp-silent 16 24 direct 'packets of ESP'
	profile pc1 forced ipv4.ignore-auto-dns=true gateway="$DIRECT" ipsec-forceencaps=yes
	well "ESP in UDP does" forced
	unblock -p esp
	well "with ESP" direct
}

ppp()
{
	cause "a wrong password ($KIND)" ppp-auth 19 6 badpassword
	cause "a user who isn't known ($KIND)" 'ppp-auth|login-refused' 19 6 baduser
	cause "a profile that demands MPPE ($KIND)" ppp-encryption 18 6 mppe
	restart auth=pap
	# xl2tpd clears the call in some runs before pppd's last words have gone: the cause is the same.
	cause "PAP, which the profile refuses ($KIND)" ppp-auth-method 18 6 nopap
	well "PAP ($KIND)"
	restart ccp=yes ppp_extra='require-mppe-128'
	cause "a gateway that demands MPPE ($KIND)" ppp-encryption 18 6 office
	well "MPPE ($KIND)" mppe
}

# xl2tpd's.
l2tp()
{
	restart l2tp=no
	cause "no L2TP service ($KIND)" l2tp-silent 17 24 office
	restart l2tp_secret=ninohashi lns_extra='challenge = yes'
	cause "tunnel authentication ($KIND)" l2tp-authentication 17 3 office
	cause "another secret ($KIND)" l2tp-secret-wrong 17 3 secret
	restart pool=192.168.100.200-192.168.100.200
	must "the only address is taken ($KIND)" connect pc2 office
	cause "no address is left ($KIND)" l2tp-full 17 6 office
	check "the other one leaves ($KIND)" disconnect pc2 office
	well "with a free address ($KIND)"
}

# misled NAME TEXT ID CODE SECONDS PROFILE: the emulator errs in this way. It knows a client again, hence a new one.
misled()
{
	restart misbehave="$1"
	cause "${@:2}"
}

own()
{
	misled phase1-cipher "an algorithm that wasn't offered" not-offered 14 3 office
	misled silent-message-4 "no key exchange" phase1-stalled 14 12 office
	misled silent-message-6 "no answer to the proof of our key" psk-wrong 15 8 office
	misled silent-sccrp "L2TP silent behind ESP that passes" l2tp-silent 17 24 office
	misled sccrp-unknown-mandatory "L2TP against the protocol" l2tp-protocol 17 3 office
	restart secret=ninohashi challenges=yes
	cause "tunnel authentication ($KIND)" l2tp-authentication 17 3 office
	cause "another secret ($KIND)" l2tp-secret-wrong 17 3 secret
	restart redirect=127.0.0.1
	cause "a gateway that sends us to our own machine" l2tp-refused 17 3 office
	misled silent-quick-mode "no answer in phase 2" phase2-silent 16 12 ephemeral
}

# What pppd behind a gateway of packages can be set to.
ppp_alone()
{
	restart client_port=1701
	cause "a port that the gateway doesn't want ($KIND)" phase2-identity-refused 16 3 ephemeral
	restart ppp_extra=noip
	cause "no IP from the gateway ($KIND)" ppp-no-address 18 20 no6 'knows no IPCP'
	restart
	printf '#!/bin/sh\nexec sleep 60\n' >"$(node_path gw /run/mute-pppd)"
	chmod 755 "$(node_path gw /run/mute-pppd)"
	on gw mount --bind /run/mute-pppd /usr/sbin/pppd
	cause "a gateway whose PPP is mute ($KIND)" ppp-silent 18 24 office
	on gw umount /usr/sbin/pppd
}

scenario_causes_tunnel()
{
	local KIND
	local quiet=ipv4.ignore-auto-dns=true
	profile pc1 office $quiet
	profile pc2 office $quiet user=hanako password=naisho
	profile pc1 badpassword $quiet password=wrong
	profile pc1 baduser $quiet user=jiro
	profile pc1 mppe $quiet require-mppe=yes
	profile pc1 nopap $quiet refuse-pap=yes
	profile pc1 secret $quiet l2tp-secret=other
	profile pc1 ephemeral $quiet l2tp-source-port=ephemeral
	profile pc1 no6 $quiet ipv6.method=ignore
	profile pc1 direct $quiet gateway="$DIRECT"
	for KIND in strongswan libreswan; do
		restart
		esp_in_udp
		ppp
		l2tp
	done
	KIND=emulator
	restart
	esp_in_udp
	own
	restart
	ppp
	KIND=strongswan
	ppp_alone
	plain_esp
}
