# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Today's client, as a yardstick: strongSwan, xl2tpd and pppd on a PC.
#
# classic_start NODE [KEY=VALUE...]   its daemons: gateway=... psk=... user=... password=...
#                                     ike=... esp=...
# classic_connect NODE                until pppd has its address; sets CLASSIC_ADDRESS
# classic_disconnect NODE, classic_stop NODE

declare -A CLASSIC=()
export CLASSIC_ADDRESS=

classic_parameters()
{
	local pair
	CLASSIC=(
		[gateway]=$OFFICE [psk]='naisho no kagi 1' [user]=taro [password]=himitsu
		[ike]=aes256-sha256-modp2048! [esp]=aes256-sha1!
	)
	for pair; do
		[[ $pair == *=* && -v CLASSIC[${pair%%=*}] ]] || {
			echo "classic_start: no such parameter: $pair"
			return 1
		}
		CLASSIC[${pair%%=*}]=${pair#*=}
	done
}

classic_config()
{
	local etc=$1
	ipsec_config <<-END >"$etc/ipsec.conf"
	conn office
		keyexchange=ikev1
		authby=secret
		type=transport
		left=%defaultroute
		leftprotoport=17/1701
		right=${CLASSIC[gateway]}
		rightid=%any
		rightprotoport=17/1701
		ike=${CLASSIC[ike]}
		esp=${CLASSIC[esp]}
		auto=add
	END
	printf ': PSK "%s"\n' "${CLASSIC[psk]}" >"$etc/ipsec.secrets"
	cat >"$etc/xl2tpd/xl2tpd.conf" <<-END
	[lac office]
	lns = ${CLASSIC[gateway]}
	name = ${CLASSIC[user]}
	pppoptfile = /etc/ppp/options.lac
	length bit = yes
	END
	printf '%s\n' noauth nodetach debug noccp usepeerdns nodefaultroute 'mtu 1280' 'mru 1280' \
		"user ${CLASSIC[user]}" >"$etc/ppp/options.lac"
	printf '"%s" * "%s" *\n' "${CLASSIC[user]}" "${CLASSIC[password]}" >"$etc/ppp/chap-secrets"
	cp "$etc/ppp/chap-secrets" "$etc/ppp/pap-secrets"
	chmod 600 "$etc/ppp/chap-secrets" "$etc/ppp/pap-secrets" "$etc/ipsec.secrets"
}

classic_start()
{
	local node=$1
	shift
	classic_parameters "$@"
	classic_config "$(node_path "$node" /etc)"
	xl2tpd_start "$node"
	charon_start "$node" office
}

classic_connect()
{
	local log=$LAB/node/$1/syslog text
	: >"$log"
	on "$1" /usr/lib/ipsec/stroke up office
	echo 'c office' >"$(node_path "$1" /run/xl2tpd/l2tp-control)"
	wait_log "$log" 'remote IP address' || return 1
	text=$(<"$log")
	text=${text##*local  IP address }
	CLASSIC_ADDRESS=${text%%$'\n'*}
}

classic_disconnect()
{
	echo 'd office' >"$(node_path "$1" /run/xl2tpd/l2tp-control)"
	wait_log "$LAB/node/$1/syslog" 'Exit.'
	on "$1" /usr/lib/ipsec/stroke down office
}

classic_stop()
{
	/control/labnode clear "${NODE_PID[$1]}" 5000 || true
}
