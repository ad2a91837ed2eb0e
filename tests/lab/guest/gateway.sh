# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The gateway from packages: strongSwan, xl2tpd and pppd on node gw, in the shape of the office
# router a client meets in the field.
#
# gateway_start KEY=VALUE..., ready when it returns:
#   placement=forward   forward: behind yrt's port forward, clients use $OFFICE
#                       direct: on the internet itself, clients use $DIRECT
#   ike=..., esp=...    proposals in strongSwan's words, a trailing ! makes them strict
#   psk=...  id=...     id: default is the LAN address, as on the office router
#   auth=mschap-v2      or chap, pap
#   users="name:password ..."
#   dns="ADDRESS ..."   up to two   pool=FIRST-LAST   mru=1280
#   l2tp=yes            no: nothing listens behind the gateway's IPsec
#   ike_lifetime=3h  lifetime=1h  dpd=none (or 30s)  reauth=yes
#   ccp=no              yes: the gateway's PPP asks for compression
#   conn_extra="LINE;LINE"  lines for ipsec.conf    ppp_extra="OPTION;OPTION"  for pppd
# Each start begins from these defaults. gateway_stop ends it in good order (deletes are sent),
# gateway_kill without a word.

declare -A GATEWAY=()

gateway_defaults()
{
	local ike=aes256-sha256-modp2048,aes128-sha256-modp2048,aes256-sha1-modp2048
	ike+=,aes128-sha1-modp2048,aes128-sha1-modp1024,3des-sha1-modp1024!
	GATEWAY=(
		[placement]=forward
		[ike]=$ike
		[esp]='aes256-sha1,aes128-sha1,3des-sha1!'
		[psk]='naisho no kagi 1'
		[id]=$GATEWAY_LAN
		[auth]=mschap-v2
		[users]='taro:himitsu hanako:naisho'
		[dns]=$SERVER
		[pool]=192.168.100.200-192.168.100.219
		[mru]=1280
		[l2tp]=yes
		[ike_lifetime]=3h [lifetime]=1h [dpd]=none [reauth]=yes
		[ccp]=no [conn_extra]='' [ppp_extra]=''
	)
}

gateway_parameters()
{
	local pair
	gateway_defaults
	for pair; do
		[[ $pair == *=* && -v GATEWAY[${pair%%=*}] ]] || {
			echo "gateway_start: no such parameter: $pair"
			return 1
		}
		GATEWAY[${pair%%=*}]=${pair#*=}
	done
}

gateway_address()
{
	[[ ${GATEWAY[placement]} == direct ]] && echo "$DIRECT" || echo "$GATEWAY_LAN"
}

# charon_config NODE [LOGLEVEL]: strongswan.conf with the few plugins that a PSK connection needs (each
# costs start time) and a log outside of what nodes see as theirs.
charon_config()
{
	cat >"$(node_path "$1" /etc/strongswan.conf)" <<-END
	charon {
		load = random nonce openssl kdf hmac kernel-netlink socket-default stroke
		filelog {
			lab {
				path = $LAB/node/$1/charon.log
				time_format = %H:%M:%S
				time_add_ms = yes
				flush_line = yes
				default = 1
				ike = ${2:-2}
				cfg = 2
				knl = 2
			}
		}
	}
	END
}

# A section's lines are known by their indentation.
ipsec_config()
{
	sed -E '/^$/d; /^(config|conn) /!s/^\s*/\t/'
}

gateway_ipsec_config()
{
	local etc=$1 dpd=
	[[ ${GATEWAY[dpd]} == none ]] ||
		dpd="dpdaction=clear
		dpddelay=${GATEWAY[dpd]}"
	ipsec_config <<-END >"$etc/ipsec.conf"
	config setup
		uniqueids=no
	conn office
		keyexchange=ikev1
		authby=secret
		type=transport
		left=%any
		leftid=${GATEWAY[id]}
		leftprotoport=17/1701
		right=%any
		rightprotoport=17/%any
		ike=${GATEWAY[ike]}
		esp=${GATEWAY[esp]}
		ikelifetime=${GATEWAY[ike_lifetime]}
		lifetime=${GATEWAY[lifetime]}
		reauth=${GATEWAY[reauth]}
		rekeyfuzz=0%
		$dpd
		${GATEWAY[conn_extra]//;/$'\n'}
		auto=add
	END
	printf ': PSK "%s"\n' "${GATEWAY[psk]}" >"$etc/ipsec.secrets"
}

gateway_ppp_config()
{
	local etc=$1 address user
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
	END
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
	chmod 600 "$etc/ppp/chap-secrets" "$etc/ppp/pap-secrets" "$etc/ipsec.secrets"
}

# charon_start NODE CONN [LOGLEVEL]: returns when charon knows the connection.
charon_start()
{
	charon_config "$1" "${3:-}"
	: >"$LAB/node/$1/charon.log"
	on "$1" /usr/lib/ipsec/starter --daemon charon
	wait_log "$LAB/node/$1/charon.log" "added configuration '$2'"
}

# xl2tpd_start NODE: in the foreground of a background job, ready when it listens.
xl2tpd_start()
{
	mkdir -p "$(node_path "$1" /run/xl2tpd)"
	: >"$LAB/node/$1/xl2tpd.log"
	spawn "$1" xl2tpd -D >"$LAB/node/$1/xl2tpd.log" 2>&1 3>&- &
	wait_log "$LAB/node/$1/xl2tpd.log" 'Listening on IP address'
}

gateway_start()
{
	gateway_parameters "$@" || return 1
	local etc
	etc=$(node_path gw /etc)
	gateway_ipsec_config "$etc"
	gateway_ppp_config "$etc"
	if [[ ${GATEWAY[placement]} == direct ]]; then
		on gw ip route replace default via 192.0.2.1
	else
		on gw ip route replace default via 192.168.100.254
	fi
	if [[ ${GATEWAY[l2tp]} == yes ]]; then
		xl2tpd_start gw
	fi
	charon_start gw office
}

gateway_clear()
{
	/control/labnode clear "${NODE_PID[gw]}" "$1" || true
	on gw ip -batch - <<-END
	xfrm state flush
	xfrm policy flush
	END
	rm -rf "$(node_path gw /run)"/{charon.*,starter.*,xl2tpd*,ppp*}
}

gateway_stop()
{
	gateway_clear 5000
}

gateway_kill()
{
	gateway_clear 0
}

# lan_serve: an iperf3 server on the office's LAN, ready when it returns.
lan_serve()
{
	spawn lan iperf3 -s --forceflush >"$LAB/node/lan/iperf3.log" 2>&1 3>&- &
	wait_log "$LAB/node/lan/iperf3.log" 'Server listening'
}

# lan_dns: a name server at $SERVER that knows *.office.test, ready when it returns. What it was
# asked is in $LAB/node/lan/dns.log.
lan_dns()
{
	spawn lan perl /lab/guest/dns.pl "$SERVER" >"$LAB/node/lan/dns.log" 2>&1 3>&- &
	wait_log "$LAB/node/lan/dns.log" ready
}
