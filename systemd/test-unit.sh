#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# test-unit.sh UNIT: the unit is understood as a whole, and what it exposes stays below 3.0.
set -euo pipefail
export LC_ALL=C

unit=$1
command -v systemd-analyze >/dev/null || {
	echo "no systemd-analyze here"
	exit 77
}

# What isn't understood is only warned about. Where the program is installed is of no interest here.
said=$(systemd-analyze verify --man=no "$unit" 2>&1 | grep -v 'is not executable: No such file' || true)
[[ -z $said ]] || {
	printf 'verify: %s\n' "$said"
	exit 1
}
systemd-analyze security --offline=true --threshold=30 "$unit"
