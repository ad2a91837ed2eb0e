#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The pages name every verb and option that the program has, and their markup is clean.
#	test-man.sh TSUNAGU PAGE...
set -euo pipefail
export LC_ALL=C

program=$1
shift
failed=0

fail() {
	echo "$*" >&2
	failed=1
}

# Text of the page as a reader sees it, without the hyphens' escapes.
page=$(sed 's/\\-/-/g' "$1")
verbs=$("$program" --help | sed -n 's/^tsunagu \([a-z][a-z]*\) .*/\1/p')
[[ $verbs ]] || fail "the program names no verbs"
for verb in $verbs; do
	grep -q "^\\.B tsunagu $verb\$" <<<"$page" || fail "synopsis lacks $verb"
	grep -q "^\\.B $verb\$" <<<"$page" || fail "the page lacks $verb"
	while read -r option; do
		grep -q -e "$option" <<<"$page" || fail "the page lacks $option of $verb"
	done < <("$program" "$verb" --help | sed -n 's/^  \(--[a-z-]*\) .*/\1/p')
done

for file in "$@"; do
	grep -q '@[A-Z]*@' "$file" && fail "$file has an unfilled mark"
	if command -v groff >/dev/null; then
		# Ragged: groff 1.24 warns of lines that have no spaces to widen, as the Japanese ones.
		warnings=$(groff -K utf8 -man -dAD=l -ww -Tutf8 -z "$file" 2>&1)
		[[ -z $warnings ]] || fail "$warnings"
	fi
done
exit "$failed"
