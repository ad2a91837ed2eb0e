# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: a real systemd keeps the connection up by the installed, confined unit, and everything is undone at its end
# seconds: 40
# checks: 40
# userlands: bookworm trixie

# The units in force: the installed one, and nothing of a machine's own start.
manager_units()
{
	local dir unit
	dir=$(node_path pc1 /run/lab-units)
	mkdir -p "$dir/tsunagu@.service.d"
	cp /usr/lib/systemd/system/{tsunagu@,modprobe@}.service "$dir/"
	for unit in lab multi-user sysinit basic shutdown network; do
		printf '[Unit]\nDescription=The lab: %s\nDefaultDependencies=no\n' "$unit" >"$dir/$unit.target"
	done
	# Credentials, one plain and one encrypted, as in the manual; without a journal, and in haste.
	printf '%s\n' '[Service]' LoadCredential=office.psk \
		LoadCredentialEncrypted=office.password:/etc/credstore.encrypted/office.password \
		StandardOutput=append:/run/service.log StandardError=inherit RestartSec=1 >"$dir/tsunagu@.service.d/lab.conf"
}

# manager_start TARGET: systemd as the first process of a pid namespace in pc1, with a cgroup tree of its own.
manager_start()
{
	manager_units
	# shellcheck disable=SC2016
	in_background systemd pc1 bash -c '
		mountpoint -q /sys/fs/cgroup || mount -t cgroup2 none /sys/fs/cgroup &&
		mkdir -p /sys/fs/cgroup/pc1 && echo $$ >/sys/fs/cgroup/pc1/cgroup.procs || exit
		exec unshare --mount --pid --fork --cgroup --kill-child bash -c "
			mount --make-rshared / && mount -t proc none /proc && umount /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup || exit
			exec env -i container=lab PATH=/usr/sbin:/usr/bin SYSTEMD_GENERATOR_PATH=/nonexistent \
				SYSTEMD_UNIT_PATH=/run/lab-units \
				/usr/lib/systemd/systemd --system --unit=$1 --log-target=console --show-status=no"
		' - "$1"
	wait_for 20 manager_answers
}

# manager COMMAND ARG...: beside systemd, which believes only whom it sees.
manager()
{
	local pid
	pid=$(on pc1 pgrep -xo systemd)
	on pc1 nsenter --target "$pid" --pid --mount --cgroup "$@"
}

manager_answers()
{
	[[ $(manager systemctl show -P Version) == 2* ]]
}

# status_has STRING...: what `systemctl status` says of the connection.
status_has()
{
	manager systemctl status --no-pager --full tsunagu@office >"$LAB/status" 2>&1 || true
	file_has "$LAB/status" "$@"
}

# property_is NAME VALUE: of the service.
property_is()
{
	local value
	value=$(manager systemctl show -P "$1" tsunagu@office)
	[[ $value == "$2" ]] || {
		echo "$1 is $value, not $2"
		return 1
	}
}

# confined PROCESS: it may do two things, and asks for no other system call than those of a service.
confined()
{
	on pc1 bash -c "cat /proc/\$(pgrep -xo $1)/status" >"$LAB/process"
	file_has "$LAB/process" $'NoNewPrivs:\t1' $'Seccomp:\t2' $'CapBnd:\t0000000000001400'
}

# password_is PASSWORD: encrypted with the machine's own key.
password_is()
{
	local dir=/etc/credstore.encrypted
	on pc1 mkdir -p -m 700 "$dir"
	# The key that encrypts hangs on it, and a root that never booted has none.
	[[ -s $(node_path pc1 /etc/machine-id) ]] || on pc1 systemd-machine-id-setup
	on pc1 systemd-creds encrypt --with-key=host --name=office.password - "$dir/office.password" <<<"$1"
}

# bare_profile [KEY=VALUE...]: without key and password.
bare_profile()
{
	profile pc1 office ipv4.ignore-auto-dns=true "$@"
	sed -i '/^ipsec-psk=/d; /^password=/d' "$(node_path pc1 /etc/tsunagu/office.nmconnection)"
}

# credentials: key and password are what systemd gives, and not in the profile.
credentials()
{
	local etc
	etc=$(node_path pc1 /etc)
	bare_profile
	install -d -m 700 "$etc/credstore"
	(umask 077 && echo 'naisho no kagi 1' >"$etc/credstore/office.psk")
	password_is himitsu
}

# network_state: what is in the kernel, and what is recorded to be undone.
network_state()
{
	on pc1 bash -c 'ip xfrm state; ip xfrm policy; ip rule; ip route show table all; ip -o link
		ls /run/tsunagu 2>/dev/null || true'
}

# What stands in the hook is for its shell.
# shellcheck disable=SC2016
starts()
{
	local dir
	dir=$(node_path pc1 /etc/tsunagu/hooks.d)
	mkdir -p "$dir"
	printf '%s\n' '#!/bin/sh' 'touch /usr/outside 2>/dev/null || echo "$reason, confined" >>/run/told' \
		'true 2>/dev/null </dev/btrfs-control || echo "no other device" >>/run/told' >"$dir/tell"
	chmod 755 "$dir/tell"
	block -p udp --dport 500
	must "it is started" manager systemctl start --no-block tsunagu@office
	check "'systemctl status' shows how far it is" wait_for 10 status_has "activating (start)" "IKE phase 1, gateway $OFFICE"
	unblock -p udp --dport 500
	must "it is up when systemd says so" wait_for 20 status_has "active (running)" "connected: " "on ppp0, gateway $OFFICE"
	check "the office answers" ping_office pc1
	check "the program is confined" confined tsunagu
	check "pppd is, too" confined pppd
	check "so are hooks, which run" file_has "$(node_path pc1 /run/told)" "connect, confined"
	check "a device is there for others" on pc1 dd if=/dev/btrfs-control count=0
	check "and not for the connection" file_has "$(node_path pc1 /run/told)" "no other device"
}

killed()
{
	on pc1 pkill -KILL -x tsunagu
	check "killed: it is begun anew" wait_for 20 property_is NRestarts 1
	check "and comes up" wait_for 20 status_has "active (running)" "connected: "
	check "the office answers" ping_office pc1
}

stops()
{
	check "it is stopped" manager systemctl stop tsunagu@office
	check "in order" property_is Result success
	check "everything is undone" test "$(network_state)" = "$BEFORE"
}

# sneaked: how many of three datagrams to somebody in the internet leave by the PC's own link.
# shellcheck disable=SC2016
sneaked()
{
	capture_start pc1 sneaked host 198.51.100.99 and udp
	on pc1 bash -c 'for n in 1 2 3; do echo "$n" >/dev/udp/198.51.100.99/9; done' || true
	pause 0.2
	capture_stop sneaked
	capture_text sneaked | grep -c UDP || true
}

# A full tunnel whose process is killed stays closed until it is up again, whatever the gateway does meanwhile.
killed_full_tunnel()
{
	bare_profile full=yes
	check "the twin: without a tunnel all leaves by the link" test "$(sneaked)" = 3
	must "a full tunnel: started" manager systemctl start tsunagu@office
	block -p udp
	on pc1 pkill -KILL -x tsunagu
	check "a full tunnel, killed: it is begun anew, and nobody answers" wait_for 20 begun_anew
	check "a full tunnel, killed: nothing leaves by the link" test "$(sneaked)" = 0
	unblock -p udp
	check "a full tunnel, killed: it comes up" wait_for 60 status_has "active (running)" "connected: "
	check "a full tunnel: stopped" manager systemctl stop tsunagu@office
	check "a full tunnel: all is open again" test "$(sneaked)" = 3
	bare_profile
}

refused()
{
	password_is wrong
	check_fails "a wrong password: it doesn't start" manager systemctl start tsunagu@office
	check "for that reason" property_is ExecMainStatus 19
	check "and it isn't begun anew" status_has "failed (Result: exit-code)" "status=19"
}

begun_anew()
{
	(($(manager systemctl show -P NRestarts tsunagu@office) > 0))
}

# by_hand COMMAND ARG...: with the secrets that systemd gives to the service.
by_hand()
{
	on pc1 env CREDENTIALS_DIRECTORY=/run/by-hand "$@"
}

# One that was begun by hand isn't the service's: its start fails, says why, and leaves the other as it is.
beside()
{
	local dir
	dir=$(node_path pc1 /run/by-hand)
	mkdir -m 700 "$dir"
	(umask 077 && echo 'naisho no kagi 1' >"$dir/office.psk" && echo himitsu >"$dir/office.password")
	must "it is up by hand" by_hand tsunagu connect office
	check_fails "the service doesn't start beside it" manager systemctl start tsunagu@office
	check "for that reason" property_is ExecMainStatus 6
	check "and that one stays" ping_office pc1
	check "it ends by hand" on pc1 tsunagu disconnect office
}

# The machine begins without a network; nobody does anything but to plug it in.
boots()
{
	local root
	background_stop systemd KILL || true
	password_is himitsu
	root=$(node_path pc1 /run/enabled)
	mkdir -p "$root/usr/lib/systemd/system"
	cp '/usr/lib/systemd/system/tsunagu@.service' "$root/usr/lib/systemd/system/"
	check "it is enabled" systemctl --root="$root" enable tsunagu@office
	cp -a "$root/etc/systemd/system/." "$(node_path pc1 /run/lab-units)/"
	uplink_lose pc1
	must "the machine starts" manager_start multi-user.target
	check "it is begun, and begun anew" wait_for 20 begun_anew
	uplink_return pc1
	check "it is up by itself when there is a network" wait_for 20 status_has "active (running)" "connected: "
	check "the office answers" ping_office pc1
}

# What the package does first when it is removed, with an instance that only the user knows.
removed()
{
	check "the package's removal is no error" manager sh /usr/libexec/tsunagu-lab/tsunagu.prerm remove
	check "it ends the connection" wait_for 20 property_is ActiveState inactive
	check "in order" property_is Result success
	check "everything is undone" test "$(network_state)" = "$BEFORE"
}

scenario_service()
{
	gateway_start
	credentials
	must "systemd runs" manager_start lab.target
	BEFORE=$(network_state)
	starts
	killed
	stops
	killed_full_tunnel
	beside
	refused
	boots
	removed
}
