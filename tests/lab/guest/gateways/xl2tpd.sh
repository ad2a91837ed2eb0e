# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What stands behind a gateway's IPsec when it is made of packages: xl2tpd and pppd.

lns_config()
{
	local etc address user
	etc=$(node_path gw /etc)
	cat >"$etc/xl2tpd/xl2tpd.conf" <<-END
	[global]
	listen-addr = $(gateway_address)
	port = 1701
	access control = no
	[lns default]
	ip range = ${GATEWAY[pool]}
	local ip = $GATEWAY_LAN
	require authentication = yes
	name = gateway
	length bit = yes
	pppoptfile = /etc/ppp/options.lns
	${GATEWAY[lns_extra]//;/$'\n'}
	END
	rm -f "$etc/xl2tpd/l2tp-secrets"
	[[ -z ${GATEWAY[l2tp_secret]} ]] ||
		printf '* * %s\n' "${GATEWAY[l2tp_secret]}" >"$etc/xl2tpd/l2tp-secrets"
	{
		printf '%s\n' "require-${GATEWAY[auth]}" auth nodetach debug proxyarp \
			nodefaultroute "mtu ${GATEWAY[mru]}" "mru ${GATEWAY[mru]}" \
			lcp-echo-interval\ 10 lcp-echo-failure\ 6
		for address in ${GATEWAY[dns]}; do
			echo "ms-dns $address"
		done
		[[ ${GATEWAY[ccp]} == yes ]] || echo noccp
		printf '%s\n' "${GATEWAY[ppp_extra]//;/$'\n'}"
	} >"$etc/ppp/options.lns"
	for user in ${GATEWAY[users]}; do
		printf '"%s" * "%s" *\n' "${user%%:*}" "${user#*:}"
	done >"$etc/ppp/chap-secrets"
	cp "$etc/ppp/chap-secrets" "$etc/ppp/pap-secrets"
	chmod 600 "$etc/ppp/chap-secrets" "$etc/ppp/pap-secrets"
}

# xl2tpd_start NODE: in the foreground of a background job, ready when it listens.
xl2tpd_start()
{
	mkdir -p "$(node_path "$1" /run/xl2tpd)"
	: >"$LAB/node/$1/xl2tpd.log"
	spawn "$1" xl2tpd -D >"$LAB/node/$1/xl2tpd.log" 2>&1 3>&- &
	wait_log "$LAB/node/$1/xl2tpd.log" 'Listening on IP address'
}

relay_start()
{
	spawn gw perl /lab/guest/relay.pl "$DIRECT6" "$(gateway_address)" \
		>"$LAB/node/gw/relay.log" 2>&1 3>&- &
	wait_log "$LAB/node/gw/relay.log" ready
}

lns_start()
{
	lns_config
	[[ ${GATEWAY[l2tp]} == yes ]] || return 0
	xl2tpd_start gw
	[[ ${GATEWAY[ipv6]} == no ]] || relay_start
}
