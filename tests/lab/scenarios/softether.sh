# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: SoftEther VPN server, which is none of those that everything else was tried with
# seconds: 60
# checks: 4
# processor: waits

scenario_softether()
{
	umask 077
	profile pc1 office
	must "the gateway starts" gateway_start kind=softether
	must "it connects" connect pc1 office
	check "traffic passes" ping_office pc1
	check "disconnects" disconnect pc1 office
}
