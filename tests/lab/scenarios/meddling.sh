# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: routing beside others: who removes our rules, firewalld's path filter, a gateway that advertises
# seconds: 45
# checks: 40

gw_ppp()
{
	on gw ip -o link | sed -nE 's/^[0-9]+: (ppp[0-9]+):.*/\1/p' | head -n 1
}

has_link6()
{
	has "$(on pc1 ip -6 address show dev ppp0)" fe80: && has "$(on gw ip -6 address show dev "$(gw_ppp)")" fe80:
}

has_global6()
{
	has "$(on pc1 ip -6 address show dev ppp0)" fd00:200:
}

# In the main table PPP's interface has its link-local address, and in a full tunnel the default route behind all others.
only_link_local()
{
	local rest
	rest=$(on pc1 ip -6 route show table main dev ppp0 | grep -v -e '^fe80:' -e '^default.* metric 2147483647 ') || true
	[[ -z $rest ]] || { echo "$rest"; return 1; }
}

# advertised TEXT: the gateway claims the internet to be on the link.
advertised()
{
	wait_for 10 has_link6
	# It doesn't believe in its own.
	on gw sysctl -q -w "net.ipv6.conf.$(gw_ppp).accept_ra=0"
	on gw perl /lab/guest/ra.pl "$(gw_ppp)" fd00:200:: 2000:: 3
	check "$1: an address is taken" wait_for 10 has_global6
	check "$1: and no route" wait_for 5 only_link_local
}

rules_of()
{
	on pc1 ip rule
	on pc1 ip -6 rule
	on pc1 ip route show table all proto 117
}

same_rules()
{
	diff -u "$OUT/rules" <(rules_of)
}

told()
{
	file_has "$(node_path pc1 "/var/log/tsunagu/$1.log")" 'another program has removed'
}

# How often since the scenario began.
times_told()
{
	grep -c 'another program has removed' "$(node_path pc1 "/var/log/tsunagu/$1.log")" || true
}

# flushed PROFILE: somebody tidies up, and leaves of rules and routes what he knows.
flushed()
{
	local profile=$1
	must "$profile: connects" connect pc1 "$profile"
	rules_of >"$OUT/rules"
	# What they have listed may be back by the time they delete it, in another place: then they stop with an error.
	on pc1 ip rule flush || true
	on pc1 ip -6 rule flush || true
	on pc1 ip route flush table all proto 117 || true
	on pc1 ip rule add priority 32766 lookup main
	on pc1 ip rule add priority 32767 lookup default
	on pc1 ip -6 rule add priority 32766 lookup main
	check "$profile: rules and routes stand again, in their order" wait_for 5 same_rules
	check "$profile: the user is told" told "$profile"
	check "$profile: the office answers" ping_office pc1
}

# The kernel takes IPv4's routes with a link that goes down, and says so of the link alone.
down_and_up()
{
	local profile=$1 link before
	must "$profile: connects" connect pc1 "$profile"
	before=$(times_told "$profile")
	link=$(on pc1 ip -oneline link show type ppp | grep -o 'ppp[0-9]*' | head -n 1)
	rules_of >"$OUT/rules"
	on pc1 ip link set "$link" down
	check "$profile: the link is down, its routes gone" lacks "$(rules_of)" "dev $link"
	on pc1 ip link set "$link" up
	check "$profile: up again, its routes stand" wait_for 5 same_rules
	check "$profile: the office answers by them" ping_office pc1
	check "$profile: and no other program is accused of it" test "$(times_told "$profile")" = "$before"
}

# open_files NUMBER: so many descriptors the connection may have; those that it has it keeps.
open_files()
{
	on pc1 bash -c "prlimit --nofile=$1: --pid \$(pgrep -xo tsunagu)"
}

# What can't be put back for a while isn't kept to itself, and comes back.
not_put_back()
{
	local log
	log=$(node_path pc1 /var/log/tsunagu/office.log)
	must "no room for what was removed: connects" connect pc1 office
	rules_of >"$OUT/rules"
	: >"$log"
	open_files 4
	on pc1 ip route flush table all proto 117 || true
	check "no room for what was removed: the user is told" wait_log "$log" "can't be put back"
	check "no room for what was removed: it isn't there" differs
	open_files 256
	check "no room for what was removed: it comes back when there is" wait_for 10 same_rules
	must "no room for what was removed: disconnects" disconnect pc1 office
}

differs()
{
	! same_rules
}

# As firewalld has it for IPv6: advertisements and solicitations, and what comes by the way back to its sender.
path_filter()
{
	on pc1 ip6tables-legacy-restore <<-END
	*raw
	-A PREROUTING -p icmpv6 --icmpv6-type 134 -j ACCEPT
	-A PREROUTING -p icmpv6 --icmpv6-type 135 -j ACCEPT
	-A PREROUTING -m rpfilter --validmark --invert -j DROP
	COMMIT
	END
}


scenario_meddling()
{
	network_ipv6
	on napt ip address add fe80::1/64 dev br0 nodad
	on pc1 ip -6 route replace default via fe80::1 dev eth0
	gateway_start placement=direct ipv6=yes
	profile pc1 office gateway="$DIRECT" ipv6.method=auto
	profile pc1 everything gateway="$DIRECT" full=yes
	profile pc1 six gateway="$DIRECT6" full=yes ipv6.method=auto

	must "a split tunnel: connects" connect pc1 office
	advertised "a split tunnel"
	check "a split tunnel: the internet is where it was" has "$(on pc1 ip -6 route get 2001:db8:203::1)" 'dev eth0'
	must "a split tunnel: disconnects" disconnect pc1 office

	path_filter
	must "a path filter, and the gateway by IPv6: connects" connect pc1 six
	on pc1 ip -6 neigh flush dev eth0
	check "a path filter: its packets come in" ping_office pc1 20
	advertised "a full tunnel"
	check "a full tunnel: who sends to the gateway goes into it" has "$(on pc1 ip -6 route get "$DIRECT6" || true)" ppp0
	check "a full tunnel: it goes on, though the gateway's address is in the prefix" ping_office pc1 20
	check "a full tunnel: the same connection" lacks "$(<"$(node_path pc1 /var/log/tsunagu/six.log)")" repair
	must "a full tunnel: disconnects" disconnect pc1 six

	flushed office
	must "office: disconnects" disconnect pc1 office
	down_and_up office
	must "office: disconnects once more" disconnect pc1 office
	not_put_back
	flushed everything
	must "everything: disconnects" disconnect pc1 everything
	down_and_up everything
	must "everything: disconnects once more" disconnect pc1 everything
}
