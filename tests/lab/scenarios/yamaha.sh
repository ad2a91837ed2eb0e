# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: a router of Yamaha's kind

scenario_yamaha()
{
	gateway_start kind=emulator
	profile pc1 office
	must "connects" connect pc1 office
	check "the office answers" ping_office pc1
	check "disconnects" disconnect pc1 office
}
