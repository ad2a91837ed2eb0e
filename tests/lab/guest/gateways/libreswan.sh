# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# kind=libreswan: libreswan's pluto, with xl2tpd and pppd behind it. Its programs are called one by one:
# the script ipsec starts dozens of processes, which takes a minute here.
#
# ike=, esp= in libreswan's words, always strict. This build has no modp1024, and one word that it
# doesn't know makes it refuse the whole connection. reauth is not known here.
# rekey=no: yes lets it begin renewals.

LIBRESWAN=/usr/libexec/ipsec

libreswan_defaults()
{
	local ike=aes256-sha256-modp2048,aes128-sha256-modp2048,aes256-sha1-modp2048
	ike+=,aes128-sha1-modp2048,3des-sha1-modp1536
	GATEWAY+=([ike]=$ike [esp]='aes256-sha1,aes128-sha1,3des-sha1' [rekey]=no)
}

libreswan_config()
{
	local etc=$1 dpd='' left
	left=$(gateway_address)
	[[ ${GATEWAY[ipv6]} == no ]] || left=$DIRECT6
	[[ ${GATEWAY[dpd]} == none ]] ||
		dpd="dpdaction=clear
		dpddelay=${GATEWAY[dpd]}
		dpdtimeout=$((3 * ${GATEWAY[dpd]%s}))s"
	ipsec_config <<-END >"$etc/ipsec.conf"
	config setup
		ikev1-policy=accept
		uniqueids=no
		virtual-private=%v4:192.168.0.0/16,%v4:!192.168.100.0/24,%v6:fd00::/8
	conn office
		ikev2=no
		authby=secret
		type=transport
		left=$left
		leftid=${GATEWAY[id]}
		leftprotoport=17/1701
		leftupdown=%disabled
		right=%any
		rightprotoport=17/${GATEWAY[client_port]}
		rightsubnet=vhost:%no,%priv
		ike=${GATEWAY[ike]}
		esp=${GATEWAY[esp]}
		ikelifetime=${GATEWAY[ike_lifetime]}
		salifetime=${GATEWAY[lifetime]}
		pfs=no
		rekey=${GATEWAY[rekey]}
		$dpd
		${GATEWAY[conn_extra]//;/$'\n'}
		auto=add
	END
	printf ': PSK "%s"\n' "${GATEWAY[psk]}" >"$etc/ipsec.secrets"
	chmod 600 "$etc/ipsec.secrets"
}

# Pluto wants a certificate database, if only an empty one.
libreswan_database()
{
	local dir=$LAB/node/gw/nss
	[[ ! -d $dir ]] || return 0
	mkdir "$dir"
	certutil -N -d "sql:$dir" --empty-password
}

# Pluto starts addconn by itself, which loads the connections and has it listen.
libreswan_start()
{
	local log=$LAB/node/gw/pluto.log
	lns_start
	libreswan_config "$(node_path gw /etc)"
	libreswan_database
	mkdir -p "$(node_path gw /run)/pluto"
	: >"$log"
	spawn gw "$LIBRESWAN/pluto" --config /etc/ipsec.conf --nssdir "$LAB/node/gw/nss" \
		--nofork --nhelpers 0 --logfile "$log" >"$LAB/node/gw/pluto-start.log" 2>&1 3>&- &
	wait_log "$log" 'loading secrets from'
}
