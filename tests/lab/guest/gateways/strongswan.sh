# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# kind=strongswan: strongSwan's charon, with xl2tpd and pppd behind it. The classic client uses the
# same parts.
#
# ike=, esp= in strongSwan's words, a trailing ! makes them strict.
# cert=PATH: certificates in the place of the key, PATH.pem with PATH.key; clients' must be issued by
# the authority in ca.pem of the same folder. The identity is the certificate's subject then.
# fragment_size=1280: a longer IKE message goes in pieces.
# half_open=5: so many phases 1 that aren't done are taken from one address, the rest is ignored.

strongswan_defaults()
{
	local ike=aes256-sha256-modp2048,aes128-sha256-modp2048,aes256-sha1-modp2048
	ike+=,aes128-sha1-modp2048,aes128-sha1-modp1024,3des-sha1-modp1024!
	GATEWAY+=([ike]=$ike [esp]='aes256-sha1,aes128-sha1,3des-sha1!' [cert]='' [fragment_size]=1280 [half_open]=5)
}

# charon_config NODE [LOGLEVEL]: strongswan.conf with the few plugins that the connection needs (each
# costs start time) and a log outside of what nodes see as theirs.
charon_config()
{
	local certificates=
	[[ $1 != gw || -z ${GATEWAY[cert]-} ]] || certificates='pem pkcs1 pkcs8 x509 constraints'
	cat >"$(node_path "$1" /etc/strongswan.conf)" <<-END
	charon {
		fragment_size = ${GATEWAY[fragment_size]-1280}
		block_threshold = ${GATEWAY[half_open]-5}
		load = random nonce openssl $certificates kdf hmac kernel-netlink socket-default stroke
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
	sed -E '/^\s*$/d; /^\s*(config|conn|ca) /!s/^\s*/\t/; s/^\s+(ca) /\1 /'
}

# strongswan_key FILE: the line for ipsec.secrets.
strongswan_key()
{
	grep -q 'BEGIN EC' "$1" && echo ": ECDSA $1" || echo ": RSA $1"
}

strongswan_ipsec_config()
{
	local etc=$1 dpd='' authby=secret auth='' ca=''
	[[ ${GATEWAY[dpd]} == none ]] ||
		dpd="dpdaction=clear
		dpddelay=${GATEWAY[dpd]}"
	printf ': PSK "%s"\n' "${GATEWAY[psk]}" >"$etc/ipsec.secrets"
	if [[ -n ${GATEWAY[cert]} ]]; then
		authby=pubkey
		auth="leftcert=${GATEWAY[cert]}.pem
		leftsendcert=always"
		ca="ca office
		cacert=${GATEWAY[cert]%/*}/ca.pem
		auto=add"
		strongswan_key "${GATEWAY[cert]}.key" >"$etc/ipsec.secrets"
	fi
	ipsec_config <<-END >"$etc/ipsec.conf"
	config setup
		uniqueids=no
	conn office
		keyexchange=ikev1
		authby=$authby
		$auth
		type=transport
		left=%any
		leftid=${GATEWAY[id]}
		leftprotoport=17/1701
		right=%any
		rightprotoport=17/${GATEWAY[client_port]}
		ike=${GATEWAY[ike]}
		esp=${GATEWAY[esp]}
		ikelifetime=${GATEWAY[ike_lifetime]}
		lifetime=${GATEWAY[lifetime]}
		reauth=${GATEWAY[reauth]}
		rekeyfuzz=0%
		$dpd
		${GATEWAY[conn_extra]//;/$'\n'}
		auto=add
	$ca
	END
	chmod 600 "$etc/ipsec.secrets"
}

# charon_run NODE CONN: returns when charon knows the connection.
charon_run()
{
	: >"$LAB/node/$1/charon.log"
	on "$1" /usr/lib/ipsec/starter --daemon charon
	wait_log "$LAB/node/$1/charon.log" "added configuration '$2'"
}

strongswan_start()
{
	lns_start
	strongswan_ipsec_config "$(node_path gw /etc)"
	charon_config gw
	charon_run gw office
}
