#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# check-lists.sh SPEC MESON BUILD: what the build installs is what the RPM's lists of files name, and the other way round.
set -euo pipefail
export LC_ALL=C

spec=$1 meson=$2 build=$3
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

# The macros as this build has them.
macros=(
	-e 's|%{_sysconfdir}|/etc|'
	-e 's|%{_prefix}|/usr|'
	-e 's|%{_sbindir}|/usr/sbin|'
	-e 's|%{_libexecdir}|/usr/libexec|'
	-e 's|%{_unitdir}|/usr/lib/systemd/system|'
	-e 's|%{_datadir}|/usr/share|'
	-e 's|%{_mandir}|/usr/share/man|'
	-e 's|%{pppd_version}|[0-9]*|'
)

# NetworkManager's plugin, which is in no package yet.
unpackaged=(
	'/usr/lib*/NetworkManager/*'
	'/usr/libexec/nm-l2tp-*'
	/usr/libexec/tsunagu-notify
	/usr/share/dbus-1/system.d/nm-l2tp-service.conf
	/usr/share/metainfo/jp.tsunagu.networkmanager.metainfo.xml
	/etc/xdg/autostart/tsunagu-notify.desktop
	'/usr/share/man/*man7/tsunagu-networkmanager.7'
)

patterns()
{
	sed -n '/^%files/,$p' "$spec" | sed -E '/^(%files|%license|%doc|$)/d; s/^(%[a-z]+(\([^)]*\))? +)+//' | sed "${macros[@]}"
}

# Files, and the folders that are nobody else's.
installed()
{
	(cd "$root" && find . \( ! -type d -o -empty -o -path ./usr/libexec/tsunagu \) -printf '/%P\n')
}

# matches PATH PATTERN...: one of them is for it.
matches()
{
	local path=$1 pattern
	shift
	for pattern; do
		# shellcheck disable=SC2053 # a pattern it is
		[[ $path != $pattern ]] || return 0
	done
	return 1
}

DESTDIR=$root "$meson" install -C "$build" --no-rebuild --quiet
mapfile -t listed < <(patterns)
mapfile -t found < <(installed)
fault=0
for path in "${found[@]}"; do
	matches "$path" "${listed[@]}" "${unpackaged[@]}" || {
		echo "installed and not in the list: $path"
		fault=1
	}
done
for pattern in "${listed[@]}"; do
	# Where there is no pppd to build for, there is no plugin.
	[[ $pattern != */pppd/* || -e $root/usr/lib/pppd ]] || continue
	compgen -G "$root$pattern" >/dev/null || {
		echo "in the list and not installed: $pattern"
		fault=1
	}
done
((${#listed[@]} > 10)) || fault=1
exit "$fault"
