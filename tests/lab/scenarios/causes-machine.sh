# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: what is wrong with this machine, the profile or the way out: identifier, exit code, in time
# seconds: 55
# checks: 95
# userlands: bookworm trixie

profiles()
{
	local dir
	dir=$(node_path pc1 /etc/tsunagu)
	cause "no profile" profile-missing 3 2 nothing
	printf '[vpn]\ngateway=198.51.100.2\nmtu=many\n' >"$dir/wrong.nmconnection"
	chmod 600 "$dir/wrong.nmconnection"
	cause "a wrong profile" profile-invalid 3 2 wrong
	profile pc1 open
	chmod 644 "$dir/open.nmconnection"
	cause "a profile that others read" profile-unsafe 3 2 open 'chmod 600'
	mkdir "$dir/folder.nmconnection"
	cause "a folder in its place" profile-unreadable 3 2 folder
	profile pc1 keyless psk=
	cause "no key" secret-missing 3 2 keyless
	profile pc1 elsewhere ipsec-psk-file=/etc/tsunagu/nothing psk=
	cause "a key's file that isn't there" secret-unreadable 3 2 elsewhere
}

way()
{
	profile pc1 nowhere gateway=no-such-host.invalid
	cause "a name that doesn't resolve" name-not-resolved 10 10 nowhere
	on pc1 ip route del default
	cause "no route" no-route 11 2 office
	on pc1 ip route add default via 192.168.10.1
	on pc1 ip link set eth0 down
	cause "no link" no-link 11 2 office
	on pc1 ip link set eth0 up
	on pc1 ip route add default via 192.168.10.1
	profile pc1 closed gateway=203.0.113.1
	cause "a host without IPsec" udp500-refused 12 3 closed ICMP
	on pc1 iptables-legacy -w -I OUTPUT -p udp -m multiport --dports 500,4500 -j DROP
	cause "this machine's firewall" local-firewall 5 11 office
	on pc1 iptables-legacy -w -D OUTPUT -p udp -m multiport --dports 500,4500 -j DROP
}

# in_place_of PATH COMMAND...: with a program there that only fails.
in_place_of()
{
	local path=$1
	shift
	printf '#!/bin/sh\nexit 2\n' >"$(node_path pc1 /run/failing)"
	chmod 755 "$(node_path pc1 /run/failing)"
	on pc1 mount --bind /run/failing "$path"
	"$@"
	on pc1 umount "$path"
}

# altered PATH SED COMMAND...: with another one in its place, in which octets are others, and none is more or less.
altered()
{
	local path=$1 copy
	copy=$(node_path pc1 "/run/${path##*/}")
	sed "$2" "$path" >"$copy"
	chmod 755 "$copy"
	shift 2
	on pc1 mount --bind "/run/${path##*/}" "$path"
	"$@"
	on pc1 umount "$path"
}

# checked TEXT WORD...: check says so, and a profile that asks for nothing special connects.
checked()
{
	local text=$1
	shift
	on pc1 tsunagu check >"$OUT/checked" || true
	check "$text: check says so" file_has "$OUT/checked" 'lacking  pppd' "$@"
	well "$text"
}

# Built without something, or with a plugin that isn't for it.
lesser_pppds()
{
	local plugin
	plugin=$(echo /usr/lib/pppd/*/tsunagu.so)
	profile pc1 demands require-mppe=yes
	altered /usr/sbin/pppd 's/require-mppe-128/REQUIRE-MPPE-128/' lesser_mppe
	altered /usr/sbin/pppd 's/need-peer-eap/NEED-PEER-EAP/' checked "a pppd without EAP-TLS" 'without EAP-TLS'
	on pc1 mount --bind /dev/null "$plugin"
	checked "without our plugin" 'without tsunagu.so'
	on pc1 umount "$plugin"
	altered "$plugin" 's/pppd 2\.[0-9.]*/pppd 2.4.5/' \
		checked "our plugin for another pppd" 'tsunagu.so is for another version'
}

lesser_mppe()
{
	cause "a pppd without MPPE" pppd-lacking 5 2 demands 'knows no MPPE'
	checked "a pppd without MPPE" 'without MPPE'
}

programs()
{
	on pc1 mount --bind /dev/null /usr/sbin/pppd
	cause "no pppd" pppd-missing 5 2 office
	on pc1 umount /usr/sbin/pppd
	on pc1 mount -t tmpfs none /usr/lib/pppd
	cause "a pppd without its plugins" pppd-missing 5 2 office 'no plugin pppol2tp.so in /usr/lib/pppd/'
	on pc1 umount /usr/lib/pppd
	altered /usr/sbin/pppd 's|/usr/lib/pppd/2[.0-9]*|/usr/lib/pppd/2.4.5|' \
		cause "a pppd that is too old" pppd-lacking 5 2 office 'older than 2.4.7'
	lesser_pppds
	in_place_of /usr/sbin/pppd cause "a pppd that fails" pppd-failed 5 6 office
	profile pc1 names
	in_place_of /usr/sbin/resolvconf check "a resolvconf that fails is no reason to end" \
		connect pc1 names
	cp "$LAB/output" "$OUT/said"
	check "but is named" file_has "$OUT/said" "name servers can't be set up" 'exit status 2'
	check "which disconnects" disconnect pc1 names
}

# In the middle of an attempt, and when nobody answers at the control socket.
processes()
{
	profile pc1 silent gateway=198.51.100.99
	in_background attempt pc1 tsunagu connect silent --json
	wait_log "$OUT/attempt.log" '"state":"phase1"'
	check_exit "ended by the user: exit code" 21 background_stop attempt
	check "ended by the user: interrupted" names_cause "$OUT/attempt.log" interrupted
	must "it connects" connect pc1 office
	on pc1 pkill -STOP -x tsunagu
	check_exit "a process that hangs: exit code" 1 on pc1 tsunagu status office
	cp "$LAB/output" "$OUT/said"
	check "a process that hangs: says so" file_has "$OUT/said" 'does not answer'
	on pc1 pkill -CONT -x tsunagu
	check "and when it goes on, disconnects" disconnect pc1 office
}

machine()
{
	programs
	processes
	on pc1 mount -t tmpfs -o ro none /run
	cause "a read-only /run" run-directory 5 2 office
	on pc1 umount /run
	gateway_stop
	on pc1 ip xfrm state flush
	echo 'install l2tp_ppp /bin/false' >/etc/modprobe.d/lab-causes.conf
	rmmod l2tp_ppp
	cause "a module that is forbidden" kernel-blacklisted 5 3 office /etc/modprobe.d
	rm /etc/modprobe.d/lab-causes.conf
	modprobe l2tp_ppp
	# Attempts that end for this machine's sake stay half-open there; more than five within half a minute and it's silent.
	gateway_start half_open=100
	must "it connects" connect pc1 office
	cause "twice" already-running 6 2 office
	check "disconnects" disconnect pc1 office
	check_exit "and twice" 7 disconnect pc1 office
	cp "$LAB/output" "$OUT/said"
	check "not-running" file_has "$OUT/said" 'does not run'
}

scenario_causes_machine()
{
	gateway_start half_open=100
	profile pc1 office ipv4.ignore-auto-dns=true
	well "all is well"
	profiles
	way
	machine
}
