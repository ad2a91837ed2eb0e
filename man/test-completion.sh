#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What bash is offered after the beginnings of command lines.
#	test-completion.sh COMPLETION TSUNAGU
set -euo pipefail
export LC_ALL=C

program=$2
# shellcheck disable=SC2317 # called by the completion
# A stand-in answers `list`, whatever this machine's profiles are; the rest is the program itself.
tsunagu() {
	if [[ $1 == list && ${2-} == --json ]]; then
		printf '%s\n' '{"name":"office","id":"office","uuid":""}' '{"name":"hq","id":"Head office"}' \
			"{\"name\":\"Oscar=27s\",\"id\":\"Oscar's \\\"VPN\\\" \\/ R&D\"}"
	else
		"$program" "$@"
	fi
}

# shellcheck source=/dev/null
source "$1"
failed=0

# offers WORD... "=>" WANTED...
offers() {
	local -a wanted
	COMP_WORDS=(tsunagu)
	while [[ $1 != "=>" ]]; do
		COMP_WORDS+=("$1")
		shift
	done
	shift
	wanted=("$@")
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	_tsunagu || true
	if [[ "${COMPREPLY[*]-}" != "${wanted[*]-}" ]]; then
		echo "${COMP_WORDS[*]}: offers '${COMPREPLY[*]-}' instead of '${wanted[*]-}'" >&2
		failed=1
	fi
}

offers con "=>" connect
offers dis "=>" disconnect
offers dia "=>" diagnose
offers --ver "=>" --version
oscar=$(printf %q "Oscar's \"VPN\" / R&D")
offers connect "" "=>" office 'Head\ office' "$oscar"
offers connect 'Head\ of' "=>" 'Head\ office'
offers connect "Oscar's" "=>" "$oscar"
offers connect off "=>" office
offers connect --for "=>" --foreground
offers status --w "=>" --watch
offers list o "=>"
offers connect --timeout "" "=>"
offers connect /et "=>" /etc
exit "$failed"
