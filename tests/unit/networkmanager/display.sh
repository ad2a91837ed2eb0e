# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# For tests with windows: a display of their own without repetition of keys, which would be many on a slow machine, and
# nothing of the user's session. leave_display ends what begins here.

# A folder that goes with it.
work=$(mktemp -d)

# need_tools WHAT: the test is left out where one is missing.
need_tools()
{
	local tool
	for tool in Xvfb xdotool; do
		command -v "$tool" >/dev/null || {
			echo "$1 isn't looked at: this machine has no $tool"
			exit 77
		}
	done
}

# A number for it is chosen by Xvfb.
start_display()
{
	local number
	mkfifo "$work/display"
	Xvfb -r -displayfd 3 -screen 0 900x800x24 -nolisten tcp 3>"$work/display" >"$work/xvfb" 2>&1 &
	display=$!
	read -r number <"$work/display"
	export DISPLAY=:$number
	# Nothing that has to be drawn by a graphics card.
	export HOME=$work XDG_RUNTIME_DIR=$work GDK_BACKEND=x11 GSK_RENDERER=cairo GSETTINGS_BACKEND=memory
	export NO_AT_BRIDGE=1 GTK_A11Y=none DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere
	# What the toolkits leave to the end of the process is theirs.
	export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
	unset WAYLAND_DISPLAY
}

leave_display()
{
	kill "${display:-}" 2>/dev/null || true
	wait
	rm -rf "$work"
}

# focus_window NAME: it is there, and what is typed goes to it.
focus_window()
{
	local window
	window=$(xdotool search --sync --onlyvisible --name "$1" | tail -n 1)
	xdotool windowfocus --sync "$window"
	# A list gives the focus to what is below the pointer.
	xdotool mousemove 899 799
}
