# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Today's client, as a yardstick: strongSwan, xl2tpd and pppd on a PC.
#
# classic_start NODE [KEY=VALUE...]   its daemons: gateway=... psk=... user=... password=...
#                                     ike=... esp=... ike_lifetime=... lifetime=... margin=...
# classic_daemons NODE                only starts them, as classic_start configured them before
# classic_connect NODE                until pppd has its address; sets CLASSIC_ADDRESS
# classic_keys NODE DIR               its key log as tshark-decrypt wants it; for phase 1's key
#                                     classic_start needs log=4
# classic_disconnect NODE, classic_stop NODE

declare -A CLASSIC=()
export CLASSIC_ADDRESS=

classic_parameters()
{
	local pair
	CLASSIC=(
		[gateway]=$OFFICE [psk]='naisho no kagi 1' [user]=taro [password]=himitsu
		[ike]=aes256-sha256-modp2048! [esp]=aes256-sha1! [log]=2
		[ike_lifetime]=3h [lifetime]=1h [margin]=9m
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
		ikelifetime=${CLASSIC[ike_lifetime]}
		lifetime=${CLASSIC[lifetime]}
		margintime=${CLASSIC[margin]}
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
	classic_parameters "$@" || return 1
	classic_config "$(node_path "$node" /etc)"
	charon_config "$node" "${CLASSIC[log]}"
	classic_daemons "$node"
}

classic_daemons()
{
	xl2tpd_start "$1"
	charon_run "$1" office
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

# For AES-CBC and HMAC-SHA1 in phase 2.
classic_keys()
{
	local state cookie key charon=$LAB/node/$1/charon.log
	mkdir -p "$2"
	state=$(on "$1" ip xfrm state list)
	awk '
		$1 == "proto" { spi = $4 }
		$1 == "auth-trunc" { auth = $3 }
		$1 == "enc" {
			printf "\"IPv4\",\"*\",\"*\",\"%s\",", spi
			printf "\"AES-CBC [RFC3602]\",\"%s\",", $3
			printf "\"HMAC-SHA-1-96 [RFC2404]\",\"%s\"\n", auth
		}' <<<"$state" >"$2/esp_sa"
	cookie=$(on "$1" /usr/lib/ipsec/stroke statusall |
		sed -nE 's/.*IKEv1 SPIs: ([0-9a-f]{16})_i.*/\1/p')
	key=$(awk '
		/encryption key Ka/ { want = 1; next }
		want && / +[0-9]+: ([0-9A-F][0-9A-F] )+/ {
			sub(/.* [0-9]+: /, "")
			sub(/  .*/, "")
			gsub(/ /, "")
			key = key $0
			next
		}
		{ want = 0 }
		END { print key }' "$charon")
	echo "$cookie,$key" >"$2/ikev1_decryption_table"
}

classic_disconnect()
{
	echo 'd office' >"$(node_path "$1" /run/xl2tpd/l2tp-control)"
	wait_log "$LAB/node/$1/syslog" 'Exit.'
	on "$1" /usr/lib/ipsec/stroke down office
}

classic_stop()
{
	/control/labnode clear "${NODE_PID[$1]}" 5000 pppd || true
}
