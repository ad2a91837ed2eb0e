# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: a router of Yamaha's kind: two PCs behind one NAPT, renewals, what it ends and how it says so
# seconds: 95
# checks: 21

# Two PCs behind one NAPT; lives so short that the client renews both phases meanwhile.
two_at_once()
{
	profile pc1 office ipsec-salifetime=20 ipsec-ikelifetime=25
	profile pc2 office user=hanako password=naisho
	emulator_mark
	must "the first PC connects" connect pc1 office
	check "it takes AES-256 and modp2048 of the offer, and not ECP" emulator_says modp2048
	must "a second PC behind the same NAPT connects" connect pc2 office
	in_background first pc1 ping -i 0.02 -W 5 "$SERVER"
	check "both work at once" ping_office pc2 50
	check "MRU 1792 is taken, and what is sent stays below the path's MTU" \
		has "$(on pc1 ip link show dev ppp0)" 'mtu 1400'
	check "compression is refused and PPP stays up" \
		file_has "$LAB/node/gw/syslog" "Protocol-Reject for 'Compression Control Protocol'"
	check "one of them leaves" disconnect pc2 office
	check "phase 1 was renewed" wait_for 90 phase1_times 2
	check "the gateway cut the old pair some time after the new one" wait_for 90 pair_is_cut
	check "the other loses no ping by that, nor by renewals of both phases" ping_end first
}

# phase1_times NUMBER: so often the first client had one.
phase1_times()
{
	(($(grep -c 'client 1 phase 1 up' "$LAB/node/gw/emulator.log") >= $1))
}

pair_is_cut()
{
	emulator_log
	has "$EMULATOR_LOG" ' cut'
}

# gone NODE: no client of ours runs there any more.
gone()
{
	! on "$1" pidof tsunagu
}

# A tunnel without data ends after 60 s, here after 12; LCP's echo is data. Both ends know a secret.
idle()
{
	gateway_kill
	gateway_start kind=emulator idle=12 secret=FWX120 challenges=yes
	profile pc1 office l2tp-secret=other
	check_exit "with another secret than the tunnel's it is refused" 17 connect pc1 office
	profile pc1 office l2tp-secret=FWX120 reconnect=no lcp-echo-interval=5 lcp-echo-failure=4
	profile pc2 office reconnect=no l2tp-secret=FWX120 user=hanako password=naisho lcp-echo-interval=0 lcp-echo-failure=0
	must "both prove that they know the secret" connect pc1 office
	must "so does the second PC, which never sends an echo" connect pc2 office
	emulator_mark
	check "its tunnel is idle some time later" emulator_says idle 60
	check "and ends" wait_for 10 gone pc2
	check "the one with LCP echo stays" ping_office pc1
}

ends()
{
	emulator_mark
	emulator_tell probe 7
	check "a sign of life is given" emulator_says 'acknowledges a probe' 10
	emulator_tell delete child
	check "a pair that the gateway deletes is replaced" emulator_says ' up' 20
	check "and the office answers" ping_office pc1
	emulator_tell stopccn 2 6 closing for the night
	check "the gateway's end is one for the client" wait_for 10 gone pc1
}

scenario_yamaha()
{
	# A Yamaha cuts the old pair 30 s after the new one: later than such short lives last.
	gateway_start kind=emulator cut=2
	two_at_once
	check "the first one leaves" disconnect pc1 office
	idle
	ends
}
