# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: what happens to a connection on its day is repaired: ppp0 and the office stay where they were
# seconds: 90

# begin: connects in the foreground and stays.
begin()
{
	in_background office pc1 tsunagu connect office --foreground --json
	wait_log "$OUT/office.log" '"event":"up"' 20
}

# repaired TEXT CAUSE LEVEL: the loss that has just been made is over, and everything is as before.
repaired()
{
	check "$1: repaired" wait_log "$OUT/office.log" "\"repaired\":{\"cause\":\"$2\",\"level\":\"$3\"" 60
	check "$1: the office answers" ping_office pc1
	check "$1: by the same interface" on pc1 ip link show ppp0
}

here()
{
	begin
	pppd_kill pc1
	repaired "pppd is killed" ppp-lost call
}

uplink()
{
	uplink_change pc1
	repaired "another address" uplink-changed all
}

scenario_staying()
{
	gateway_start
	profile pc1 office
	capture_start pc1 pc1
	here
	uplink
	capture_stop pc1
	cp "$OUT/office.log" "$OUT/repairs.json"
	on pc1 tsunagu status office --json >"$OUT/status.json"
	check "it can be ended" disconnect pc1 office
	check_exit "in good order" 0 background_wait office
}
