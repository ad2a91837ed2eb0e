#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# test-editor.sh HOST PLUGIN EDITOR: the editor in a real window, filled in by the keyboard, saved, and the keys compared.
# Before that a connection with every key is opened and saved as it is: nothing may differ.
set -euo pipefail
export LC_ALL=C

host=$1 plugin=$2 editor=$3
# shellcheck source=tests/unit/networkmanager/display.sh
. "${BASH_SOURCE[0]%/*}/display.sh"
need_tools "the editor"
failed=0 opened=''

# shellcheck disable=SC2317 # by the trap
cleanup()
{
	exec 3>&- 4<&- || true
	[[ -z $opened ]] || kill "$opened" 2>/dev/null || true
	leave_display
}
trap cleanup EXIT

fail()
{
	echo "FAILED: $*" >&2
	failed=1
}

# The plugin finds its editor beside itself.
mkdir "$work/modules"
ln -s "$(realpath "$plugin")" "$work/modules/libnm-vpn-plugin-l2tp.so"
ln -s "$(realpath "$editor")" "$work/modules/${editor##*/}"

# open_editor FILE: in a window that has the focus.
open_editor()
{
	local line
	mkfifo "$work/in" "$work/out"
	"$host" "$work/modules/libnm-vpn-plugin-l2tp.so" "$1" "$work/saved" <"$work/in" >"$work/out" 2>"$work/errors" &
	opened=$!
	exec 3>"$work/in" 4<"$work/out"
	rm "$work/in" "$work/out"
	focus_window '^editor-host$'
	read -r -t 60 line <&4 || true
	[[ $line == active ]] || fail "the window has no focus: $line; $(<"$work/errors")"
}

# tell COMMAND: $answer is what the host says to it.
tell()
{
	answer=
	echo "$*" >&3
	read -r -t 60 answer <&4 || true
}

close_editor()
{
	echo quit >&3
	exec 3>&- 4<&-
	wait "$opened" || fail "the host ended with $?: $(<"$work/errors")"
	opened=
	! grep -E 'CRITICAL|WARNING' "$work/errors" >&2 || fail "the toolkit complained"
}

# focus NAME
focus()
{
	tell "focus $1"
	[[ $answer == focus ]] || fail "focus $1: $answer"
}

# until_told WANTED QUESTION: keys are on their way until the answer is that.
until_told()
{
	local try
	for ((try = 0; try < 600; try++)); do
		tell "$2"
		[[ $answer != "$1" ]] || return 0
		sleep 0.05
	done
	fail "$2: '$answer', not '$1'"
}

says()
{
	until_told "$2" "value $1"
}

# type_into FIELD TEXT: in the place of what is there.
type_into()
{
	focus "$1"
	xdotool key ctrl+a
	xdotool key BackSpace
	says "$1" ''
	xdotool type --delay 1 -- "$2"
	says "$1" "$2"
}

# press FIELD VALUE: the space bar changes it to that.
press()
{
	focus "$1"
	xdotool key space
	says "$1" "$2"
}

# choose FIELD VALUE KEY: from the list, by this key from what it was.
choose()
{
	focus "$1"
	xdotool key space
	until_told open "open $1"
	xdotool key "$3"
	xdotool key Return
	says "$1" "$2"
}

# saves WANTED: what saving says.
saves()
{
	tell save
	[[ $answer == *"$1"* ]] || fail "saving: not '$1' but '$answer'"
}

# The keys of a keyfile's section, sorted.
section()
{
	sed -n "/^\[$2\]/,/^\[/{/^[^[]/p}" "$1" | sed '/^$/d' | sort
}

same()
{
	diff "$1" "$2" >&2 || fail "$3"
}

connection()
{
	printf '[connection]\nid=Office\nuuid=5f1c1f6e-8f5c-4c5f-9d7b-0a8d3f3c0002\ntype=vpn\n\n[vpn]\n'
	printf 'service-type=org.freedesktop.NetworkManager.l2tp\n'
}

start_display

# --- What nobody touches stays.
{
	connection
	printf '%s\n' gateway=gw.example user=taro domain=CORP refuse-eap=true refuse-pap=on require-mppe=no \
		ipsec-enabled=true ipsec-gateway-id=192.0.2.1 ipsec-group-name=group ipsec-ike=aes256-sha1-modp1024 \
		ipsec-ikelifetime=8h ipsec-ipcomp=yes mrru=1600 unit=7 mtu=1300 timeout=99 ephemeral-port=yes local-network=on \
		from-the-future=yes user-certpass-flags=1 machine-ca=/etc/ca.pem machine-cert=file:///etc/cert.pem \
		'machine-key=pkcs11:object=key' password-flags=0 ipsec-psk-flags=1 l2tp-secret-flags=4 persistent=true
	printf '\n[vpn-secrets]\npassword=p w\nmachine-certpass=pass\n'
} >"$work/every"
open_editor "$work/every"
tell changes
[[ $answer == 0 ]] || fail "opening says that something changed: $answer"
saves saved
close_editor
for part in vpn vpn-secrets; do
	section "$work/every" "$part" >"$work/before"
	section "$work/saved" "$part" >"$work/after"
	same "$work/before" "$work/after" "[$part] isn't what it was"
done

# --- A new connection is filled in.
connection >"$work/new"
open_editor "$work/new"
saves 'wrong: [vpn] gateway is missing'
type_into gateway gw.example:1701
saves 'wrong: Gateway: names a port'
type_into gateway gw.example
saves 'wrong: [vpn] user is missing'
type_into user 'CORP\taro'
type_into password 'p;w #1'
type_into ipsec-psk 'a long key'
tell 'page IPsec'
type_into ipsec-ike aes256-sha1-modp2048
press ipsec-pfs on
type_into ipsec-salifetime 30m
tell 'page PPP and traffic'
press refuse-pap on
press reconnect off
type_into mtu 99
saves 'wrong: Largest packet sent (MTU): has to be a number from 576 to 1500'
type_into mtu 1280
choose l2tp-source-port Ephemeral Down
type_into timeout 45
saves saved
close_editor
sort >"$work/wanted" <<'END'
gateway=gw.example
ipsec-enabled=yes
ipsec-ike=aes256-sha1-modp2048
ipsec-pfs=yes
ipsec-psk-flags=1
ipsec-salifetime=30m
l2tp-source-port=ephemeral
mtu=1280
password-flags=1
reconnect=no
refuse-pap=yes
service-type=org.freedesktop.NetworkManager.l2tp
timeout=45
user=CORP\\taro
END
section "$work/saved" vpn >"$work/after"
same "$work/wanted" "$work/after" "what was typed isn't what was saved"

# --- What is taken away is gone, and what depends on a choice is seen with it.
open_editor "$work/every"
type_into domain ''
choose user-auth-type 'Certificate (EAP-TLS)' Down
saves 'wrong: [vpn] user-cert is missing'
tell 'focus password'
[[ $answer == 'not seen' ]] || fail "the password is seen beside the certificate: $answer"
choose user-auth-type Password Up
tell 'focus password'
[[ $answer == focus ]] || fail "the password isn't seen: $answer"
tell 'page PPP and traffic'
press refuse-pap off
saves saved
close_editor
section "$work/every" vpn | grep -v '^domain=\|^refuse-pap=' >"$work/before"
section "$work/saved" vpn >"$work/after"
same "$work/before" "$work/after" "more was changed than that"

exit "$failed"
