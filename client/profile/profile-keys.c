/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keys of a profile: NetworkManager's own, NetworkManager-l2tp's under its names, and ours
 * where it has none. What a type's value looks like and how it is read is in profile-values.c.
 */
#include "client/profile/profile-keys.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "client/failure/i18n.h"
#include "client/profile/profile.h"
#include "lib/macros.h"

#define AT(field)   .target = offsetof(struct profile, field)
#define TEXT(field) AT(field), .max = sizeof(((struct profile *)NULL)->field)
#define IGNORED(sect, key)                                       \
	{                                                        \
		.section = sect, .name = key, .type = KEY_OTHERS \
	}

/* Windows' order where both name the same, SHA-256 before SHA-1; eight are answered by every
 * gateway. */
#define IKE_DEFAULT                                                                          \
	"aes256-sha256-ecp384,aes256-sha256-modp2048,aes256-sha1-ecp384,aes128-sha1-ecp256," \
	"aes256-sha1-modp2048,aes128-sha256-ecp256,aes128-sha256-modp2048,aes128-sha1-modp2048"
/* SHA-1 first, as Windows: as an HMAC it holds, and old gateways cut SHA-256's value to 96 bits. */
#define ESP_DEFAULT "aes256-sha1,aes128-sha1,aes256-sha256,aes128-sha256"

/* clang-format off */
const struct profile_key profile_keys[] = {
	{ .section = "connection", .name = "id", .type = KEY_TEXT, TEXT(id),
	  .help = N_("The name that users see. The command line takes it too, when no file has that name.") },
	{ .section = "connection", .name = "uuid", .type = KEY_TEXT, TEXT(uuid),
	  .help = N_("NetworkManager's identification of the connection; shown only.") },
	{ .section = "connection", .name = "type", .type = KEY_KIND, .word = "vpn",
	  .help = N_("The kind of connection.") },
	{ .section = "connection", .name = "interface-name", .type = KEY_IFNAME,
	  .help = N_("Name for the network interface instead of pppN.") },

	{ .section = "vpn", .name = "service-type", .type = KEY_KIND,
	  .word = "org.freedesktop.NetworkManager.l2tp",
	  .help = N_("The kind of VPN.") },
	{ .section = "vpn", .name = "gateway", .type = KEY_HOST, TEXT(gateway),
	  .label = N_("Gateway"),
	  .help = N_("Name or address of the gateway. Required. All addresses of a name are tried, IPv6 "
		  "first where there is a way to it.") },
	{ .section = "vpn", .name = "user", .type = KEY_TEXT, TEXT(user),
	  .label = N_("User name"),
	  .help = N_("User name for PPP. Required.") },
	{ .section = "vpn", .name = "domain", .type = KEY_TEXT, TEXT(domain),
	  .label = N_("Windows domain"),
	  .help = N_("Windows domain, put before the user name with a backslash.") },
	{ .section = "vpn", .name = "user-auth-type", .type = KEY_USER_AUTH, .def = "password",
	  .label = N_("User authentication"),
	  .help = N_("How the user is authenticated: password, or tls for EAP-TLS with a certificate, for "
		  "which pppd has to be 2.4.9 or later.") },
	{ .section = "vpn", .name = "machine-auth-type", .type = KEY_MACHINE_AUTH, .def = "psk",
	  .label = N_("Machine authentication"),
	  .help = N_("How the gateway and this machine prove to each other who they are: psk by the pre-shared "
		  "key, tls by certificates.") },
	{ .section = "vpn", .name = "machine-ca", .type = KEY_LOCATION, TEXT(machine_ca),
	  .label = N_("Authority of the gateway's certificate"),
	  .help = N_("With certificates: the authorities that may have issued the gateway's, as a file (PEM, DER "
		  "or PKCS #12) or a pkcs11: URI. The same as machine-cert when it is not there. The system's "
		  "authorities are never taken.") },
	{ .section = "vpn", .name = "machine-cert", .type = KEY_LOCATION, TEXT(machine_cert),
	  .label = N_("Machine's certificate"),
	  .help = N_("This machine's certificate, with those that lead to an authority, as machine-ca. All three "
		  "may name the same PKCS #12 file.") },
	{ .section = "vpn", .name = "machine-key", .type = KEY_LOCATION, TEXT(machine_key),
	  .label = N_("Key of the machine's certificate"),
	  .help = N_("Its private key, RSA or ECDSA, as machine-ca; the same as machine-cert when it is not there. "
		  "Nobody but its owner may read the file.") },
	{ .section = "vpn", .name = "machine-certpass-flags", .type = KEY_FLAGS, .def = "0",
	  AT(machine_certpass.flags), .max = 7,
	  .help = N_("As password-flags, for the passphrase of the three.") },
	{ .section = "vpn", .name = "machine-certpass-file", .type = KEY_SECRET_FILE, TEXT(machine_certpass.file),
	  .help = N_("As password-file, for the passphrase.") },
	{ .section = "vpn", .name = "machine-certpass-command", .type = KEY_ARGV, AT(machine_certpass.argv),
	  .help = N_("As password-command, for the passphrase.") },
	{ .section = "vpn", .name = "ipsec-crl", .type = KEY_LOCATION, TEXT(crl),
	  .label = N_("Revocation lists"),
	  .help = N_("Revocation lists of the authorities, as machine-ca. The gateway's certificate must be "
		  "covered by one that is up to date. Nothing is ever fetched from the network.") },
	{ .section = "vpn", .name = "password-flags", .type = KEY_FLAGS, .def = "0",
	  AT(password.flags), .max = 7,
	  .help = N_("Where NetworkManager keeps the password; a sum of 1 (an agent of the user's session "
		  "has it), 2 (it is asked for each time), 4 (there is none).") },
	{ .section = "vpn", .name = "password-file", .type = KEY_SECRET_FILE, TEXT(password.file),
	  .help = N_("File whose first line is the password. It must belong to root or the caller and be "
		  "closed to others.") },
	{ .section = "vpn", .name = "password-command", .type = KEY_ARGV, AT(password.argv),
	  .help = N_("Command whose first line of output is the password. No shell is involved.") },

	{ .section = "vpn", .name = "ipsec-enabled", .type = KEY_WORD, .word = "yes",
	  .label = N_("IPsec"),
	  .help = N_("Always yes: L2TP is never sent in clear.") },
	{ .section = "vpn", .name = "ipsec-psk-flags", .type = KEY_FLAGS, .def = "0",
	  AT(psk.flags), .max = 7,
	  .help = N_("As password-flags, for the pre-shared key.") },
	{ .section = "vpn", .name = "ipsec-psk-file", .type = KEY_SECRET_FILE, TEXT(psk.file),
	  .help = N_("As password-file, for the pre-shared key.") },
	{ .section = "vpn", .name = "ipsec-psk-command", .type = KEY_ARGV, AT(psk.argv),
	  .help = N_("As password-command, for the pre-shared key.") },
	{ .section = "vpn", .name = "ipsec-ike", .type = KEY_IKE, .def = IKE_DEFAULT,
	  .label = N_("Proposals for phase 1"),
	  .help = N_("Proposals for phase 1, best first, in strongSwan's or libreswan's notation, for example "
		  "aes256-sha1-modp1024. What is weak is offered only when it is named here.") },
	{ .section = "vpn", .name = "ipsec-esp", .type = KEY_ESP, .def = ESP_DEFAULT,
	  .label = N_("Proposals for phase 2"),
	  .help = N_("Proposals for phase 2, as ipsec-ike. A group in them means PFS.") },
	{ .section = "vpn", .name = "ipsec-legacy", .type = KEY_BOOL, .def = "no", AT(legacy),
	  .label = N_("Offer weak algorithms, too"),
	  .help = N_("Adds 3DES, MD5, modp1536 and modp1024 to the end of both lists, for gateways that know "
		  "nothing better. Whoever records such a connection may read it one day.") },
	{ .section = "vpn", .name = "ipsec-pfs", .type = KEY_BOOL, .def = "no", AT(pfs),
	  .label = N_("Perfect forward secrecy"),
	  .help = N_("Perfect forward secrecy for phase 2, with phase 1's group if there is one only, else "
		  "modp2048. Gateways for Windows' client refuse it.") },
	{ .section = "vpn", .name = "ipsec-remote-id", .type = KEY_ID, AT(remote_id),
	  .label = N_("Gateway's identity"),
	  .help = N_("Identity that the gateway must have: an address, @name, user@name, a certificate's subject "
		  "as C=JP, O=Office, CN=gw, or %any. Without it a gateway with the pre-shared key may have "
		  "any; one with a certificate must be named by it as gateway is, and %any takes every one of "
		  "the authority's.") },
	{ .section = "vpn", .name = "ipsec-gateway-id", .type = KEY_ID, AT(remote_id),
	  .label = N_("Gateway's identity (old name)"),
	  .help = N_("The old name of ipsec-remote-id.") },
	{ .section = "vpn", .name = "ipsec-local-id", .type = KEY_ID, .def = "%any", AT(local_id),
	  .label = N_("Own identity"),
	  .help = N_("Our own identity, as ipsec-remote-id; %any is our address, as Windows does it, and with "
		  "certificates our certificate's subject.") },
	{ .section = "vpn", .name = "ipsec-group-name", .type = KEY_GROUP_NAME,
	  .label = N_("Group name"),
	  .help = N_("A name as our own identity; the same as ipsec-local-id with an @ before it. Aggressive "
		  "mode is never used.") },
	{ .section = "vpn", .name = "ipsec-forceencaps", .type = KEY_BOOL, .def = "no",
	  AT(force_encaps),
	  .label = N_("Always ESP in UDP"), .help = N_("Carries ESP in UDP even when no NAT is found.") },
	{ .section = "vpn", .name = "ipsec-ikelifetime", .type = KEY_DURATION, .def = "8h",
	  AT(ike_life_s), .min = 2, .max = 7 * 86400,
	  .label = N_("Lifetime of phase 1"),
	  .help = N_("Lifetime of phase 1.") },
	{ .section = "vpn", .name = "ipsec-salifetime", .type = KEY_DURATION, .def = "1h",
	  AT(sa_life_s), .min = 2, .max = 7 * 86400,
	  .label = N_("Lifetime of phase 2"),
	  .help = N_("Lifetime of phase 2.") },
	{ .section = "vpn", .name = "ipsec-initial-contact", .type = KEY_BOOL, .def = "no",
	  AT(initial_contact),
	  .label = N_("Have older tunnels forgotten"),
	  .help = N_("Tells the gateway to forget what it has of us from before. Behind a shared NAT some "
		  "gateways forget the neighbours' tunnels, too.") },
	{ .section = "vpn", .name = "ipsec-ikev2", .type = KEY_WORD, .word = "no",
	  .label = N_("IKEv2"),
	  .help = N_("Always no: this is IKEv1.") },
	{ .section = "vpn", .name = "ipsec-ipcomp", .type = KEY_NO_EFFECT,
	  .help = N_("Compression in IPsec, which is not done.") },

	{ .section = "vpn", .name = "timeout", .type = KEY_UINT, .def = "0", AT(timeout_s), .max = TIMEOUT_MAX_S,
	  .label = N_("Seconds for an attempt"),
	  .help = N_("Seconds for an attempt, where --timeout isn't given; 0: 30. A login that is to be confirmed on a "
		  "telephone needs as much as that takes. The service's TimeoutStartSec (3 minutes) has to be longer.") },
	{ .section = "vpn", .name = "reconnect", .type = KEY_BOOL, .def = "yes", AT(reconnect),
	  .label = N_("Repair a lost connection"),
	  .help = N_("Repairs a connection that has worked when it is lost, for ever and with growing pauses; a refused "
		  "password is sent once. What belongs into the tunnel goes nowhere meanwhile. With no, the connection "
		  "ends at a loss, and what it held back goes out again unless kill-switch=yes holds it.") },
	{ .section = "vpn", .name = "kill-switch", .steers = true, .type = KEY_BOOL, .def = "no", AT(kill_switch),
	  .label = N_("Through the tunnel or nowhere"),
	  .help = N_("All through the tunnel or nothing: from the beginning of connect to disconnect, whatever "
		  "happens in between, no other packet leaves this machine.") },
	{ .section = "vpn", .name = "local-network", .steers = true, .type = KEY_LOCAL, AT(local_network),
	  .label = N_("Local networks beside the tunnel"),
	  .help = N_("Private networks that this machine is on (printers, containers) stay beside the tunnel, "
		  "also where the tunnel's routes cover them. No in a full tunnel, yes in a split one.") },
	{ .section = "vpn", .name = "class-based-route", .steers = true, .type = KEY_BOOL, .def = "no",
	  AT(class_based_route),
	  .label = N_("Route to the address's class"),
	  .help = N_("With never-default: a route to the class A, B or C network of the address that the gateway "
		  "gives, as Windows adds it.") },

	{ .section = "vpn", .name = "l2tp-source-port", .type = KEY_SOURCE_PORT, .def = "auto",
	  AT(source_port),
	  .label = N_("Source port of L2TP"),
	  .help = N_("UDP port L2TP is sent from: ephemeral, 1701, or auto, which is ephemeral and tries 1701 "
		  "once when the gateway refuses that.") },
	{ .section = "vpn", .name = "l2tp-secret-flags", .type = KEY_FLAGS, .def = "0",
	  AT(l2tp_secret.flags), .max = 7,
	  .help = N_("As password-flags, for the tunnel's secret.") },
	{ .section = "vpn", .name = "l2tp-secret-file", .type = KEY_SECRET_FILE, TEXT(l2tp_secret.file),
	  .help = N_("As password-file, for the tunnel's secret.") },
	{ .section = "vpn", .name = "l2tp-secret-command", .type = KEY_ARGV, AT(l2tp_secret.argv),
	  .help = N_("As password-command, for the tunnel's secret.") },
	{ .section = "vpn", .name = "ephemeral-port", .type = KEY_EPHEMERAL, AT(source_port),
	  .label = N_("Ephemeral source port"),
	  .help = N_("NetworkManager-l2tp's way to say l2tp-source-port=ephemeral (yes) or auto (no).") },
	{ .section = "vpn", .name = "xl2tpd-max-retries", .type = KEY_NO_EFFECT,
	  .help = N_("A setting of xl2tpd.") },

	{ .section = "vpn", .name = "refuse-eap", .type = KEY_BOOL, .def = "no", AT(ppp.refuse_eap),
	  .label = N_("Refuse EAP"),
	  .help = N_("Does not authenticate by EAP.") },
	{ .section = "vpn", .name = "refuse-pap", .type = KEY_BOOL, .def = "no", AT(ppp.refuse_pap),
	  .label = N_("Refuse PAP"),
	  .help = N_("Does not authenticate by PAP.") },
	{ .section = "vpn", .name = "refuse-chap", .type = KEY_BOOL, .def = "no", AT(ppp.refuse_chap),
	  .label = N_("Refuse CHAP"),
	  .help = N_("Does not authenticate by CHAP.") },
	{ .section = "vpn", .name = "refuse-mschap", .type = KEY_BOOL, .def = "no",
	  AT(ppp.refuse_mschap),
	  .label = N_("Refuse MS-CHAP"), .help = N_("Does not authenticate by MS-CHAP.") },
	{ .section = "vpn", .name = "refuse-mschapv2", .type = KEY_BOOL, .def = "no",
	  AT(ppp.refuse_mschapv2),
	  .label = N_("Refuse MS-CHAPv2"), .help = N_("Does not authenticate by MS-CHAPv2.") },
	{ .section = "vpn", .name = "require-mppe", .type = KEY_BOOL, .def = "no",
	  AT(ppp.require_mppe),
	  .label = N_("Demand MPPE"),
	  .help = N_("Demands MPPE within PPP, which adds nothing to IPsec.") },
	{ .section = "vpn", .name = "require-mppe-40", .type = KEY_BOOL, .def = "no",
	  AT(ppp.require_mppe_40),
	  .label = N_("Demand MPPE with 40 bits"), .help = N_("Demands MPPE with 40 bits.") },
	{ .section = "vpn", .name = "require-mppe-128", .type = KEY_BOOL, .def = "no",
	  AT(ppp.require_mppe_128),
	  .label = N_("Demand MPPE with 128 bits"), .help = N_("Demands MPPE with 128 bits.") },
	{ .section = "vpn", .name = "mppe-stateful", .type = KEY_BOOL, .def = "no",
	  AT(ppp.mppe_stateful),
	  .label = N_("Stateful MPPE"), .help = N_("Allows stateful MPPE.") },
	{ .section = "vpn", .name = "nobsdcomp", .type = KEY_BOOL, .def = "no", AT(ppp.nobsdcomp),
	  .label = N_("No BSD compression"),
	  .help = N_("No BSD compression.") },
	{ .section = "vpn", .name = "nodeflate", .type = KEY_BOOL, .def = "no", AT(ppp.nodeflate),
	  .label = N_("No Deflate compression"),
	  .help = N_("No Deflate compression.") },
	{ .section = "vpn", .name = "no-vj-comp", .type = KEY_BOOL, .def = "no", AT(ppp.no_vj),
	  .label = N_("No compression of TCP headers"),
	  .help = N_("No compression of TCP headers.") },
	{ .section = "vpn", .name = "nopcomp", .type = KEY_BOOL, .def = "no", AT(ppp.nopcomp),
	  .label = N_("No compression of PPP's protocol field"),
	  .help = N_("No compression of PPP's protocol field.") },
	{ .section = "vpn", .name = "noaccomp", .type = KEY_BOOL, .def = "no", AT(ppp.noaccomp),
	  .label = N_("No compression of PPP's address field"),
	  .help = N_("No compression of PPP's address and control fields.") },
	{ .section = "vpn", .name = "mrru", .type = KEY_NO_EFFECT,
	  .help = N_("PPP multilink, which is not done.") },
	{ .section = "vpn", .name = "mtu", .type = KEY_UINT16, .def = "1400", AT(mtu),
	  .min = 576, .max = 1500,
	  .label = N_("Largest packet sent (MTU)"),
	  .help = N_("Largest packet sent, in octets. It is less where less fits into the path's packets.") },
	{ .section = "vpn", .name = "mru", .type = KEY_UINT16, .def = "1400", AT(mru),
	  .min = 576, .max = 1500,
	  .label = N_("Largest packet received (MRU)"),
	  .help = N_("Largest packet asked of the gateway, in octets. As for mtu, it can become less.") },
	{ .section = "vpn", .name = "lcp-echo-interval", .type = KEY_UINT, .def = "30",
	  AT(ppp.lcp_echo_interval), .max = 3600,
	  .label = N_("Seconds between echo requests"),
	  .help = N_("Seconds between PPP's questions whether the gateway is there; 0: none.") },
	{ .section = "vpn", .name = "lcp-echo-failure", .type = KEY_UINT, .def = "5",
	  AT(ppp.lcp_echo_failure), .max = 100,
	  .label = N_("Unanswered requests until the end"),
	  .help = N_("How many unanswered ones end the connection; 0: it isn't ended.") },
	{ .section = "vpn", .name = "unit", .type = KEY_UNIT, .max = 32767,
	  .label = N_("Number of the interface pppN"),
	  .help = N_("The N of the interface's name pppN.") },
	{ .section = "vpn", .name = "ipcp-peer-ip", .type = KEY_NO_EFFECT,
	  .help = N_("The gateway's address within the tunnel; it is taken as the gateway says.") },
	{ .section = "vpn", .name = "user-ca", .type = KEY_PATH, TEXT(ppp.tls.ca),
	  .label = N_("Authority of the gateway's certificate for EAP"),
	  .help = N_("File in PEM with the authorities that may have signed the gateway's certificate for "
		  "EAP-TLS.") },
	{ .section = "vpn", .name = "user-cert", .type = KEY_PATH, TEXT(ppp.tls.cert),
	  .label = N_("User's certificate"),
	  .help = N_("The user's certificate and its issuers in PEM, or all in PKCS#12.") },
	{ .section = "vpn", .name = "user-key", .type = KEY_PATH, TEXT(ppp.tls.key),
	  .label = N_("Key of the user's certificate"),
	  .help = N_("The key of user-cert in PEM; not needed with PKCS#12. Closed to others.") },
	{ .section = "vpn", .name = "user-certpass-flags", .type = KEY_FLAGS, .def = "0",
	  AT(certpass.flags), .max = 7,
	  .help = N_("As password-flags, for the passphrase of the key. It is asked for only with 1 or 2.") },

	{ .section = "vpn-secrets", .name = "password", .type = KEY_SECRET, AT(password.value),
	  .label = N_("Password"),
	  .help = N_("The user's password.") },
	{ .section = "vpn-secrets", .name = "user-certpass", .type = KEY_SECRET, AT(certpass.value),
	  .label = N_("Passphrase of the user's key"),
	  .help = N_("The passphrase of user-key or of the PKCS#12 file, if it has one.") },
	{ .section = "vpn-secrets", .name = "ipsec-psk", .type = KEY_PSK, AT(psk.value),
	  .label = N_("Pre-shared key"),
	  .help = N_("The pre-shared key; with 0s before it, in base64.") },
	{ .section = "vpn-secrets", .name = "machine-certpass", .type = KEY_SECRET,
	  AT(machine_certpass.value),
	  .label = N_("Passphrase of the machine's key"),
	  .help = N_("The passphrase of the machine's key or PKCS #12 file, or a token's PIN.") },
	{ .section = "vpn-secrets", .name = "l2tp-secret", .type = KEY_SECRET,
	  AT(l2tp_secret.value),
	  .label = N_("Secret of the L2TP tunnel"),
	  .help = N_("The secret of L2TP's tunnel authentication, where the gateway does it: each end then "
		  "proves to the other that it knows it. On a Yamaha router it is what follows \"l2tp "
		  "tunnel auth on\"; when nothing does, it is the router's model name, RTX1210 for example.") },

	{ .section = "ipv4", .name = "method", .type = KEY_WORD, .word = "auto",
	  .help = N_("The gateway gives the address.") },
	{ .section = "ipv4", .name = "never-default", .steers = true, .type = KEY_BOOL, .def = "no",
	  AT(never_default),
	  .help = N_("Only the networks of the routes go through the tunnel, not everything.") },
	{ .section = "ipv4", .name = "route", .steers = true, .numbered = true, .type = KEY_ROUTE,
	  .help = N_("A network behind the tunnel: destination/prefix[,next-hop[,metric]]. Numbered from 1.") },
	{ .section = "ipv4", .name = "routes", .steers = true, .type = KEY_ROUTES,
	  .help = N_("Several of them, as NetworkManager-l2tp exports them: destination/prefix [via next-hop] "
		  "[metric N], with ; between.") },
	{ .section = "ipv4", .name = "route-table", .type = KEY_WORD, .word = "0",
	  .help = N_("Always 0: the tunnel's routes have a table of their own.") },
	{ .section = "ipv4", .name = "route-metric", .type = KEY_METRIC, .def = "-1",
	  AT(route_metric), .help = N_("Metric of the routes that have none; -1: the system's.") },
	{ .section = "ipv4", .name = "ignore-auto-routes", .type = KEY_BOOL, .def = "no",
	  AT(ignore_auto_routes), .help = N_("Takes no route but those named here.") },
	{ .section = "ipv4", .name = "dns", .steers = true, .type = KEY_ADDRESSES,
	  .help = N_("Name servers behind the tunnel, besides those that the gateway gives.") },
	{ .section = "ipv4", .name = "dns-search", .steers = true, .type = KEY_DOMAINS,
	  .help = N_("Domains that are looked up through the tunnel.") },
	{ .section = "ipv4", .name = "ignore-auto-dns", .type = KEY_BOOL, .def = "no",
	  AT(ignore_auto_dns), .help = N_("Does not use the name servers that the gateway gives.") },

	{ .section = "ipv4", .name = "address", .numbered = true, .type = KEY_NO_EFFECT,
	  .help = N_("The gateway gives the address.") },
	{ .section = "ipv4", .name = "addresses", .type = KEY_NO_EFFECT,
	  .help = N_("The gateway gives the address.") },
	{ .section = "ipv4", .name = "gateway", .type = KEY_NO_EFFECT,
	  .help = N_("A tunnel has one end only.") },
	{ .section = "ipv6", .name = "method", .type = KEY_IPV6, .def = "auto", AT(ipv6),
	  .help = N_("auto takes IPv6 through the tunnel when the gateway has it, with the addresses that "
		  "it announces; ignore and disabled don't.") },
	{ .section = "ipv6", .name = "never-default", .steers = true, .type = KEY_BOOL, .def = "no",
	  AT(never_default6),
	  .help = N_("The default route that the gateway announces for IPv6 is not taken; with [ipv4] "
		  "never-default it isn't either.") },
	{ .section = "ipv6", .name = "route", .steers = true, .numbered = true, .type = KEY_ROUTE6,
	  .help = N_("An IPv6 network behind the tunnel, as [ipv4] route.") },
	{ .section = "ipv6", .name = "dns", .steers = true, .type = KEY_ADDRESSES,
	  .help = N_("As [ipv4] dns.") },
	{ .section = "ipv6", .name = "dns-search", .steers = true, .type = KEY_DOMAINS,
	  .help = N_("As [ipv4] dns-search.") },
	{ .section = "ipv6", .name = "route-table", .type = KEY_WORD, .word = "0",
	  .help = N_("Always 0: the tunnel's routes have a table of their own.") },
	{ .section = "ipv6", .name = "address", .numbered = true, .type = KEY_NO_EFFECT,
	  .help = N_("The gateway gives the address.") },
	{ .section = "ipv6", .name = "addresses", .type = KEY_NO_EFFECT,
	  .help = N_("The gateway gives the address.") },
	{ .section = "ipv6", .name = "gateway", .type = KEY_NO_EFFECT,
	  .help = N_("A tunnel has one end only.") },

	IGNORED("connection", "autoconnect"), IGNORED("connection", "autoconnect-priority"),
	IGNORED("connection", "autoconnect-retries"), IGNORED("connection", "permissions"),
	IGNORED("connection", "timestamp"), IGNORED("connection", "zone"),
	IGNORED("connection", "metered"), IGNORED("connection", "secondaries"),
	IGNORED("connection", "stable-id"), IGNORED("connection", "auth-retries"),
	IGNORED("connection", "lldp"), IGNORED("connection", "mdns"), IGNORED("connection", "llmnr"),
	IGNORED("connection", "dns-over-tls"), IGNORED("connection", "read-only"),
	IGNORED("vpn", "persistent"), IGNORED("vpn", "user-name"),
	IGNORED("ipv4", "may-fail"), IGNORED("ipv4", "dns-priority"), IGNORED("ipv4", "dns-options"),
	IGNORED("ipv4", "dad-timeout"), IGNORED("ipv4", "dhcp-send-hostname"),
	IGNORED("ipv4", "dhcp-timeout"), IGNORED("ipv4", "required-timeout"),
	IGNORED("ipv6", "addr-gen-mode"), IGNORED("ipv6", "ip6-privacy"), IGNORED("ipv6", "may-fail"),
	IGNORED("ipv6", "dns-priority"), IGNORED("ipv6", "route-metric"),
	IGNORED("ipv6", "ignore-auto-dns"), IGNORED("ipv6", "ignore-auto-routes"),
	IGNORED("ipv6", "dhcp-timeout"), IGNORED("ipv6", "ra-timeout"),
	IGNORED("ipv6", "required-timeout"), IGNORED("ipv6", "dns-options"),
	/* Harmless: other kinds of connections have them, or they are not about where packets go. */
	IGNORED("ipv4", "auto-route-ext-gw"), IGNORED("ipv4", "dhcp-client-id"),
	IGNORED("ipv4", "dhcp-dscp"), IGNORED("ipv4", "dhcp-fqdn"), IGNORED("ipv4", "dhcp-hostname"),
	IGNORED("ipv4", "dhcp-hostname-flags"), IGNORED("ipv4", "dhcp-iaid"),
	IGNORED("ipv4", "dhcp-ipv6-only-preferred"), IGNORED("ipv4", "dhcp-reject-servers"),
	IGNORED("ipv4", "dhcp-send-release"), IGNORED("ipv4", "dhcp-vendor-class-identifier"),
	IGNORED("ipv4", "forwarding"), IGNORED("ipv4", "link-local"),
	IGNORED("ipv4", "replace-local-rule"), IGNORED("ipv4", "routed-dns"),
	IGNORED("ipv6", "auto-route-ext-gw"), IGNORED("ipv6", "dhcp-duid"), IGNORED("ipv6", "dhcp-dscp"),
	IGNORED("ipv6", "dhcp-hostname"), IGNORED("ipv6", "dhcp-hostname-flags"),
	IGNORED("ipv6", "dhcp-iaid"), IGNORED("ipv6", "dhcp-pd-hint"),
	IGNORED("ipv6", "dhcp-send-hostname"), IGNORED("ipv6", "dhcp-send-release"),
	IGNORED("ipv6", "mtu"), IGNORED("ipv6", "replace-local-rule"), IGNORED("ipv6", "routed-dns"),
	IGNORED("ipv6", "temp-preferred-lifetime"), IGNORED("ipv6", "temp-valid-lifetime"),
	IGNORED("ipv6", "token"),
	IGNORED("proxy", "method"), IGNORED("proxy", "browser-only"), IGNORED("proxy", "pac-url"),
	IGNORED("proxy", "pac-script"),
};
/* clang-format on */

const size_t n_profile_keys = ARRAY_SIZE(profile_keys);
static_assert(ARRAY_SIZE(profile_keys) <= PROFILE_KEYS_MAX, "make PROFILE_KEYS_MAX larger");

static bool key_matches(const struct profile_key *key, const char *name)
{
	size_t len = strlen(key->name);

	if (!key->numbered)
		return strcmp(key->name, name) == 0;
	if (strncmp(key->name, name, len) != 0 || !isdigit((unsigned char)name[len]))
		return false;
	return name[len + strspn(name + len, "0123456789")] == '\0';
}

static const struct profile_key *find_in(const char *section, const char *name)
{
	for (size_t i = 0; i < n_profile_keys; i++)
		if (strcmp(profile_keys[i].section, section) == 0 &&
		    key_matches(&profile_keys[i], name))
			return &profile_keys[i];
	return NULL;
}

static const char *section_today(const char *section)
{
	return strcmp(section, "ip4") == 0   ? "ipv4"
	       : strcmp(section, "ip6") == 0 ? "ipv6"
					     : section;
}

const struct profile_key *profile_key_find(const char *section, const char *name)
{
	const struct profile_key *key = find_in(section_today(section), name);

	return key || strcmp(section, "vpn") != 0 ? key : find_in("vpn-secrets", name);
}

#define GUESS_MAX 32 /* with the NUL; no key that steers is as long */

/* What is left of a name that people remember: no case, no hyphens and the like, no number, no plural. */
static void reduce(const char *name, char ret[static GUESS_MAX])
{
	size_t n = 0;

	for (; *name && n < GUESS_MAX - 1; name++)
		if (!strchr("-_. ", *name))
			ret[n++] = (char)tolower((unsigned char)*name);
	while (n > 0 && isdigit((unsigned char)ret[n - 1]))
		n--;
	if (n > 0 && ret[n - 1] == 's')
		n--;
	ret[n] = '\0';
}

const struct profile_key *profile_key_guess(const char *name)
{
	char plain[GUESS_MAX], other[GUESS_MAX];

	reduce(name, plain);
	for (size_t i = 0; i < n_profile_keys && plain[0]; i++) {
		reduce(profile_keys[i].name, other);
		if (profile_keys[i].steers && strcmp(plain, other) == 0)
			return &profile_keys[i];
	}
	return NULL;
}

bool profile_key_section_steers(const char *section)
{
	section = section_today(section);
	return strcmp(section, "ipv4") == 0 || strcmp(section, "ipv6") == 0;
}

/* What a value has to be. Of types without an entry it may be anything. */
static const char *const expected[] = {
	[KEY_TEXT] = N_("text in UTF-8 without control characters, at most 255 octets"),
	[KEY_GROUP_NAME] = N_("text in UTF-8 without control characters, at most 255 octets"),
	[KEY_HOST] = N_("a DNS name or a numeric address"),
	[KEY_BOOL] = N_("yes or no"),
	[KEY_EPHEMERAL] = N_("yes or no"),
	[KEY_LOCAL] = N_("yes or no"),
	[KEY_UINT16] = N_("a number"),
	[KEY_UINT] = N_("a number"),
	[KEY_UNIT] = N_("a number"),
	[KEY_FLAGS] = N_("a number"),
	[KEY_METRIC] = N_("a number, or -1 for none"),
	[KEY_DURATION] = N_("seconds, or a number with s, m, h or d behind it"),
	[KEY_WORD] = N_("this one word"),
	[KEY_KIND] = N_("this one word"),
	[KEY_IKE] = N_("proposals with ',' between"),
	[KEY_ESP] = N_("proposals with ',' between"),
	[KEY_ID] = N_("an address, @name, user@name, a certificate's subject or %any"),
	[KEY_USER_AUTH] = N_("password or tls"),
	[KEY_SOURCE_PORT] = N_("auto, ephemeral or 1701"),
	[KEY_IFNAME] = N_("1 to 15 letters, digits, '-', '_' or '.'"),
	/* Two literals in a row are meant. NOLINTBEGIN(bugprone-suspicious-missing-comma) */
	[KEY_ROUTE] = N_("an IPv4 network as address/prefix, then optionally \",next-hop\" and "
			 "\",metric\""),
	[KEY_ROUTE6] = N_("an IPv6 network as address/prefix, then optionally \",next-hop\" and "
			  "\",metric\""),
	[KEY_ROUTES] = N_("IPv4 networks with ';' between, as address/prefix, then optionally "
			  "\" via next-hop\" and \" metric N\""),
	/* NOLINTEND(bugprone-suspicious-missing-comma) */
	[KEY_IPV6] = N_("auto, link-local, ignore or disabled"),
	[KEY_ADDRESSES] = N_("numeric addresses with ';' between"),
	[KEY_DOMAINS] = N_("domain names with ';' between, at most 16"),
	[KEY_SECRET] = N_("1 to 255 octets without control characters"),
	[KEY_PSK] = N_("1 to 512 octets without control characters, or 0s and base64"),
	[KEY_PATH] = N_("an absolute path, or a URI that begins with file:/"),
	[KEY_SECRET_FILE] = N_("an absolute path, or a URI that begins with file:/"),
	[KEY_LOCATION] = N_("an absolute path, or a URI that begins with file:/ or pkcs11:"),
	[KEY_MACHINE_AUTH] = N_("psk or tls"),
	[KEY_ARGV] = N_("an absolute path and at most 15 arguments, with ';' between"),
};

const char *profile_key_expects(enum profile_key_type type)
{
	size_t i = (size_t)type;

	return i < ARRAY_SIZE(expected) && expected[i] ? _(expected[i]) : _("anything");
}
