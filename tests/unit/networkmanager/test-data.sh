#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# test-data.sh NM POLICY PLUGIN EDITOR...: a bus that takes the policy lets root have the service's names and nobody else;
# the modules, which come into others' processes, have one name for them.
set -euo pipefail
export LC_ALL=C

nm=$1 policy=$2
shift 2
failed=0
work=$(mktemp -d)
bus=''

# shellcheck disable=SC2317 # by the trap
cleanup()
{
	[[ -z $bus ]] || kill "$bus" 2>/dev/null || true
	rm -rf "$work"
}
trap cleanup EXIT

fail()
{
	echo "$*" >&2
	failed=1
}

# What a linker adds by itself begins with underscores.
for module; do
	names=$("$nm" -D --defined-only "$module" | awk '$3 !~ /^_|^(nm_vpn_editor_plugin_factory|nm_vpn_editor_factory_l2tp)$/ { print $3 }')
	[[ -z $names ]] || fail "$module shows these to its process: $names"
done

grep -q '<allow own_prefix="org.freedesktop.NetworkManager.l2tp"/>' "$policy" || fail "the policy names no service"
for tool in dbus-daemon gdbus setpriv; do
	command -v "$tool" >/dev/null || {
		echo "the policy isn't tried: this machine has no $tool"
		exit $((failed ? 1 : 77))
	}
done

# The rules that a system's bus begins with, in short, and ours. A file of the root's may be read by all.
chmod 755 "$work"
cp "$policy" "$work/policy.conf"
cat >"$work/bus.conf" <<END
<busconfig>
  <type>system</type>
  <listen>unix:dir=$work</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <deny own="*"/>
    <deny send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_type="method_return"/>
    <allow send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus"/>
  </policy>
  <include>$work/policy.conf</include>
</busconfig>
END
# The pipe closes with it: one that doesn't start is not waited for.
exec {told}< <(exec dbus-daemon --config-file="$work/bus.conf" --nofork --print-address=1 2>"$work/errors")
bus=$!
read -r -u "$told" address || {
	cat "$work/errors" >&2
	exit 1
}

# own NAME [COMMAND...]: asks the bus for the name; 0 when it is had.
own()
{
	local name=$1
	shift
	"$@" gdbus call --address "$address" --dest org.freedesktop.DBus --object-path /org/freedesktop/DBus \
		--method org.freedesktop.DBus.RequestName "$name" 'uint32 0' >/dev/null 2>&1
}

service=org.freedesktop.NetworkManager.l2tp
nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
if ((EUID == 0)); then
	for name in "$service" "$service.Connection_7"; do
		own "$name" || fail "root can't have $name"
		! own "$name" "${nobody[@]}" || fail "anyone can have $name"
	done
	! own "${service}x" || fail "the policy gives away more than the service's names"
else
	! own "$service" || fail "anyone can have $service"
fi
exit "$failed"
