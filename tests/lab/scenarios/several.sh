# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: several connections of one PC at once, to one gateway and to two; one full tunnel; Windows' class route
# seconds: 35
# checks: 39

# leads ADDRESS WORD: by what it is reached now.
leads()
{
	has "$(on pc1 ip route get "$1" 2>&1)" "$2"
}

# ping_second [OPTION...]: the other office's server, which nobody else has; every packet answered.
ping_second()
{
	answers pc1 5 "$@" "$SECOND_SERVER"
}

# is_lost NAME: and being repaired.
is_lost()
{
	[[ $(on pc1 tsunagu status "$1") == *reconnecting* ]]
}

# Two offices with a key, a user and networks of their own.
two_offices()
{
	second_office
	second_gateway_start psk='naisho no kagi 2' users=jiro:angou
	profile pc1 far gateway="$SECOND" psk='naisho no kagi 2' user=jiro password=angou ipv4.route1=192.168.200.0/24
	must "two offices: one connects" connect pc1 office
	must "the other beside it" connect pc1 far
	check "the one answers" ping_office pc1
	check "the other" ping_second
	check "each by an interface of its own" leads "$SERVER" ppp0
	check "and the other" leads "$SECOND_SERVER" ppp1
	in_background meanwhile pc1 ping -i 0.05 -c 60 -w 20 "$SERVER"
	check "one ends" disconnect pc1 far
	check_fails "and is out of reach" ping_second -w 1
	background_wait meanwhile || true
	check "the other lost no packet by that" none_lost "$OUT/meanwhile.log"
	must "it is there again" connect pc1 far
	in_background work pc1 ping -q -i 0.2 "$SERVER"
	gateway_kill
	check "the first one's gateway dies, which is noticed" wait_for 15 is_lost office
	check "the second answers" ping_second
	background_stop work || true
	must "both end" disconnect pc1 --all
	check "no policy is left" test -z "$(on pc1 ip xfrm policy)"
}

scenario_several()
{
	gateway_start
	on gw ip address add 10.20.0.1/24 dev lo
	profile pc1 office
	profile pc1 branch user=hanako password=naisho ipv4.route1=10.20.0.0/24
	profile pc1 whole full=yes
	profile pc1 second full=yes gateway="$DIRECT"
	profile pc1 class class-based-route=yes ipv4.route1=10.40.0.0/24
	must "the first connects" connect pc1 office
	must "another user's to the same gateway" connect pc1 branch
	check "the first is used" ping_office pc1
	check "the second" on pc1 ping -c 2 -i 0.1 -W 5 10.20.0.1
	check "the rest goes its way" leads 8.8.8.8 eth0
	must "with a full tunnel beside them" connect pc1 whole
	check "that takes the rest" leads 8.8.8.8 ppp2
	check "the split ones keep theirs" leads 10.20.0.1 ppp1
	check "and work" on pc1 ping -c 2 -i 0.1 -W 5 10.20.0.1
	cause "a second full tunnel is refused" other-full-tunnel 6 3 second whole
	check "which costs the first one nothing" leads 8.8.8.8 ppp2
	must "disconnects the full one" disconnect pc1 whole
	must "disconnects one of the others" disconnect pc1 branch
	check "the first is still there" ping_office pc1
	check "its networks go their way again" leads 10.20.0.1 eth0
	must "disconnects the rest" disconnect pc1 --all
	check "no rule is left" lacks "$(on pc1 ip rule)" fwmark
	check "no policy either" test -z "$(on pc1 ip xfrm policy)"

	must "class-based route: connects" connect pc1 class
	check "the network of the address, by its class" ping_office pc1
	check "and no more" leads 192.168.101.1 eth0
	must "disconnects" disconnect pc1 class
	two_offices
}
