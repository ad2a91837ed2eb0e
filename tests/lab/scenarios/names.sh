# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: name servers by resolvconf, file and systemd-resolved: set, used, restored; the gateway by name
# seconds: 80
# checks: 64

# uplink_dns [ADDRESS]: the branch's name server says that vpn.office.test is there; without one it is down.
uplink_dns()
{
	[[ -z ${BACKGROUND[uplink-dns]:-} ]] || background_stop uplink-dns TERM || true
	[[ -n ${1:-} ]] || return 0
	in_background uplink-dns napt perl /lab/guest/dns.pl "$1"
	wait_log "$OUT/uplink-dns.log" ready
}

# What a program on pc1 makes of a name of the office's.
finds_office()
{
	local found
	found=$(on pc1 getent ahostsv4 www.office.test) || true
	has "$found" "$SERVER"
}

# The file that stands there, whether a link, which inode, and what a reader finds.
names_state()
{
	on pc1 bash -c 'stat -c "%F %i %a %N" /etc/resolv.conf; cat /etc/resolv.conf; ls -A /etc | grep resolv'
}

restored()
{
	names_state >"$OUT/names-after" 2>&1
	diff "$OUT/names-before" "$OUT/names-after"
}

# kill_client: as if it had crashed; pppd follows it.
kill_client()
{
	on pc1 pkill -KILL -x tsunagu
	wait_for 5 on pc1 bash -c '! pgrep -x pppd'
}

# set_and_restored TEXT: by whatever way pc1 has at the moment.
set_and_restored()
{
	names_state >"$OUT/names-before" 2>&1
	must "$1: connects" connect pc1 office
	cp "$LAB/output" "$OUT/said"
	# openresolv may take longer here than a connection waits for.
	check "$1: set, or not yet" lacks "$(sed '/no answer for/d' "$OUT/said")" "can't be set"
	check "$1: names of the office work" wait_for 30 finds_office
	check "$1: disconnects" disconnect pc1 office
	check "$1: restored" restored
	must "$1: connects again" connect pc1 office
	kill_client
	check "$1: after a crash it is cleaned up" disconnect pc1 office
	check "$1: and restored" restored
}

by_resolvconf()
{
	on pc1 bash -c 'echo nameserver 192.168.10.1 | resolvconf -a eth0.dhcp'
	set_and_restored resolvconf
	# One that takes its time: the connection doesn't.
	printf '#!/bin/sh\nsleep 3\n' >"$(node_path pc1 /run/slow)"
	chmod 755 "$(node_path pc1 /run/slow)"
	on pc1 mount --bind /run/slow /usr/sbin/resolvconf
	must "a slow resolvconf: it is up all the same" connect pc1 office
	cp "$LAB/output" "$OUT/said"
	check "a slow resolvconf: said" file_has "$OUT/said" "no answer for 2 s"
	check "a slow resolvconf: disconnects" disconnect pc1 office
	on pc1 umount /usr/sbin/resolvconf
	on pc1 resolvconf -d eth0.dhcp
}

# A file that can't be written for a while, after a crash.
not_taken_back()
{
	must "what can't be taken back: connects" connect pc1 office
	kill_client
	on pc1 bash -c 'mount --bind /etc /etc && mount -o remount,bind,ro /etc'
	check_exit "what can't be taken back is told" 5 disconnect pc1 office
	cp "$LAB/output" "$OUT/said"
	check "by its name" file_has "$OUT/said" "left behind can't all be taken back" 'its record is kept'
	on pc1 umount /etc
	check "and is taken back as soon as it can be" disconnect pc1 office
	check "all of it" restored
}

by_file()
{
	on pc1 mount --bind /dev/null /usr/sbin/resolvconf
	on pc1 bash -c 'echo nameserver 192.168.10.1 >/run/uplink.conf
		rm -f /etc/resolv.conf; ln -s /run/uplink.conf /etc/resolv.conf'
	set_and_restored "plain file"
	not_taken_back
	profile pc1 own ipv4.ignore-auto-dns=true ipv4.dns="192.168.100.10;192.168.100.11" \
		ipv4.dns-search="office.test;branch.test" ipv4.route1=192.168.100.0/25
	must "own servers: connects" connect pc1 own
	check "own servers and domains alone" has "$(on pc1 cat /etc/resolv.conf)" \
		$'own\n#' $'.\nnameserver 192.168.100.10\nnameserver 192.168.100.11\nsearch office.test branch.test'
	must "a second connection is one" connect pc1 office
	cp "$LAB/output" "$OUT/said"
	check "a second connection: told whose they are" file_has "$OUT/said" 'the connection own'
	check "a second connection: disconnects" disconnect pc1 office
	check "own servers: disconnects" disconnect pc1 own
	check "own servers: restored" restored
	on pc1 bash -c 'rm /etc/resolv.conf; touch /etc/resolv.conf; mount --bind /run/uplink.conf /etc/resolv.conf'
	must "a mounted file: connects" connect pc1 office
	cp "$LAB/output" "$OUT/said"
	check "a mounted file: said" file_has "$OUT/said" 'mounted there'
	check "a mounted file: disconnects" disconnect pc1 office
	on pc1 umount /etc/resolv.conf
}

# has_events COUNT TEXT: so many lines of what the connection told have it, at least.
has_events()
{
	(($(grep -c "$2" "$OUT/named.log") >= $1))
}

# asked_in_vain: the branch's name server has not heard several questions.
asked_in_vain()
{
	[[ $(on napt iptables-legacy -w -nvxL INPUT) =~ \ ([0-9]+)\ +[0-9]+\ DROP ]] && ((BASH_REMATCH[1] >= 3))
}

# without_names TEXT COUNT [EVENT]: gateway and uplink are others when nobody knows its name; that is the COUNTth
# repair.
without_names()
{
	gateway_kill
	uplink_change pc1
	[[ -z ${3:-} ]] || wait_for 20 "$3"
	gateway_again
	check "$1: repaired" wait_for 20 has_events "$2" '"repaired":{'
}

# named_up [KEY=VALUE...]: connects by the name, which the server in the tunnel answers otherwise.
named_up()
{
	profile pc1 named gateway=vpn.office.test "$@"
	in_background named pc1 tsunagu connect named --foreground --json
	must "by name: connects" wait_log "$OUT/named.log" '"event":"up"' 20
}

named_down()
{
	check "by name: disconnects" disconnect pc1 named
	check_exit "by name: in good order" 0 background_wait named
}

# Everything goes into the tunnel, and into nothing while it is repaired: the question for the name goes beside.
by_name()
{
	on pc1 bash -c 'rm -f /etc/resolv.conf; echo nameserver 192.168.10.1 >/etc/resolv.conf'
	named_up full=yes
	in_background traffic pc1 ping -q -i 0.2 -c 1000 "$SERVER"
	gateway_kill
	uplink_dns "$DIRECT"
	gateway_start placement=direct
	check "the name leads elsewhere: followed" wait_for 40 has_events 1 '"repaired":{'
	check "the name leads elsewhere: the office answers" ping_office pc1
	check "asked of the branch's server" file_has "$OUT/uplink-dns.log" vpn.office.test
	check "never through the tunnel" lacks "$(<"$LAB/node/lan/dns.log")" vpn.office.test
	background_stop traffic || true
	named_down
	named_up
	on napt iptables-legacy -w -I INPUT -p udp --dport 53 -j DROP
	without_names "a silent name server" 1 asked_in_vain
	on napt iptables-legacy -w -D INPUT -p udp --dport 53 -j DROP
	uplink_dns
	without_names "no name server" 2
	check "the office answers" ping_office pc1
	named_down
}

resolved_start()
{
	on pc1 bash -c '
		grep -q ^messagebus: /etc/passwd || echo messagebus:x:990:990::/:/usr/sbin/nologin >>/etc/passwd
		grep -q ^messagebus: /etc/group || echo messagebus:x:990: >>/etc/group
		echo systemd-resolve:x:991:991::/:/usr/sbin/nologin >>/etc/passwd
		echo systemd-resolve:x:991: >>/etc/group
		mkdir -p /run/dbus /run/systemd/resolve
		chown systemd-resolve: /run/systemd/resolve
		exec dbus-daemon --system --fork --nopidfile'
	spawn pc1 /lib/systemd/systemd-resolved >"$OUT/resolved.log" 2>&1 3>&- &
	wait_for 20 on pc1 busctl --system call org.freedesktop.resolve1 /org/freedesktop/resolve1 \
		org.freedesktop.DBus.Peer Ping
	on pc1 resolvectl dns eth0 192.168.10.1
	on pc1 ln -sf /run/systemd/resolve/stub-resolv.conf /etc/resolv.conf
}

# link_says WORD...: what resolved has for ppp0.
link_says()
{
	has "$(on pc1 bash -c 'resolvectl dns ppp0; resolvectl domain ppp0; resolvectl default-route ppp0')" "$@"
}

by_resolved()
{
	resolved_start
	set_and_restored systemd-resolved
	profile pc1 own ipv4.ignore-auto-dns=true ipv4.dns=192.168.100.10 ipv4.dns-search="office.test;~branch.test"
	must "resolved, own servers: connects" connect pc1 own
	check "resolved, own servers: told of the link alone" link_says '192.168.100.10' 'office.test ~branch.test' ': no'
	check "resolved, own servers: names work" finds_office
	check "resolved, own servers: disconnects" disconnect pc1 own
	profile pc1 full full=yes
	must "resolved, everything: connects" connect pc1 full
	check "resolved, everything: names, too" link_says '~.' ': yes'
	check "resolved, everything: names work" finds_office
	check "resolved, everything: disconnects" disconnect pc1 full
	check "resolved, everything: restored" restored
}

scenario_names()
{
	gateway_start
	lan_dns
	uplink_dns "$OFFICE"
	profile pc1 office
	by_resolvconf
	by_file
	by_name
	gateway_restart
	uplink_dns "$OFFICE"
	by_resolved
}
