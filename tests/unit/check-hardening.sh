#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Reads a finished program and fails for each protection that is not in it:
#
#	check-hardening.sh PROGRAM [sanitized]

set -euo pipefail
export LC_ALL=C
program=$1
missing=0

want()
{
	local text=$1 output=$2 pattern=$3
	grep -Eq -- "$pattern" <<<"$output" || {
		echo "$program: $text"
		missing=$((missing + 1))
	}
}

header=$(readelf -hW "$program")
segments=$(readelf -lW "$program")
dynamic=$(readelf -dW "$program")
symbols=$(readelf -sW "$program")

want "is not position independent" "$header" 'Type: +DYN'
want "has no read-only relocations" "$segments" 'GNU_RELRO'
want "binds lazily" "$dynamic" 'BIND_NOW|FLAGS.*NOW'
want "has an executable stack" "$segments" 'GNU_STACK.* RW +0x'
want "has no stack protector" "$symbols" '__stack_chk_fail'
[[ ${2:-} == sanitized ]] || want "is not fortified" "$symbols" '__[a-z]+_chk(@|$)'
if grep -Eq 'LOAD.* RWE ' <<<"$segments"; then
	echo "$program: has a segment that can be written and executed"
	missing=$((missing + 1))
fi
((missing == 0))
