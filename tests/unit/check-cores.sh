#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The cores do no I/O: what their archives want from outside is memory and strings. A socket, clock,
# stdio, environment or random symbol in one of them fails this test.
#
# usage: check-cores.sh LIB CORE...   (archives; LIB is the one that every core may use)
set -euo pipefail
export LC_ALL=C

if [ $# -lt 2 ]; then
	echo "usage: $0 LIB CORE..." >&2
	exit 2
fi

lib=$1
shift
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# Memory and strings, assert(), and what compilers with their run-time (arithmetic that the processor lacks)
# and sanitizers put in by themselves.
cat >"$dir/allowed" <<'END'
(mem(cpy|move|set|cmp|chr|mem)|bcmp|str(len|nlen|cmp|ncmp|chr)|explicit_bzero)
__(mem(cpy|move|set)|explicit_bzero)_chk
(malloc|calloc|realloc|free)
__assert_fail|__stack_chk_(fail|guard)|_GLOBAL_OFFSET_TABLE_
__aeabi_.*|__aarch64_.*|__u?(div|mod|divmod|mul|ashl|ashr|lshr|clz|ctz|popcount)[sdt]i[234]
__(asan|ubsan|sanitizer|sancov|gcov|llvm|start___|stop___)_.*
END

names() {
	# An archive member's name ends with a colon, a symbol's line with the symbol.
	nm -P "$@" | awk '!/:$/ && NF { print $1 }' | sort -u
}

status=0
for core in "$@"; do
	names --defined-only "$core" "$lib" >"$dir/ours"
	names --undefined-only "$core" >"$dir/wanted"
	if ! [ -s "$dir/wanted" ]; then
		echo "$core: wants nothing at all; that can't be right" >&2
		status=1
	fi
	if comm -13 "$dir/ours" "$dir/wanted" | grep -vxE -f "$dir/allowed"; then
		echo "$core: the symbols above don't belong into a core" >&2
		status=1
	fi
done
exit "$status"
