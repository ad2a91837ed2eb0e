# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: limits of octets renew and end SAs; who hears the gateway asks for no sign of life, and a loss is named
# seconds: 61
# checks: 14
# processor: waits

# log NODE: what its connection tells.
log()
{
	node_path "$1" /var/log/tsunagu/office.log
}

# octets KILOBYTES: the gateway makes a pair with that limit, at once.
octets()
{
	emulator_mark
	emulator_tell life "$1"
	emulator_tell rekey child
	emulator_says "quick mode of the gateway's done"
}

# The kernel reports half of the limit, and the client makes a pair with a limit of its own. What is lost is counted from
# the first answer on: until then the office's host waits for the gateway's proxy ARP.
soft_limit()
{
	wait_for 20 ping_office pc1
	must "a pair with a limit of 256 kB" octets 256
	emulator_mark
	in_background soft pc1 ping -i 0.01 -s 1000 -c 500 -w 30 "$SERVER"
	check "the kernel reports the soft limit" wait_log "$(log pc1)" 'soft expiry' 20
	check "another pair comes" emulator_says ' up'
	background_wait soft || true
	check "no ping is lost by it" none_lost "$OUT/soft.log"
	check "the hard limit wasn't reached" lacks "$(<"$(log pc1)")" 'hard expiry'
}

# The gateway is silent while the limit comes: nothing goes by the pair beyond it.
hard_limit()
{
	must "a pair with a limit of 64 kB" octets 64
	emulator_tell silent
	in_background hard pc1 ping -q -i 0.01 -s 1000 -c 200 -W 1 "$SERVER"
	check "the kernel reports the hard limit" wait_log "$(log pc1)" 'hard expiry' 20
	emulator_mark
	emulator_tell speak
	check "another pair comes as soon as the gateway speaks" emulator_says ' up'
	background_wait hard || true
	check "and the connection goes on" ping_office pc1
}

scenario_limits()
{
	local node
	gateway_start kind=emulator hello=300 idle=0
	for node in pc2 pc1; do
		profile "$node" office ipv4.ignore-auto-dns=true
		must "$node connects" connect "$node" office --verbose
	done
	in_background busy pc1 ping -q -i 0.5 "$SERVER"
	soft_limit
	# pc1 is the emulator's second client. One that is idle asks after twenty seconds, and so does one that isn't answered.
	check "no sign of life is asked for by who hears the gateway" \
		lacks "$(<"$LAB/node/gw/emulator.log")" 'client 2 asks for a sign of life'
	hard_limit
	background_stop busy || true
	gateway_kill
	for node in pc1 pc2; do
		check "a gateway that is gone is named on $node within 60 seconds" \
			wait_log "$(log "$node")" 'the gateway is gone' 60
	done
}
