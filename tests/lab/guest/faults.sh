# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the road and the office do to a connection that is up, each as one command that returns when
# it has happened. Scenarios that break connections share these, so that they break the same way.
#
#   nat_rebind              the branch's NAT forgets all flows: the next packet of each has a new port
#   uplink_change NODE [NUMBER]   NODE is 192.168.10.NUMBER from now on (a free one without)
#   uplink_lose NODE, uplink_return NODE   the cable is out; in again, with address and route
#   lte_up NODE, lte_down NODE    a second uplink past the branch's NAT comes as the better one (it takes the
#                           default route), and goes
#   blackout, blackout_end  nothing passes the internet, nobody is told
#   gateway_reboot          gone without a word and here again, as it was started last
#   gateway_forgets NODE    the gateway deletes NODE's SAs and says so (strongSwan)
#   pppd_kill NODE [SIGNAL], pppd_pid NODE  what its number is here, for those who can't wait for a process
#   suspend NODE, resume NODE   no process of a client runs and nothing reaches it
#   clock_jump SECONDS      the wall clock of everything here: measure with uptime_ms beside it
#
# clear_watch NAME, clear_seen NAME: counts what goes over the internet in clear towards the offices.

# Milliseconds since boot, whatever the wall clock says; without a process.
uptime_ms()
{
	local up rest
	read -r up rest </proc/uptime
	echo "$((${up/./} * 10))"
}

# A masquerading rule forgets what it knows of an address that goes.
nat_rebind()
{
	on napt ip -batch - <<-END
	address del 203.0.113.2/24 dev wan0
	address add 203.0.113.2/24 dev wan0
	route add default via 203.0.113.1
	END
}

# The last number of each node's address and, while its cable is out, what it is to have again.
declare -A UPLINK=()
UPLINK_NEXT=60

uplink_number()
{
	local line
	line=$(on "$1" ip -4 -o address show dev eth0)
	[[ $line =~ 192\.168\.10\.([0-9]+)/ ]] && echo "${BASH_REMATCH[1]}"
}

# The old address goes first, as with a DHCP client that got another lease.
uplink_change()
{
	local old new=${2:-$((UPLINK_NEXT++))}
	old=$(uplink_number "$1")
	on "$1" ip -batch - <<-END
	address del 192.168.10.$old/24 dev eth0
	address add 192.168.10.$new/24 dev eth0
	route add default via 192.168.10.1 dev eth0
	END
}

uplink_lose()
{
	UPLINK[$1]=$(uplink_number "$1")
	on "$1" ip -batch - <<-END
	address flush dev eth0
	link set eth0 down
	END
}

uplink_return()
{
	on "$1" ip -batch - <<-END
	link set eth0 up
	address add 192.168.10.${UPLINK[$1]}/24 dev eth0
	route add default via 192.168.10.1 dev eth0
	END
}

lte_up()
{
	local number
	number=$(pc_number "$1")
	ip -batch - <<<"$(link_up "$1" lte0 inet "lte-$1")"
	on inet ip -batch - <<-END
	link set lte-$1 up
	address add 100.64.$number.1/24 dev lte-$1
	END
	on "$1" ip -batch - <<-END
	link set lte0 up
	address add 100.64.$number.2/24 dev lte0
	route del default via 192.168.10.1
	route add default via 100.64.$number.1
	END
}

lte_down()
{
	on "$1" ip -batch - <<-END
	link del lte0
	route add default via 192.168.10.1 dev eth0
	END
}

blackout()
{
	block
}

blackout_end()
{
	unblock
}

gateway_reboot()
{
	gateway_kill
	gateway_again
}

# By the identity, which behind a NAT is the client's own address.
gateway_forgets()
{
	local line
	while read -r line; do
		[[ $line =~ (office\[[0-9]+\]):.*\[192\.168\.10\.$(uplink_number "$1")\] ]] || continue
		on gw /usr/lib/ipsec/stroke down-nb "${BASH_REMATCH[1]}"
	done < <(on gw /usr/lib/ipsec/stroke statusall office)
}

pppd_kill()
{
	on "$1" pkill -x -"${2:-KILL}" pppd
}

pppd_pid()
{
	pgrep -x pppd --ns "${NODE_PID[$1]}" --nslist pid
}

suspend()
{
	on "$1" pkill -STOP -x 'tsunagu|pppd'
	on "$1" ip link set eth0 down
}

# The link's routes went with it.
resume()
{
	on "$1" ip -batch - <<-END
	link set eth0 up
	route replace default via 192.168.10.1 dev eth0
	END
	on "$1" pkill -CONT -x 'tsunagu|pppd'
}

clock_jump()
{
	date -s "$1 seconds" >/dev/null
}

# L2TP and whatever is meant for the office's LAN, on its way from the branch.
clear_watch()
{
	capture_start inet "$1" "udp dst port 1701 or dst net 192.168.100.0/24"
}

clear_seen()
{
	capture_stop "$1"
	capture_text "$1" | wc -l
}
