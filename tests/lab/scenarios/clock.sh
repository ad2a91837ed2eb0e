# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: the date may be set while a pair is fresh: none of the client's SAs ends by it
# seconds: 20
# checks: 11
# processor: alone

# step SECONDS: sets the whole lab's clock. Everything that waits for something has to wait until it is right again.
step()
{
	date -s "@$((EPOCHSECONDS + $1))" >"$LAB/date"
}

# log: what pc1's connection tells.
log()
{
	node_path pc1 /var/log/tsunagu/office.log
}

# The kernel looks at an SA's time for the first time one second after it was added.
stepped()
{
	local seconds=$1 words=$2
	emulator_mark
	emulator_tell rekey child
	must "a new pair, $words" emulator_says "quick mode of the gateway's done"
	step "$seconds"
	on pc1 ping -i 0.1 -c 30 -w 20 "$SERVER" >"$OUT/ping.$seconds" 2>&1 || true
	step $((-seconds))
	check "no ping of three seconds is lost, $words" none_lost "$OUT/ping.$seconds"
	check "no SA has ended, $words" lacks "$(<"$(log)")" 'hard expiry'
}

scenario_clock()
{
	local limits
	gateway_start kind=emulator hello=300 idle=0
	profile pc1 office ipv4.ignore-auto-dns=true
	must "connects" connect pc1 office --verbose
	limits=$(on pc1 ip -s xfrm state)
	check "the kernel has SAs" has "$limits" 'proto esp'
	check "and no limit of time for them" lacks "${limits//expire add: soft 0(sec), hard 0(sec)/}" 'expire add'
	stepped 86400 "a day on"
	stepped -86400 "a day back"
	check "the office answers" ping_office pc1
	check "disconnects" disconnect pc1 office
}
