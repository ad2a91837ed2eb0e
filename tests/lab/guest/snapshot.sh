# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Runs in a node: its state in a form that two runs can be compared in. Without counters, times,
# numbers that only grow (interfaces, processes, sequence numbers).

export LC_ALL=C

section()
{
	echo "== $1"
}

section "xfrm states"
ip xfrm state list | sed -E '/anti-replay|seq 0x|bitmap|^\s+([0-9a-f]{8} ?)+$/d' | sort
section "xfrm policies"
ip xfrm policy list | sort
section "rules"
ip rule list
section "routes"
ip route list table all | sort
section "links"
ip -o link list | sed -E 's/^[0-9]+: //; s/@if[0-9]+//; s/link-netns(id)? [^ ]+//' | sort
section "addresses"
ip -o address list | sed -E 's/^[0-9]+: //; s/\\ +valid_lft.*//; s/ tentative//' | sort
section "internet sockets"
ss -tuwanH | awk '{ print $1, $2, $5, $6 }' | sort
section "unix sockets"
awk '$8 != "" { print $8 }' /proc/net/unix | sort -u
section "processes"
processes=()
for file in /proc/[0-9]*/cmdline; do
	mapfile -d '' -t words 2>/dev/null <"$file" || continue
	[[ ${#words[@]} == 0 || ${words[*]} == *snapshot.sh* ]] || processes+=("${words[*]}")
done
printf '%s\n' "${processes[@]}" | sort
section "settings"
for file in /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/conf/{all,default,eth0}/*; do
	[[ -e $file ]] && read -r value <"$file" && echo "$file $value"
done
section "packet filter"
for table in filter nat mangle; do
	! grep -qsx "$table" /proc/net/ip_tables_names || iptables-legacy-save -t "$table"
done | sed -E '/^#/d; s/\[[0-9]+:[0-9]+\]//'
! command -v nft >/dev/null || nft list ruleset 2>/dev/null
section "files in /run and /tmp"
find /run /tmp -printf '%p %y %M %l\n' | sort
# pppd's own table of its running processes stays, and its content changes with each of them.
find /run /tmp -type f ! -name pppd2.tdb -exec sha256sum {} + | sort -k 2
