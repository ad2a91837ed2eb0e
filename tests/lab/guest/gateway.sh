# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The office's gateway on node gw, in one of several kinds that take the same parameters.
#
# gateway_start KEY=VALUE..., ready when it returns:
#   kind=strongswan     strongSwan, xl2tpd and pppd; libreswan: the same with libreswan; softether: SoftEther VPN server;
#                       emulator: the project's own
#   placement=forward   forward: behind yrt's port forward, clients use $OFFICE
#                       direct: on the internet itself, clients use $DIRECT
#   ipv6=no             yes: with placement=direct and network_ipv6, clients use $DIRECT6
#   ike=..., esp=...    proposals in the kind's words, see gateways/KIND.sh
#   psk=...  id=...     id: default is the LAN address, as on the office router
#   auth=mschap-v2      or chap, pap
#   users="name:password ..."
#   dns="ADDRESS ..."   up to two   pool=FIRST-LAST   mru=1280
#   client_port=%any    the L2TP source port that clients may use
#   l2tp_secret=...     xl2tpd's, for whoever challenges; default: it has none
#   l2tp=yes            no: nothing listens behind the gateway's IPsec
#   ike_lifetime=3h  lifetime=1h  dpd=none (or 30s)  reauth=yes
#   ccp=no              yes: the gateway's PPP asks for compression
#   conn_extra="LINE;LINE"  lines for ipsec.conf    ppp_extra="OPTION;OPTION"  for pppd
#   lns_extra="LINE;LINE"   lines for xl2tpd.conf's [lns default]
# Each start begins from these defaults. gateway_stop ends it in good order (deletes are sent),
# gateway_kill without a word. gateway_restart KEY=VALUE... does the latter and starts another one;
# gateway_again starts the last one again.
#
# gateways/KIND.sh has the kind: KIND_defaults sets what differs in GATEWAY, KIND_start starts it with
# GATEWAY's values and returns when it is ready. Its processes live in node gw, its logs are
# $LAB/node/gw/*.log.

# second_gateway_start KEY=VALUE...: one of kind=emulator in second_office, beside the other one; clients use $SECOND.

declare -A GATEWAY=()
# shellcheck disable=SC2034
GATEWAY_NODE=gw
# As it was started last.
GATEWAY_WORDS=()

for file in /lab/guest/gateways/*.sh; do
	# shellcheck source=/dev/null
	. "$file"
done

gateway_defaults()
{
	GATEWAY=(
		[kind]=strongswan
		[placement]=forward [ipv6]=no
		[ike]='' [esp]=''
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
		[client_port]=%any [l2tp_secret]='' [lns_extra]=''
	)
}

# A kind's own defaults come before what the scenario says, so the kind has to be known first.
gateway_parameters()
{
	local pair
	gateway_defaults
	for pair; do
		[[ $pair != kind=* ]] || GATEWAY[kind]=${pair#*=}
	done
	"${GATEWAY[kind]}_defaults"
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

gateway_start()
{
	gateway_parameters "$@" || return 1
	GATEWAY_WORDS=("$@")
	if [[ ${GATEWAY[placement]} == direct ]]; then
		on gw ip route replace default via 192.0.2.1
	else
		on gw ip route replace default via 192.168.100.254
	fi
	"${GATEWAY[kind]}_start"
}

second_gateway_start()
{
	(
		# shellcheck disable=SC2034
		GATEWAY_NODE=gw2 DIRECT=$SECOND GATEWAY_LAN=$SECOND_LAN
		gateway_parameters kind=emulator placement=direct pool=192.168.200.200-192.168.200.219 \
			dns="$SECOND_SERVER" "$@" || exit
		emulator_start
	)
}

# A pppd whose daemons are gone waits three seconds for an answer that can't come any more.
gateway_clear()
{
	/control/labnode clear "${NODE_PID[gw]}" "$1" pppd || true
	on gw ip -batch - <<-END
	xfrm state flush
	xfrm policy flush
	END
	rm -rf "$(node_path gw /run)"/{charon.*,starter.*,pluto,xl2tpd*,ppp*}
}

gateway_stop()
{
	gateway_clear 5000
}

gateway_kill()
{
	gateway_clear 0
}

# Without a word to the clients: none of them is connected when a scenario wants another gateway.
gateway_restart()
{
	gateway_kill
	gateway_start "$@"
}

gateway_again()
{
	gateway_start "${GATEWAY_WORDS[@]}"
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
