#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The tables of a translated page are in its language, whatever locales the machine has that builds it.
#	test-language.sh FILL-PAGE TRANSLATIONS.mo
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf '@KEYS@\n@CAUSES@\n' >"$work/page.in"
failed=0

# count WORD: how many lines of the page begin with it.
count() {
	LC_ALL=C grep -c "^$1" "$work/page" || true
}

env -i LOCPATH="$work" "$1" "$work/page.in" 0 >"$work/page"
values=$(count 'Value:')
((values > 20)) || {
	echo "the English page has only $values keys" >&2
	failed=1
}

for locale in C C.UTF-8; do
	env -i LOCPATH="$work" LC_ALL="$locale" "$1" "$work/page.in" 0 "$2" >"$work/page"
	(($(count '値:') == values && $(count 'Value:') == 0)) || {
		echo "$locale: the tables aren't in the page's language" >&2
		failed=1
	}
done
exit "$failed"
