#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The translated pages have the sections, options, marks and examples of the English ones.
#	test-in-step.sh FOLDER
set -euo pipefail
export LC_ALL=C

# What doesn't depend on the language: how many sections of each kind, what is tagged, the options,
# and the marks.
shape() {
	sed -n -e 's/^\.\(SH\|SS\|RS\|RE\|nf\|fi\|IP\|TP\).*/\1/p' -e '/^@/p' "$1"
	sed 's/\\-/-/g' "$1" | grep -o -e '--[a-z][a-z-]*' | sort -u
	grep -A1 '^\.TP' "$1" | grep -v -e '^\.TP' -e '^--'
	sed -n '/^\.nf/,/^\.fi/p' "$1" | grep '^[a-zA-Z#0-9-]*[=\\ ]' | grep -v -e psk= -e ^password= || true
}

failed=0
for page in "$1"/ja/*.in; do
	diff <(shape "$1/${page##*/}") <(shape "$page") >&2 || {
		echo "$page is not in step with the English page" >&2
		failed=1
	}
done
exit "$failed"
