# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# A real NetworkManager in a node, with nmcli.
#
# nm_start NODE             the bus and NetworkManager, which takes over eth0 as it is
# nm_stop NODE
# nm NODE ARG...            nmcli
# nm_profile NODE NAME [KEY=VALUE...]   a connection as NetworkManager-l2tp's editor saves it; keys as profile's
# nm_up NODE NAME           nmcli con up
# nm_peer NODE              before nm_start: NetworkManager-l2tp is there as well, under a service name of its own, so that the
#                           two can take turns; nm_profile's service=l2tppeer is for it

nm_config()
{
	local etc=$1 address=$2
	mkdir -p "$etc/NetworkManager/system-connections"
	cat >"$etc/NetworkManager/NetworkManager.conf" <<-END
	[main]
	plugins=keyfile
	auth-polkit=false
	dns=default
	rc-manager=file
	no-auto-default=*
	[connectivity]
	enabled=false
	[logging]
	backends=syslog
	END
	cat >"$etc/NetworkManager/system-connections/wired.nmconnection" <<-END
	[connection]
	id=wired
	uuid=5f1c1f6e-8f5c-4c5f-9d7b-0a8d3f3c0001
	type=ethernet
	interface-name=eth0
	[ipv4]
	method=manual
	address1=$address/24,192.168.10.1
	dns=192.168.10.1;
	[ipv6]
	method=auto
	END
	chmod 600 "$etc/NetworkManager/system-connections/wired.nmconnection"
}

nm_start()
{
	local node=$1
	nm_config "$(node_path "$node" /etc)" "192.168.10.$(pc_number "$node")"
	# As on a machine without udev: with a writable /sys NetworkManager would wait for it.
	on "$node" bash -c '
		mount -o remount,ro /sys
		mkdir -p /run/dbus /run/nm
		mount -t tmpfs none /var/lib/NetworkManager
		[[ -s /etc/machine-id ]] || dbus-uuidgen >/etc/machine-id
		grep -q ^messagebus: /etc/passwd || echo messagebus:x:990:990::/:/usr/sbin/nologin >>/etc/passwd
		grep -q ^messagebus: /etc/group || echo messagebus:x:990: >>/etc/group
		ip address flush dev eth0
		exec dbus-daemon --system --fork --nopidfile'
	in_background "nm-$node" "$node" NetworkManager --no-daemon --log-level=INFO
	wait_for 60 nm_wired "$node"
}

nm_wired()
{
	[[ $(nm "$1" -g GENERAL.STATE connection show wired) == *activated* ]]
}

nm_stop()
{
	background_stop "nm-$1" TERM || true
}

nm()
{
	local node=$1
	shift
	on "$node" env TERM=dumb NO_COLOR=1 nmcli -c no "$@"
}

nm_peer()
{
	local etc
	etc=$(node_path "$1" /etc)
	mkdir -p "$etc/NetworkManager/VPN" "$etc/dbus-1/system.d"
	# Libraries of two names are refused when they are the same file.
	sed '/^\[libnm/,$d; s/^service=.*/service=org.freedesktop.NetworkManager.l2tppeer/; s/^name=.*/name=l2tppeer\nsupports-multiple-connections=true/' \
		/usr/share/tsunagu-lab/peer.name >"$etc/NetworkManager/VPN/peer.name"
	cat >"$etc/dbus-1/system.d/peer.conf" <<-END
	<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
	 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
	<busconfig>
	 <policy user="root">
	  <allow own_prefix="org.freedesktop.NetworkManager.l2tppeer"/>
	  <allow send_interface="org.freedesktop.NetworkManager.VPN.Plugin"/>
	  <allow send_interface="org.freedesktop.NetworkManager.l2tp.ppp"/>
	 </policy>
	</busconfig>
	END
}

# Of a connection's name, always the same one.
nm_uuid()
{
	local sum
	sum=$(md5sum <<<"$1")
	echo "${sum:0:8}-${sum:8:4}-4${sum:13:3}-8${sum:17:3}-${sum:20:12}"
}

nm_profile()
{
	local node=$1 name=$2 file pair service=l2tp
	local -a pairs=()
	shift 2
	for pair; do
		[[ $pair != service=* ]] && pairs+=("$pair") || service=${pair#service=}
	done
	profile "$node" "$name" "${pairs[@]}"
	file=$(node_path "$node" "/etc/NetworkManager/system-connections/$name.nmconnection")
	{
		printf '[connection]\nid=%s\nuuid=%s\ntype=vpn\nautoconnect=false\n' "$name" "$(nm_uuid "$name")"
		sed "1,/^type=vpn/d; s/NetworkManager\\.l2tp\$/NetworkManager.$service/" "$(node_path "$node" "/etc/tsunagu/$name.nmconnection")"
	} >"$file"
	rm "$(node_path "$node" "/etc/tsunagu/$name.nmconnection")"
	chmod 600 "$file"
	nm "$node" connection load "/etc/NetworkManager/system-connections/$name.nmconnection"
}

nm_up()
{
	nm "$1" connection up "$2"
}

nm_state()
{
	nm "$1" -g GENERAL.STATE connection show "$2"
}

# nm_is NODE NAME WORD: what it is: activated, deactivated or nothing at all.
nm_is()
{
	[[ $(nm_state "$1" "$2") == *"$3"* ]]
}

# nm_down NODE NAME: returns when the client has gone as well, for which nmcli doesn't wait.
nm_down()
{
	nm "$1" --wait 60 connection down "$2" && wait_for 10 nm_ended "$1" "$2"
}

nm_ended()
{
	[[ $(on "$1" tsunagu status "$2" 2>&1) == *'not connected'* || ! -e $(node_path "$1" "/run/tsunagu/$2") ]]
}

# nm_address NODE LAST-NUMBER: the wired network gets another address, as by DHCP.
nm_address()
{
	nm "$1" connection modify wired ipv4.addresses "192.168.10.$2/24"
	nm "$1" device reapply eth0
}
