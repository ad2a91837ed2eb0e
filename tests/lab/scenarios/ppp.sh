# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: PPP's sizes for each uplink, IPv6 inside, EAP, MPPE, echoes, what is refused
# seconds: 102
# checks: 95
# userlands: bookworm trixie

# A full packet each way in one piece, and a megabyte of TCP each way.
full_packets()
{
	local text=$1 mtu=$2 mru=$3
	check "$text: the interface's MTU is $mtu" has "$(on pc1 ip link show dev ppp0)" "mtu $mtu "
	check "$text: the gateway's is $mru" has "$(on gw ip -o link show type ppp)" "mtu $mru "
	capture_start inet pieces '(ip[6:2] & 0x3fff) != 0 and udp'
	check "$text: a packet of that size passes whole" \
		on pc1 ping -q -M 'do' -s $((mtu - 28)) -c 2 -i 0.1 -W 3 "$SERVER"
	check "$text: a megabyte to the office" on pc1 iperf3 -c "$SERVER" -n 1M
	check "$text: a megabyte from there" on pc1 iperf3 -c "$SERVER" -n 1M -R
	capture_stop pieces
	check "$text: nothing was cut outside" lacks "$(capture_text pieces)" ' > '
}

# sized TEXT MTU MRU COMMAND...: what the interface gets when the uplink is made so by the command.
sized()
{
	local text=$1 mtu=$2 mru=$3
	shift 3
	on pc1 "$@"
	must "$text: connects" connect pc1 office
	full_packets "$text" "$mtu" "$mru"
	check "$text: disconnects" disconnect pc1 office
}

# RFC 879: what a SYN announces is the interface's MTU without the two headers, in both directions.
segments()
{
	capture_start pc1:ppp0 segments 'tcp[tcpflags] & tcp-syn != 0'
	on pc1 iperf3 -c "$SERVER" -n 10K >/dev/null
	capture_stop segments
	check "our SYN announces MTU - 40" has "$(capture_text segments "dst host $SERVER")" 'mss 1360'
}

# The narrow link is one that this machine doesn't see, and nobody says that packets are too large.
narrow_path()
{
	on napt ip link set wan0 mtu 1280
	on inet ip link set branch0 mtu 1280
	on napt iptables-legacy -w -I OUTPUT -p icmp --icmp-type fragmentation-needed -j DROP
	on inet iptables-legacy -w -I OUTPUT -p icmp --icmp-type fragmentation-needed -j DROP
	must "a path of 1280 without a word: connects" connect pc1 office
	check "it asks for all that its own link carries" has "$(on pc1 ip link show dev ppp0)" 'mtu 1400 '
	capture_start inet narrow '(ip[6:2] & 0x3fff) != 0 and udp'
	check "a full packet passes" on pc1 ping -q -M 'do' -s 1372 -c 2 -i 0.1 -W 3 "$SERVER"
	check "a megabyte passes to the office" on pc1 iperf3 -c "$SERVER" -n 1M
	check "and back" on pc1 iperf3 -c "$SERVER" -n 1M -R
	capture_stop narrow
	check "in pieces, which the routers on the way make" has "$(capture_text narrow)" ' > '
	check "disconnects" disconnect pc1 office
}

# An authority, and for each name a certificate and a key in NODE's folder.
certificates()
{
	local dir=$1 name
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
		-subj /CN=authority -keyout "$dir/ca.key" -out "$dir/ca.pem"
	for name in gateway taro; do
		openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$name" \
			-keyout "$dir/$name.key" -out "$dir/$name.csr"
		openssl x509 -req -days 2 -in "$dir/$name.csr" -CA "$dir/ca.pem" \
			-CAkey "$dir/ca.key" -CAcreateserial -out "$dir/$name.pem"
	done
	openssl ec -aes128 -passout pass:himitsu -in "$dir/taro.key" -out "$dir/locked.key"
	openssl pkcs12 -export -passout pass:himitsu -inkey "$dir/taro.key" -in "$dir/taro.pem" \
		-certfile "$dir/ca.pem" -out "$dir/taro.p12"
	chmod 600 "$dir"/*
}

# round TEXT: connects, carries traffic, ends.
round()
{
	must "$1: connects" connect pc1 office
	check "$1: reaches the office" ping_office pc1
	check "$1: disconnects" disconnect pc1 office
}

# refused TEXT STATUS WORD...: it doesn't connect, and says why.
refused()
{
	local text=$1
	check_exit "$text" "$2" connect pc1 office
	cp "$LAB/output" "$OUT/said"
	shift 2
	check "$text: says why" file_has "$OUT/said" "$@"
}

# gateway_anew KEY=VALUE...: another gateway; its pppd's log begins anew.
gateway_anew()
{
	gateway_stop
	: >"$LAB/node/gw/syslog"
	gateway_start "$@"
}

# EAP-TLS (RFC 5216): the key with and without a passphrase, everything in PKCS#12. A pppd that has
# passwords does not offer it, hence no users.
eap_tls()
{
	local dir=$LAB/certificates etc d=/etc/tsunagu
	mkdir -p "$dir" "$(node_path pc1 $d)"
	certificates "$dir" >>"$OUT/scenario.log" 2>&1
	etc=$(node_path gw /etc/ppp)
	cp "$dir"/{ca.pem,gateway.pem,gateway.key} "$etc"
	printf 'taro gateway - /etc/ppp/gateway.pem /etc/ppp/ca.pem /etc/ppp/gateway.key *\n' \
		>"$etc/eaptls-server"
	chmod 600 "$etc/eaptls-server"
	cp -p "$dir"/{ca.pem,taro.pem,taro.key,locked.key,taro.p12} "$(node_path pc1 $d)"
	gateway_anew auth=eap users=
	local -a files=(user-auth-type=tls "user-ca=$d/ca.pem" "user-cert=$d/taro.pem")
	profile pc1 office "${files[@]}" user-key=$d/taro.key
	round "EAP-TLS"
	profile pc1 office user-auth-type=tls user-cert=$d/taro.p12 certpass=himitsu
	round "EAP-TLS, PKCS#12"
	profile pc1 office "${files[@]}" user-key=$d/locked.key certpass=himitsu
	must "EAP-TLS, key with a passphrase: connects" connect pc1 office
	# shellcheck disable=SC2016
	check_fails "which no argument or environment has" on pc1 bash -c \
		'cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ | grep -az -e himits[u] -e PRIVAT[E]'
	check "disconnects" disconnect pc1 office
	profile pc1 office "${files[@]}" user-key=$d/locked.key certpass=chigau
	refused "a wrong passphrase" 3 user-certpass
	profile pc1 office "${files[@]}" user-key=$d/nothing.key
	refused "a missing key" 3 nothing.key
	profile pc1 office
	refused "a gateway that wants a certificate" 19 'user or password is wrong'
	rm "$etc/eaptls-server"
	gateway_anew auth=eap
	round "EAP with a password"
	profile pc1 office "${files[@]}" user-key=$d/taro.key
	refused "a gateway that wants a password" 19 ''
	profile pc1 office
}

# What the gateway's PPP asks for and doesn't get, without ending over it (RFC 1962, RFC 1990).
asked_too_much()
{
	gateway_anew ccp=yes ppp_extra='multilink;mrru 1500;deflate 12;noipv6'
	must "a gateway with compression and multilink, without IPv6: connects" connect pc1 office
	check "it works" ping_office pc1
	check "without IPv6" lacks "$(on pc1 tsunagu status office)" fe80
	check "disconnects" disconnect pc1 office
	check "it asked for both" file_has "$LAB/node/gw/syslog" 'CCP ConfReq' 'mrru 1500'
	check "and got neither" file_has "$LAB/node/gw/syslog" 'ConfRej id=0x1 <mrru' \
		"Protocol-Reject for 'Compression Control Protocol'"
}

# MPPE (RFC 3078) as gateways without IPsec know it; adds nothing here.
mppe()
{
	gateway_anew ccp=yes ppp_extra='require-mppe-128'
	profile pc1 office require-mppe=yes
	round "MPPE"
	check "with 128 bits" file_has "$LAB/node/gw/syslog" 'MPPE 128-bit stateless'
	profile pc1 office require-mppe-128=yes mppe-stateful=yes
	round "MPPE with 128 bits"
	profile pc1 office
	refused "a gateway that demands MPPE" 18 PPP
	gateway_anew ccp=yes ppp_extra='require-mppe-40'
	profile pc1 office require-mppe-40=yes
	round "MPPE with 40 bits"
	profile pc1 office require-mppe-128=yes
	# Who speaks first is chance: the gateway may refuse ours before it is refused.
	refused "a gateway with 40 bits for a profile with 128" 18 MPPE
	profile pc1 office require-mppe=yes require-mppe-128=yes
	refused "the same for one that says both" 18 MPPE
	profile pc1 office require-mppe=yes
	round "MPPE with any length"
	gateway_anew
	refused "a gateway without MPPE" 18 MPPE
	profile pc1 office
}

# The gateway's PPP hangs; nothing else of it does.
echo_death()
{
	profile pc1 office reconnect=no lcp-echo-interval=1 lcp-echo-failure=3
	in_background alone pc1 tsunagu connect --foreground office
	wait_log "$OUT/alone.log" 'connected'
	on gw pkill -STOP pppd
	local r=0
	background_wait alone || r=$?
	check "silence of the gateway's PPP ends the connection" test "$r" == 20
	check "with its reason" file_has "$OUT/alone.log" 'stopped answering' 'no answer to LCP echo requests'
	on gw pkill -CONT pppd
	profile pc1 office
}

# The office has IPv6: its LAN fd00:100::/64, and fd00:200::/64 for whoever dials in.
office_ipv6()
{
	on gw bash -c 'echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
	on gw ip address add fd00:100::1/64 dev lan0 nodad
	on lan ip address add fd00:100::10/64 dev eth0 nodad
	on lan ip route add default via fd00:100::1
}

# The gateway's link-local address in the tunnel.
peer_address()
{
	on pc1 tsunagu status office --json | sed -E 's/.*"peer-link-local":"([^"]*)".*/\1/'
}

# The gateway announces itself on the tunnel, and the client takes an address and the route back is known. The device of
# the connection before may be there still.
announce()
{
	local device
	wait_for 10 status_has fe80:
	device=$(on gw ip -6 -br address show to "$(peer_address)")
	device=${device%% *}
	on gw ip route replace fd00:200::/64 dev "$device"
	on gw perl /lab/guest/ra.pl "$device" fd00:200::
	wait_for 10 status_has fd00:200:
}

status_has()
{
	has "$(on pc1 tsunagu status office)" "$1"
}

ping6()
{
	on pc1 ping -6 -q -c 3 -i 0.1 -W 5 "$1"
}

ipv6()
{
	office_ipv6
	profile pc1 office ipv6.method=auto ipv6.route1=fd00:100::/64
	must "IPv6: connects" connect pc1 office
	check "IPv6: there is a link-local address" wait_for 10 status_has fe80:
	check "IPv6: the gateway's answers" ping6 "$(peer_address)%ppp0"
	check "IPv6: the gateway's announcement gives another" announce
	check "IPv6: the office answers" ping6 fd00:100::10
	check "IPv6: the default route isn't taken in a split tunnel" \
		lacks "$(on pc1 ip -6 route)" 'default'
	check "IPv6: disconnects" disconnect pc1 office
	profile pc1 office full=yes
	must "IPv6, full tunnel: connects" connect pc1 office
	check "IPv6, full tunnel: an address" announce
	check "IPv6, full tunnel: everything goes there" \
		has "$(on pc1 ip route get 2001:db8::1)" 'dev ppp0'
	check "IPv6, full tunnel: disconnects" disconnect pc1 office
	profile pc1 office ipv6.method=ignore
	must "IPv6 ignored: connects" connect pc1 office
	check "IPv6 ignored: none is there" lacks "$(on pc1 ip -6 address show dev ppp0)" inet6
	check "IPv6 ignored: disconnects" disconnect pc1 office
	profile pc1 office
}

scenario_ppp()
{
	gateway_start mru=1792
	lan_serve
	profile pc1 office
	must "connects" connect pc1 office
	full_packets "Ethernet" 1400 1400
	segments
	check "disconnects" disconnect pc1 office
	sized "PPPoE" 1356 1354 ip link set eth0 mtu 1454
	sized "a route of 1280" 1196 1194 ip route change default via 192.168.10.1 mtu 1280
	on pc1 ip route change default via 192.168.10.1
	on pc1 ip link set eth0 mtu 1500
	ipv6
	narrow_path
	asked_too_much
	mppe
	echo_death
	eap_tls
}
