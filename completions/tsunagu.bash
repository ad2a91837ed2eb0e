# SPDX-License-Identifier: GPL-2.0-or-later
# Completion for bash. Verbs, options and names are asked of the program, so nothing here can be outdated.

_tsunagu_lines() {
	tsunagu "$@" 2>/dev/null
}

_tsunagu() {
	local cur=${COMP_WORDS[COMP_CWORD]} verb=${COMP_WORDS[1]} help name quoted
	local -a words=()
	COMPREPLY=()

	if ((COMP_CWORD == 1)); then
		mapfile -t words < <(_tsunagu_lines --help | sed -n 's/^tsunagu \([a-z][a-z]*\) .*/\1/p')
		words+=(--help --version)
	elif [[ ${COMP_WORDS[COMP_CWORD - 1]} == --keylog ]]; then
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		return
	elif [[ ${COMP_WORDS[COMP_CWORD - 1]} == --timeout ]]; then
		return
	elif [[ $cur == -* ]]; then
		mapfile -t words < <(_tsunagu_lines "$verb" --help | sed -n 's/^  \(--[a-z-]*\) .*/\1/p')
	else
		help=$(_tsunagu_lines "$verb" --help | head -n 1)
		[[ $help == *NAME* ]] || return
		if [[ $cur == */* ]]; then
			mapfile -t COMPREPLY < <(compgen -f -- "$cur")
			return
		fi
		mapfile -t words < <(_tsunagu_lines list --json |
			sed -n 's/^{"name":"[^"]*","id":"\(\([^"\\]\|\\.\)*\)".*/\1/p' | sed 's/\\\(.\)/\1/g')
	fi
	for name in "${words[@]}"; do
		printf -v quoted %q "$name"
		[[ $name == "$cur"* || $quoted == "$cur"* ]] && COMPREPLY+=("$quoted")
	done
}

complete -F _tsunagu tsunagu
