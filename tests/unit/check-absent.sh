#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the engine must not be able to do: aggressive mode shows a stranger a hash to guess the
# pre-shared key from, and public key encryption decrypts for one (CVE-2018-5389). There is no code
# for either; this test fails when some comes in.
#
# usage: check-absent.sh ARCHIVE SOURCE-FOLDER
set -euo pipefail
export LC_ALL=C

if [ $# -ne 2 ]; then
	echo "usage: $0 ARCHIVE SOURCE-FOLDER" >&2
	exit 2
fi

status=0
symbols=$(nm -P "$1")
if ! grep -q main_start <<<"$symbols"; then
	echo "$1: has no main_start; is it the engine?" >&2
	status=1
fi
if grep -iE 'aggr|pke|encr(yption)?_auth' <<<"$symbols"; then
	echo "$1: the symbols above speak of a mode that must not be" >&2
	status=1
fi

# The exchange's number has a name and no use.
if grep -n 'ISAKMP_EXCHANGE_AGGRESSIVE' "$2"/*.[ch] | grep -v '/isakmp\.h:'; then
	echo "$2: aggressive mode is used above" >&2
	status=1
fi

# Every message that is written belongs to one of these exchanges; a transaction gets nothing but an empty answer.
exchanges=$(cat "$2"/*.c | tr '\n' ' ' | grep -o 'outgoing_init([^;]*;' | grep -v '(struct ')
if [ -z "$exchanges" ] ||
	grep -vE 'ISAKMP_EXCHANGE_(MAIN|QUICK|INFO|TRANSACTION)' <<<"$exchanges"; then
	echo "$2: the message above is of no exchange known here" >&2
	status=1
fi

# RFC 2409 appendix A: 2 DSS, 4 and 5 public key encryption. What is offered is one of these.
methods=$(sed -n '/^enum ike_auth_method/,/^}/p' "$2/ike.h" | grep -oE '= [0-9]+' | tr -d '= \n')
if [ "$methods" != 1391011 ]; then
	echo "$2/ike.h: the authentication methods are no longer 1, 3, 9, 10, 11: $methods" >&2
	status=1
fi
exit "$status"
