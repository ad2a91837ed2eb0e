# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# One scenario in a shell of its own, on a new network. A command that fails outside of a check
# ends it and counts as a failure.

set -eEuo pipefail
name=$1

for file in lib net gateway classic client faults networkmanager; do
	# shellcheck source=/dev/null
	. "/lab/guest/$file.sh"
done

# Names the line of the scenario, however deep the command that failed.
ended_early()
{
	local command=$1 i
	((BASH_SUBSHELL == 0)) && [[ -z $VERDICT_GIVEN ]] || return 0
	for ((i = 1; i < ${#FUNCNAME[@]}; i++)); do
		[[ ${BASH_SOURCE[i]} != /lab/scenarios/* ]] || break
	done
	cat "$LAB/output" "$OUT/scenario.log" >"$LAB/end" 2>/dev/null || true
	((i == 1)) || command="${FUNCNAME[i - 1]}: $command"
	result_not_ok "scenario ended early: line ${BASH_LINENO[i - 1]}: $command" "$LAB/end"
}
trap 'ended_early "$BASH_COMMAND"' ERR

: >"$LAB/output"
# shellcheck source=/dev/null
. "/lab/scenarios/$name.sh"
network_up
"scenario_${name//-/_}"
