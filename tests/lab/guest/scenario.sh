# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# One scenario in a shell of its own, on a new network. A command that fails outside of a check
# ends it and counts as a failure.

set -eEuo pipefail
name=$1

for file in lib net gateway classic; do
	# shellcheck source=/dev/null
	. "/lab/guest/$file.sh"
done

ended_early()
{
	[[ -n $VERDICT_GIVEN ]] ||
		result_not_ok "scenario ended early: line $1: $2" "$LAB/output"
}
trap 'ended_early "$LINENO" "$BASH_COMMAND"' ERR

: >"$LAB/output"
# shellcheck source=/dev/null
. "/lab/scenarios/$name.sh"
network_up
"scenario_${name//-/_}"
