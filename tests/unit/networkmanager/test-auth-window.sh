#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# test-auth-window.sh PROGRAM: the dialog for secrets in a window, answered by the keyboard.
set -euo pipefail
export LC_ALL=C

program=$1
# shellcheck source=tests/unit/networkmanager/display.sh
. "${BASH_SOURCE[0]%/*}/display.sh"
need_tools "the dialog for secrets"
failed=0 opened=''

# shellcheck disable=SC2317 # by the trap
cleanup()
{
	[[ -z $opened ]] || kill "$opened" 2>/dev/null || true
	leave_display
}
trap cleanup EXIT

# ask OPTION...: begins to ask for the password and the pre-shared key, of which one is known.
ask()
{
	{
		printf 'DATA_KEY=gateway\nDATA_VAL=gw\n\n'
		printf 'SECRET_KEY=password\nSECRET_VAL=old\n\nDONE\n\nQUIT\n\n'
	} >"$work/in"
	"$program" -u 5f1c1f6e-8f5c-4c5f-9d7b-0a8d3f3c0002 -n Office -s org.freedesktop.NetworkManager.l2tp -i "$@" \
		<"$work/in" >"$work/out" 2>"$work/errors" &
	opened=$!
	focus_window '^VPN Office$'
}

# answers CODE TEXT: how it ended, and what it said.
answers()
{
	local code=0
	wait "$opened" || code=$?
	opened=
	printf '%b' "$2" >"$work/wanted"
	((code == $1)) || {
		echo "it ended with $code, not $1: $(<"$work/errors")" >&2
		failed=1
	}
	cmp "$work/wanted" "$work/out" >&2 || failed=1
	! grep -E 'CRITICAL|WARNING' "$work/errors" >&2 || failed=1
}

start_display

# One is missing: it is asked for, and Return connects.
ask
xdotool type --delay 1 'a "key" #1'
xdotool key Return
answers 0 'password\nold\nipsec-psk\na "key" #1\n\n\n'

# Both are asked for again, in the order of the form; what is known stands there and is taken over by typing.
ask -r
xdotool key ctrl+a
xdotool type --delay 1 'new'
xdotool key Tab
xdotool type --delay 1 'key'
xdotool key Return
answers 0 'password\nnew\nipsec-psk\nkey\n\n\n'

# Who doesn't want to gives nothing.
ask
xdotool key Escape
answers 1 ''

exit "$failed"
