#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The program speaks Japanese where the locale says so and ASCII where it says C; exit codes, keys and
# identifiers are the same.
#	test-japanese.sh TSUNAGU
set -euo pipefail

program=$1
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset LANGUAGE LC_ALL LANG LC_MESSAGES LC_CTYPE

fail() {
	echo "$*" >&2
	failed=1
}

# In a language; the text is what both streams had.
speak() {
	local language=$1
	shift
	code=0
	if [[ $language == ja ]]; then
		text=$(LOCPATH=$work LC_ALL=ja_JP.UTF-8 "$program" "$@" 2>&1) || code=$?
	else
		text=$(LC_ALL=C LANGUAGE=ja "$program" "$@" 2>&1) || code=$?
	fi
}

# say JAPANESE ENGLISH CODE ARGUMENT...
say() {
	local japanese=$1 english=$2 wanted=$3
	shift 3
	speak ja "$@"
	[[ $text == *"$japanese"* ]] || fail "$*: no '$japanese' in: $text"
	((code == wanted)) || fail "$*: exit code $code in Japanese, not $wanted"
	speak C "$@"
	[[ $text == *"$english"* ]] || fail "$*: no '$english' in: $text"
	((code == wanted)) || fail "$*: exit code $code in English, not $wanted"
	LC_ALL=C grep -q '[^ -~	]' <<<"$text" && fail "$*: not ASCII in the locale C: $text"
	true
}

# Which end of a number comes first in an ELF file, and in the locales for it.
end() {
	case $(od -An -j 5 -N 1 -t u1 "$1") in
	*1) echo little ;;
	*2) echo big ;;
	esac
}

# A Japanese locale for the program, with a character set.
make_locale() {
	localedef "--$(end "$program")-endian" -i ja_JP -f "$1" "$work/ja_JP.$1"
}

# Each machine has one for its own programs: C.UTF-8 under another name, which is all that gettext() looks at.
if [[ $(end "$program") == "$(end "$BASH")" ]]; then
	cp -R /usr/lib/locale/C.utf8 "$work/ja_JP.UTF-8" 2>/dev/null || {
		echo "this machine has no locale C.UTF-8"
		exit 77
	}
else
	make_locale UTF-8 || {
		echo "this machine can't make a locale with the $(end "$program") end first"
		exit 77
	}
fi

cat >"$work/office.nmconnection" <<'END'
[vpn]
gateway=192.0.2.1
user=taro
colour=blue

[vpn-secrets]
ipsec-psk=secret
password=taro
END
chmod 600 "$work/office.nmconnection"
printf '[vpn]\ngateway\n' >"$work/wrong.nmconnection"
chmod 600 "$work/wrong.nmconnection"

say 'L2TP/IPsec クライアント' 'an L2TP/IPsec client' 0 --help
say '接続を試みる秒数' 'seconds for the attempt' 0 connect --help
say 'コマンドラインが正しくありません' 'the command line is wrong' 2 nonsense
say 'そのプロファイルはありません' 'there is no such profile' 3 check "$work/none.nmconnection"
say '2行目' 'line 2' 3 check "$work/wrong.nmconnection"
speak ja check "$work/office.nmconnection"
[[ $text == *'事前共有鍵が弱すぎます'* && $text == *'colour は未知のキー'* ]] || fail "check: $text"

# Keys and identifiers don't change with the language.
keys() {
	grep -o '"[a-z-]*":\|"level":"[a-z]*"' <<<"$text"
}
speak ja check "$work/office.nmconnection" --json
japanese=$(keys)
speak C check "$work/office.nmconnection" --json
[[ $japanese == "$(keys)" ]] || fail "check --json: keys differ"

# JSON is UTF-8 in a locale of another encoding as well, with the C library's words in it. Left out
# where such a locale can't be made.
make_locale EUC-JP >"$work/localedef" 2>&1 || true
for charset in UTF-8 EUC-JP; do
	[[ -e $work/ja_JP.$charset/LC_CTYPE ]] || continue
	LOCPATH=$work LC_ALL=ja_JP.$charset "$program" check "$work/office.nmconnection" --json \
		>"$work/json.$charset" 2>&1 || true
	grep -q '事前共有鍵が弱すぎます' "$work/json.$charset" || fail "check --json, $charset: not Japanese"
	diff "$work/json.UTF-8" "$work/json.$charset" >&2 || fail "check --json: differs in $charset"
done

# A language that names a path is nobody's.
mkdir -p "$work/evil/LC_MESSAGES"
printf 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\nmsgid "Tsunagu: an L2TP/IPsec client."\nmsgstr "evil"\n' |
	msgfmt -o "$work/evil/LC_MESSAGES/tsunagu.mo" -
text=$(LOCPATH=$work LC_ALL=ja_JP.UTF-8 LANGUAGE="../../../../../../../../../../$work/evil" "$program" --help)
[[ $text != *evil* ]] || fail "translations were read from a folder that the environment named"
exit "$failed"
