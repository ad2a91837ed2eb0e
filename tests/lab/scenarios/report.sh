# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: a report for others has what helps and no secret, of a failure and of a connection that runs
# seconds: 15
# checks: 12

# The secrets of this scenario: none of them may stand in a report, in any form a tool would write.
CANARIES=('kanari psk 4711' 'kanari-password-0815' 'kanari-argument-1234' 'kanari-unknown-99')

no_canary()
{
	local file=$1 canary
	for canary in "${CANARIES[@]}"; do
		! grep -qF -e "$canary" "$file" || return 1
		! grep -qF -e "$(printf '%s' "$canary" | base64)" "$file" || return 1
		! grep -qiF -e "$(printf '%s' "$canary" | od -An -tx1 | tr -d ' \n')" "$file" || return 1
	done
}

# report_of NAME: writes one in pc1's /root-like place and prints a path to it that we see.
report_of()
{
	local name
	name=$(on pc1 bash -c "cd /run/reports && tsunagu report $1") || return 1
	echo "$(node_path pc1 /run/reports)/$name"
}

scenario_report()
{
	local report
	gateway_start psk="${CANARIES[0]}" users="taro:${CANARIES[1]}"
	on pc1 mkdir -p /run/reports
	profile pc1 office psk="${CANARIES[0]}" password="${CANARIES[1]}"
	cat >>"$(node_path pc1 /etc/tsunagu/office.nmconnection)" <<-END
	[vpn]
	password-command=/bin/echo;${CANARIES[2]}
	some-other-secret=${CANARIES[3]}
	END
	forward_remove 4500
	check_exit "UDP 4500 isn't forwarded: it fails" 13 connect pc1 office
	report=$(report_of office)
	check "the report is for its owner only" test "$(stat -c %a "$report")" = 600
	check "it has the versions, the kernel's parts and the profile" file_has "$report" \
		'tsunagu 0.' 'kernel: Linux' 'ok       kernel ESP' 'gateway=198.51.100.2' 'user=taro'
	check "it has the stages and how it ended" file_has "$report" \
		'main mode message 5 sent' 'udp4500-silent' 'does not run'
	check "it says that there are secrets" file_has "$report" 'ipsec-psk=(set, not shown)' \
		'password=(set, not shown)' '/bin/echo (arguments not shown)'
	check "none of them is in it" no_canary "$report"
	forward_restore 4500
	must "with the forward it connects" connect pc1 office
	report=$(report_of office)
	check "the report has the status" file_has "$report" '"state":"up"' '"phase2"'
	check "and only the last attempt" lacks "$(<"$report")" udp4500-silent
	check "and no secret" no_canary "$report"
	check "nor is one in the log" no_canary "$(node_path pc1 /var/log/tsunagu/office.log)"
	disconnect pc1 office
	# The check itself can fail: a file with a secret in it is found.
	printf 'x %s y\n' "${CANARIES[1]}" >"$OUT/planted"
	check_fails "the search for secrets finds a planted one" no_canary "$OUT/planted"
}
