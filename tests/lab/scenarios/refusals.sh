# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: bad profiles, missing parts, wrong secrets: one sentence, a remedy, an exit code, no trace
# seconds: 55
# checks: 65

# exits TEXT CODE COMMAND...: the exit code; what was said is kept in $OUT/said.
exits()
{
	check_exit "$@"
	cp "$LAB/output" "$OUT/said"
}

# refused TEXT CODE WORD... -- COMMAND...: exit code, words in the message, and no trace on pc1.
refused()
{
	local text=$1 code=$2 words=()
	shift 2
	while [[ $1 != -- ]]; do
		words+=("$1")
		shift
	done
	shift
	exits "$text" "$code" "$@"
	check "$text: says so" file_has "$OUT/said" "${words[@]}"
	snapshot pc1 "$OUT/now"
	check "$text: no trace" same_snapshot "$OUT/before" "$OUT/now"
}

profiles()
{
	local dir
	dir=$(node_path pc1 /etc/tsunagu)
	refused "a missing profile" 3 'no such profile' -- connect pc1 nothing
	refused "a NAME that is a path outside" 3 profile -- connect pc1 ../../etc/passwd
	: >"$dir/office.nmconnection"
	refused_edit "an empty profile" 3 gateway
	printf '[vpn]\ngateway=\x01evil\n' >"$dir/office.nmconnection"
	refused_edit "a control character" 3 gateway
	printf '[vpn]\ngateway=198.51.100.2\nmtu=many\n' >"$dir/office.nmconnection"
	refused_edit "a wrong type" 3 mtu
	profile pc1 office
	chmod 644 "$dir/office.nmconnection"
	refused_edit "a world-readable profile" 3 'chmod 600'
	profile pc1 office no-such-key=1
	exits "an unknown key is no error" 0 on pc1 tsunagu check office
	check "but is named" file_has "$OUT/said" no-such-key
	profile pc1 office
}

# As refused, for a profile that was changed on purpose: it is part of the state before.
refused_edit()
{
	snapshot pc1 "$OUT/before"
	refused "$1" "$2" "$3" -- connect pc1 office
}

machine()
{
	profile pc1 office
	snapshot pc1 "$OUT/before"
	refused "not root" 4 privilege -- on pc1 perl -e '$> = $< = 65534; exec @ARGV' \
		tsunagu connect /etc/tsunagu/office.nmconnection
	on pc1 mount -t tmpfs -o ro none /run
	exits "a read-only /run" 5 connect pc1 office
	check "a read-only /run: says so" file_has "$OUT/said" /run
	on pc1 umount /run
	on pc1 mount -t tmpfs -o size=4k none /run
	on pc1 bash -c 'cat /dev/zero >/run/full 2>/dev/null' || true
	exits "a full /run" 5 connect pc1 office
	check "a full /run: says so" file_has "$OUT/said" /run
	on pc1 umount /run
	snapshot pc1 "$OUT/now"
	check "/run: no trace" same_snapshot "$OUT/before" "$OUT/now"
	on pc1 mount --bind /dev/null /usr/sbin/pppd
	exits "pppd missing" 5 connect pc1 office
	check "pppd missing: names the package" file_has "$OUT/said" 'package ppp'
	on pc1 umount /usr/sbin/pppd
	snapshot pc1 "$OUT/now"
	check "pppd missing: no trace" same_snapshot "$OUT/before" "$OUT/now"
}

# without_module MODULE...: gone, and not to be loaded again. with_modules MODULE...: there again.
without_modules()
{
	local module
	for module; do
		echo "install $module /bin/false"
	done >/etc/modprobe.d/lab-refusals.conf
	rmmod "$@"
}

with_modules()
{
	rm /etc/modprobe.d/lab-refusals.conf
	modprobe -a "$@"
}

kernel()
{
	gateway_stop
	on pc1 ip xfrm state flush
	ip xfrm state flush
	without_modules l2tp_ppp
	refused "a kernel without PPP over L2TP" 5 l2tp_ppp /etc/modprobe.d -- connect pc1 office
	exits "check without PPP over L2TP" 5 on pc1 tsunagu check
	check "check names the module" file_has "$OUT/said" l2tp_ppp
	with_modules l2tp_ppp
	without_modules esp4
	gateway_start esp=aes256-sha1! || true
	exits "check without ESP" 5 on pc1 tsunagu check
	check "check names that module" file_has "$OUT/said" esp4
	with_modules esp4
	gateway_stop
	gateway_start
}

gateways()
{
	profile pc1 nowhere gateway=no-such-host.invalid
	profile pc1 silent gateway=198.51.100.99
	profile pc1 badkey psk='another key'
	profile pc1 badpassword password=wrong
	profile pc1 office
	snapshot pc1 "$OUT/before"
	refused "a name that doesn't resolve" 10 'does not resolve' -- connect pc1 nowhere
	refused "a silent gateway" 12 'UDP 500' -- connect pc1 silent
	refused "a wrong pre-shared key" 15 'pre-shared key' -- connect pc1 badkey
	refused "a wrong password" 19 password -- connect pc1 badpassword
	forward_remove 4500
	refused "a forgotten forward of UDP 4500" 13 'UDP 4500' -- connect pc1 office
	forward_restore 4500
	on pc1 ip route del default
	check_exit "no route" 11 connect pc1 office
	on pc1 ip route add default via 192.168.10.1
	must "with all that put right it connects" connect pc1 office
	check_exit "a second connect of the same name" 6 connect pc1 office
	check "does no harm" ping_office pc1
	check "disconnects" disconnect pc1 office
	check_exit "a second disconnect" 7 disconnect pc1 office
	snapshot pc1 "$OUT/now"
	check "no trace" same_snapshot "$OUT/before" "$OUT/now"
}

scenario_refusals()
{
	gateway_start
	profile pc1 office
	# Loads the modules, which stay.
	must "connects" connect pc1 office
	must "disconnects" disconnect pc1 office
	# mount makes a folder of its own there, which is no trace of ours.
	on pc1 mkdir -p /run/mount
	snapshot pc1 "$OUT/before"
	profiles
	machine
	kernel
	gateways
	check "the kernel's parts are all found" on pc1 tsunagu check
	check "the profile is found good" on pc1 tsunagu check office
	check "profiles are listed" has "$(on pc1 tsunagu list)" office badkey
}
