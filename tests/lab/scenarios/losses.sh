# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: one message of PPP lost, each in turn, at a gateway that repeats nothing
# seconds: 40
# checks: 28
# userlands: bookworm trixie
# processor: waits

# drop_first OCTETS: the gateway's first PPP frame with these octets (protocol and code) is lost. It is seen before
# ESP takes it; gateways repeat it after three seconds, and this one after a minute.
drop_first()
{
	on gw iptables-legacy -w -I OUTPUT -p udp --sport 1701 -m string --algo bm --hex-string "|$1|" \
		-m statistic --mode nth --every 100000 --packet 0 -j DROP
}

# dropped: how many packets that were.
dropped()
{
	on gw iptables-legacy -w -nvxL OUTPUT | awk '/DROP/ { n += $1 } END { print n + 0 }'
}

attempt()
{
	connect pc1 office --verbose --json >"$OUT/office.log"
}

# lost TEXT OCTETS: connects all the same, by the first means of those there are.
lost()
{
	local text=$1 octets=$2
	drop_first "$octets"
	check "$text lost: connects" attempt
	check "$text lost: that one" test "$(dropped)" -eq 1
	check "$text lost: by the same call" lacks "$(<"$OUT/office.log")" 'calling once more'
	check "$text lost: the office answers" ping_office pc1
	on gw iptables-legacy -w -F OUTPUT
	disconnect pc1 office
}

scenario_losses()
{
	# Whoever waits for the gateway waits longer than an attempt lasts.
	gateway_start ppp_extra='lcp-restart 60;chap-restart 60;ipcp-restart 60'
	profile pc1 office ipv4.ignore-auto-dns=true
	lost "the gateway's Configure-Request of LCP" c02101
	lost "its Configure-Ack of LCP" c02102
	lost "its Challenge" c22301
	lost "its Success" c22303
	lost "its Configure-Request of IPCP" 802101
	lost "its Configure-Nak of IPCP" 802103
	lost "its Configure-Ack of IPCP" 802102
}
