# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The program under test, as scenarios use it: profiles, connecting, and what it is doing.

# profile NODE NAME [KEY=VALUE...]: writes /etc/tsunagu/NAME.nmconnection. Keys are the profile's own;
# gateway, user, password, psk (for ipsec-psk) have defaults that fit gateway_start's. A key with
# "ipv4." goes to [ipv4], one with "ipv6." to [ipv6]; split tunnel to the office's LAN is the default (full=yes: everything).
profile()
{
	local node=$1 name=$2 pair key
	shift 2
	local -A vpn=([gateway]=$OFFICE [user]=taro [machine-auth-type]=psk) secret=([password]=himitsu [ipsec-psk]='naisho no kagi 1')
	local -A ipv4=([never-default]=true [route1]=192.168.100.0/24) ipv6=()
	for pair; do
		key=${pair%%=*}
		case $key in
		psk) secret[ipsec-psk]=${pair#*=} ;;
		password | l2tp-secret | machine-certpass) secret[$key]=${pair#*=} ;;
		certpass) secret[user-certpass]=${pair#*=} ;;
		full) ipv4=() ;;
		ipv4.*) ipv4[${key#ipv4.}]=${pair#*=} ;;
		ipv6.*) ipv6[${key#ipv6.}]=${pair#*=} ;;
		*) vpn[$key]=${pair#*=} ;;
		esac
	done
	local dir
	dir=$(node_path "$node" /etc/tsunagu)
	mkdir -p "$dir"
	{
		printf '[connection]\nid=%s\ntype=vpn\n\n[vpn]\n' "$name"
		printf 'service-type=org.freedesktop.NetworkManager.l2tp\n'
		printf 'ipsec-enabled=yes\n'
		for key in "${!vpn[@]}"; do
			printf '%s=%s\n' "$key" "${vpn[$key]}"
		done
		printf '\n[vpn-secrets]\n'
		for key in "${!secret[@]}"; do
			printf '%s=%s\n' "$key" "${secret[$key]}"
		done
		printf '\n[ipv4]\nmethod=auto\n'
		for key in "${!ipv4[@]}"; do
			printf '%s=%s\n' "$key" "${ipv4[$key]}"
		done
		((${#ipv6[@]} == 0)) || printf '\n[ipv6]\n'
		for key in "${!ipv6[@]}"; do
			printf '%s=%s\n' "$key" "${ipv6[$key]}"
		done
	} >"$dir/$name.nmconnection"
	chmod 600 "$dir/$name.nmconnection"
}

# connect NODE NAME [OPTION...], disconnect NODE NAME: the program, in the node.
connect()
{
	on "$1" tsunagu connect "${@:2}"
}

disconnect()
{
	on "$1" tsunagu disconnect "${@:2}"
}

# answers NODE COUNT [OPTION...] HOST: for check; it answers so many pings in a row, however late each. ping itself gives
# up on the last ones after one interval, so it is told of a time for all (-w). The first isn't counted: a Linux
# gateway's pppd runs a script between its last Ack of IPCP, by which we are up, and its interface.
answers()
{
	local node=$1 count=$2
	shift 2
	on "$node" ping -i 0.02 -c $((count + 1)) -w 10 "$@" >"$LAB/ping" || true
	cat "$LAB/ping"
	awk -v count="$count" 'match($0, /icmp_seq=[0-9]+ .*time=/) {
		n = substr($0, RSTART + 9) + 0
		if (n > last) last = n
		if (n > 1) got++
	}
	END { exit !(got >= count && got == last - 1) }' "$LAB/ping"
}

# ping_office NODE [COUNT]: through the tunnel, to the host on the office's LAN.
ping_office()
{
	answers "$1" "${2:-5}" "$SERVER"
}

# copies NODE TEXT: in how many places of the memory of the node's only connection it stands.
copies()
{
	on "$1" perl /lab/guest/memory.pl "$(on "$1" pgrep -xo tsunagu)" "$2"
}

# pings_lost FILE: how many pings of a log (without -q) had no answer, but for those that were on their way when ping was
# told to end. none_lost FILE: for check; there were answers, and none was missing.
pings_lost()
{
	awk 'match($0, /icmp_seq=[0-9]+/) {
		n = substr($0, RSTART + 9, RLENGTH - 9) + 0
		if (n > last) last = n
	}
	/ packets transmitted, / { received = $4 }
	END { print last - received; exit last == 0 }' "$1"
}

# answered FILE NUMBER: that many answers are in a ping's log.
answered()
{
	(($(grep -c 'icmp_seq=' "$1") >= $2))
}

# ping_end NAME: for check; ends a ping that runs in the background, and none was missing. First some of what it sends from
# now on must be answered: what is dead by now would look like what was on its way.
ping_end()
{
	local log=$OUT/$1.log more=0
	wait_for 15 answered "$log" $(($(grep -c 'icmp_seq=' "$log") + 2)) || more=1
	background_stop "$1" INT || true
	((more == 0)) || echo "no answer any more"
	none_lost "$log" && ((more == 0))
}

none_lost()
{
	local lost
	lost=$(pings_lost "$1") || lost=all
	[[ $lost == 0 ]] || {
		echo "lost: $lost"
		tail -n 5 "$1"
		return 1
	}
}

# names_cause FILE ID: the JSON in it names this cause, or one of ID|ID.
names_cause()
{
	[[ $(<"$1") =~ \"cause\":\"($2)\" ]] || has "$(<"$1")" "cause $2"
}

# start_ms: how long the machine takes at this moment to start the program and come to its end.
start_ms()
{
	local began
	began=$(now_ms)
	on pc1 tsunagu --version >/dev/null
	echo "$(($(now_ms) - began))"
}

# work_ms BEFORE: what the machine may have needed for the work of an attempt, by the starts before (start_ms) and after it.
work_ms()
{
	echo $((20 * ($1 + $(start_ms))))
}

# cause TEXT ID CODE SECONDS PROFILE [WORD...]: on pc1, connect fails with this cause, within this time, and says
# these words. ID|ID: one of them. The time is what waiting may take; what the machine needs for the work is added, by
# the measure of starts of the program before and after it.
cause()
{
	local text=$1 id=$2 code=$3 seconds=$4 profile=$5 began took machine
	shift 5
	machine=$(start_ms)
	began=$(now_ms)
	check_exit "$text: exit code" "$code" connect pc1 "$profile" --json
	took=$(($(now_ms) - began))
	cp "$LAB/output" "$OUT/$id.json"
	machine=$(work_ms "$machine")
	check "$text: $id" names_cause "$OUT/$id.json" "$id"
	(($# == 0)) || check "$text: and why" file_has "$OUT/$id.json" "$@"
	echo "# took $took ms of $seconds s and $machine ms" >>"$OUT/commands.log"
	check "$text: within $seconds s" test "$took" -le $((seconds * 1000 + machine))
}

# well TEXT [PROFILE]: the twin in which all is well.
well()
{
	must "$1: connects" connect pc1 "${2:-office}"
	check "$1: the office answers" ping_office pc1
	check "$1: disconnects" disconnect pc1 "${2:-office}"
}

# foreign_state NODE: what belongs to other programs there and must survive everything: IPsec, routing, a PPP
# interface, names, a packet filter, a process that is called as ours is.
foreign_state()
{
	echo 'nameserver 10.255.255.53' >"$(node_path "$1" /etc/resolv.conf)"
	on "$1" ip -batch - <<-END
	xfrm state add src 10.1.1.1 dst 10.1.1.2 proto esp spi 0x4321 mode transport reqid 77 enc cbc(aes) 0x00112233445566778899aabbccddeeff auth-trunc hmac(sha1) 0x00112233445566778899aabbccddeeff00112233 96
	xfrm policy add src 10.1.1.1 dst 10.1.1.2 dir out tmpl proto esp reqid 77 mode transport
	rule add fwmark 7 table 7 priority 29001
	route add 10.77.0.0/16 via 192.168.10.1 table 7
	link add ppp0 type dummy
	link set ppp0 up
	address add 10.88.0.1/32 dev ppp0
	route add 10.88.0.0/16 dev ppp0
	END
	on "$1" iptables-legacy -w -A OUTPUT -d 10.99.0.0/16 -j DROP
	spawn "$1" bash -c 'exec -a pppd sleep 100000' >/dev/null 2>&1 3>&- &
}
