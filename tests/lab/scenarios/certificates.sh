# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: RSA and ECDSA machine certificates, PEM and PKCS #12, and each reason to refuse them
# seconds: 120
# checks: 34

# issue NAME ALGORITHM SUBJECT-ALTERNATIVE-NAME [OPENSSL-CA-OPTION...]: NAME.key and NAME.pem by the
# authority in $PKI.
issue()
{
	local name=$1 algorithm=$2 alternative=$3
	shift 3
	new_key "$name" "$algorithm"
	openssl req -new -key "$PKI/$name.key" -subj "/C=JP/O=Office/CN=$name" \
		-config "$PKI/config" -out "$PKI/$name.csr"
	printf 'subjectAltName=%s\nkeyUsage=%s\n' "$alternative" "${USAGE:-digitalSignature}" >"$PKI/extensions"
	openssl ca -batch -notext -config "$PKI/config" -in "$PKI/$name.csr" -out "$PKI/$name.pem" \
		-extfile "$PKI/extensions" "$@"
}

new_key()
{
	if [[ $2 == rsa* ]]; then
		openssl genrsa -traditional -out "$PKI/$1.key" "${2#rsa}"
	else
		openssl ecparam -name prime256v1 -genkey -noout -out "$PKI/$1.key"
	fi
	chmod 600 "$PKI/$1.key"
}

# authority NAME: a self-signed one, NAME.key and NAME.pem.
authority()
{
	new_key "$1" ec
	openssl req -x509 -new -key "$PKI/$1.key" -subj "/C=JP/O=Office/CN=$1" -days 3650 \
		-config "$PKI/config" -extensions authority -out "$PKI/$1.pem"
}

pki()
{
	mkdir -p "$PKI"
	: >"$PKI/index"
	echo 01 >"$PKI/serial"
	cat >"$PKI/config" <<-END
	[req]
	distinguished_name = dn
	[dn]
	[authority]
	basicConstraints = critical,CA:TRUE
	keyUsage = critical,keyCertSign,cRLSign
	subjectKeyIdentifier = hash
	[ca]
	default_ca = office
	[office]
	database = $PKI/index
	serial = $PKI/serial
	new_certs_dir = $PKI
	certificate = $PKI/ca.pem
	private_key = $PKI/ca.key
	default_md = sha256
	default_days = 3650
	default_crl_days = 30
	policy = anything
	unique_subject = no
	[anything]
	countryName = optional
	organizationName = optional
	commonName = supplied
	END
	authority ca
	authority stranger
	issue gateway-rsa rsa2048 "IP:$OFFICE"
	issue gateway-ec ec "IP:$OFFICE,DNS:vpn.office.test"
	issue gateway-old ec "IP:$OFFICE" -startdate 20200101000000Z -enddate 20210101000000Z
	issue gateway-future ec "IP:$OFFICE" -startdate 20400101000000Z -enddate 20410101000000Z
	USAGE=keyCertSign issue gateway-usage ec "IP:$OFFICE"
	issue pc-rsa rsa2048 email:pc1@office.test
	issue pc-ec ec email:pc1@office.test
	openssl ca -config "$PKI/config" -gencrl -out "$PKI/good.crl"
	openssl ca -config "$PKI/config" -gencrl -crl_lastupdate 20200101000000Z \
		-crl_nextupdate 20200201000000Z -out "$PKI/old.crl"
	openssl ca -config "$PKI/config" -revoke "$PKI/gateway-ec.pem"
	openssl ca -config "$PKI/config" -gencrl -out "$PKI/revoked.crl"
	openssl pkcs12 -export -inkey "$PKI/pc-rsa.key" -in "$PKI/pc-rsa.pem" \
		-certfile "$PKI/ca.pem" -passout 'pass:tsuuka no kotoba' -out "$PKI/pc.p12"
	openssl x509 -in "$PKI/pc-ec.pem" -outform der -out "$PKI/pc-ec.der"
	chmod 600 "$PKI/pc.p12"
}

# machine NAME [KEY=VALUE...]: the profile with NAME's certificate.
machine()
{
	profile pc1 office machine-auth-type=tls machine-ca="$PKI/ca.pem" \
		machine-cert="$PKI/$1.pem" machine-key="$PKI/$1.key" "${@:2}"
}

# refused TEXT EXIT WORD...: connecting ends so, and says so.
refused()
{
	check_exit "$1" "$2" connect pc1 office --json
	cp "$LAB/output" "$OUT/said"
	check "$1: says so" file_has "$OUT/said" "${@:3}"
}

# connected TEXT: connects, carries packets, disconnects.
connected()
{
	must "$1" connect pc1 office
	ping_office pc1
	disconnect pc1 office
}

files()
{
	machine pc-rsa machine-key="$PKI/pc-ec.key"
	refused "a key that isn't the certificate's" 3 cert-key
	machine pc-rsa machine-cert="$PKI/config"
	refused "a file that is no certificate" 3 cert-file machine-cert
	machine pc-rsa machine-ca="$PKI/pc.p12" machine-cert="$PKI/pc.p12" \
		machine-key="$PKI/pc.p12" machine-certpass=wrong
	refused "a wrong passphrase" 3 cert-passphrase
}

with_rsa()
{
	gateway_start cert="$PKI/gateway-rsa"
	machine pc-rsa ipsec-esp=aes256-sha1
	must "RSA, PEM" connect pc1 office
	ping_office pc1
	check "status grades the cryptography" has "$(on pc1 tsunagu status office)" \
		'cryptography sound (SHA-1 as HMAC in phase 2)'
	disconnect pc1 office
	machine pc-rsa machine-ca="$PKI/pc.p12" machine-cert="$PKI/pc.p12" \
		machine-key="$PKI/pc.p12" machine-certpass='tsuuka no kotoba' \
		ipsec-remote-id='C=JP, O=Office, CN=gateway-rsa'
	must "RSA, PKCS #12 with a passphrase, and the gateway's subject demanded" connect pc1 office
	ping_office pc1
	check "the passphrase has gone from memory" test "$(copies pc1 'tsuuka no kotoba')" = 0
	disconnect pc1 office
	gateway_stop
}

with_ecdsa()
{
	gateway_start cert="$PKI/gateway-ec"
	machine pc-ec machine-cert="$PKI/pc-ec.der" ipsec-crl="$PKI/good.crl" \
		ipsec-local-id=pc1@office.test
	connected "ECDSA, DER, a revocation list, a mail address as identity"
	machine pc-ec ipsec-crl="$PKI/revoked.crl"
	refused "a revoked gateway" 15 peer-revoked
	machine pc-ec ipsec-crl="$PKI/old.crl"
	refused "a list that is too old" 15 peer-crl
	machine pc-ec machine-ca="$PKI/stranger.pem"
	refused "an authority that we don't trust" 15 peer-untrusted
	machine pc-ec ipsec-remote-id='C=JP, O=Office, CN=somebody'
	refused "another identity than demanded" 15 identity-wrong
	# strongSwan is silent to an address with five half-open SAs.
	gateway_stop
	gateway_start cert="$PKI/gateway-ec"
	printf '%s wrong.office.test vpn.office.test\n' "$OFFICE" >>"$(node_path pc1 /etc/hosts)"
	machine pc-ec gateway=wrong.office.test
	refused "a certificate of another name" 15 peer-name wrong.office.test
	machine pc-ec gateway=vpn.office.test
	connected "the name that stands in it"
	gateway_stop
}

# said STRING COUNT: the connection in the background has said it so often.
said()
{
	(($(grep -c "$1" "$OUT/client.log") >= $2))
}

# Somebody with another certificate stands in the gateway's place while a full tunnel is up.
twin()
{
	gateway_start cert="$PKI/gateway-ec"
	machine pc-ec full=yes ipv4.ignore-auto-dns=true
	in_background client pc1 tsunagu connect office --foreground --json
	wait_log "$OUT/client.log" '"event":"up"' 20
	in_background work pc1 ping -q -i 0.2 "$SERVER"
	gateway_restart cert="$PKI/gateway-old"
	check "a twin with another certificate is tried again and again" wait_for 90 said '"cause":"peer-expired"' 4
	check "nothing is opened" has "$(on pc1 ip route get 203.0.113.1 2>&1 || true)" unreachable
	gateway_restart cert="$PKI/gateway-ec"
	check "the true gateway is back, and it is repaired" wait_for 75 said '"repaired":{' 1
	background_stop work || true
	must "the user ends it" disconnect pc1 office
	background_wait client || true
	gateway_stop
}

scenario_certificates()
{
	local PKI=$OUT/pki
	pki >"$OUT/pki.log" 2>&1
	files
	with_rsa
	with_ecdsa
	twin
	local odd
	for odd in old:peer-expired future:clock-wrong usage:peer-usage; do
		gateway_start cert="$PKI/gateway-${odd%:*}"
		machine pc-ec
		refused "a certificate that isn't good: $odd" 15 "${odd#*:}"
		gateway_stop
	done
	cp "$PKI/ca.pem" "$PKI/trusted.pem"
	cp "$PKI/stranger.pem" "$PKI/ca.pem"
	gateway_start cert="$PKI/gateway-ec"
	machine pc-ec machine-ca="$PKI/trusted.pem"
	refused "a gateway that doesn't trust us" 15 cert-refused
}
