/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The catalogue of causes as data. Each has what happened in one sentence, what its user can do, what
 * the gateway's administrator can do, with the command of a Yamaha router where there is one, the
 * nearest error number of Windows' client, and how sure we are when we name it. Manual page, JSON and
 * messages are made from it; the evidence of the case is the failure's detail.
 *
 * Certainty is that of the whole chain: what an unauthenticated word or mere silence tells is never
 * proven, however often it is right.
 */
#include "client/failure/catalogue.h"

#include <assert.h>

#include "lib/macros.h"

/* clang-format off */
static const struct cause_info catalogue[] = {
	[CAUSE_NONE] = {
		.id = "none", .code = EXIT_OK, .stage = STAGE_NONE, .sure = SURE_PROVEN,
		.sentence = N_("nothing went wrong"),
	},

	/* This machine, the command line, the profile. */
	[CAUSE_INTERNAL] = {
		.id = "internal", .code = EXIT_INTERNAL, .stage = STAGE_MACHINE, .sure = SURE_PROVEN,
		.sentence = N_("something unexpected happened inside the program"),
		.remedy = N_("Try again with --verbose and report what it prints, with the file that `tsunagu report` writes."),
	},
	[CAUSE_USAGE] = {
		.id = "usage", .code = EXIT_USAGE, .stage = STAGE_MACHINE, .sure = SURE_PROVEN,
		.sentence = N_("the command line is wrong"),
		.remedy = N_("See `tsunagu --help`."),
	},
	[CAUSE_MEMORY] = {
		.id = "out-of-memory", .code = EXIT_INTERNAL, .stage = STAGE_MACHINE, .sure = SURE_PROVEN,
		.sentence = N_("there is not enough memory"),
		.remedy = N_("Close other programs and try again."),
	},
	[CAUSE_PROFILE_MISSING] = {
		.id = "profile-missing", .code = EXIT_PROFILE, .stage = STAGE_PROFILE, .sure = SURE_PROVEN,
		.sentence = N_("there is no such profile"),
		.remedy = N_("See `tsunagu list`, or write one: tsunagu.nmconnection(5)."),
	},
	[CAUSE_PROFILE_UNREADABLE] = {
		.id = "profile-unreadable", .code = EXIT_PROFILE, .stage = STAGE_PROFILE, .sure = SURE_PROVEN,
		.sentence = N_("the profile can't be read"),
		.remedy = N_("Check the file and the permissions of its folder."),
	},
	[CAUSE_PROFILE_UNSAFE] = {
		.id = "profile-unsafe", .code = EXIT_PROFILE, .stage = STAGE_PROFILE, .sure = SURE_PROVEN,
		.sentence = N_("others may read or change the profile, which holds secrets"),
		.remedy = N_("Run `chown root: FILE; chmod 600 FILE` with the file named above, and change the secrets if they were exposed."),
	},
	[CAUSE_PROFILE_INVALID] = {
		.id = "profile-invalid", .code = EXIT_PROFILE, .stage = STAGE_PROFILE, .sure = SURE_PROVEN,
		.sentence = N_("the profile is wrong"),
		.remedy = N_("Mend the line named above; tsunagu.nmconnection(5) has the keys."),
	},
	[CAUSE_SECRET_MISSING] = {
		.id = "secret-missing", .code = EXIT_PROFILE, .stage = STAGE_PROFILE, .windows = 766, .sure = SURE_PROVEN,
		.sentence = N_("a secret is missing"),
		.remedy = N_("Put it into the profile's [vpn-secrets], or name a file or command for it: tsunagu.nmconnection(5)."),
	},
	[CAUSE_SECRET_UNREADABLE] = {
		.id = "secret-unreadable", .code = EXIT_PROFILE, .stage = STAGE_PROFILE, .sure = SURE_PROVEN,
		.sentence = N_("a secret can't be had from where the profile says it is"),
		.remedy = N_("Check the file or command that the profile names."),
	},
	[CAUSE_CERT_FILE] = {
		.id = "cert-file", .code = EXIT_PROFILE, .stage = STAGE_PROFILE, .windows = 766, .sure = SURE_PROVEN,
		.sentence = N_("a certificate or key can't be read"),
		.remedy = N_("Check the file named above: PEM, DER or PKCS #12, at most 1 MiB."),
	},
	[CAUSE_CERT_PASSPHRASE] = {
		.id = "cert-passphrase", .code = EXIT_PROFILE, .stage = STAGE_PROFILE, .windows = 766, .sure = SURE_PROVEN,
		.sentence = N_("a certificate's file can't be opened with the passphrase at hand"),
		.remedy = N_("Put the right one into the profile as machine-certpass, or name a file or command for it."),
	},
	[CAUSE_CERT_KEY] = {
		.id = "cert-key", .code = EXIT_PROFILE, .stage = STAGE_PROFILE, .windows = 766, .sure = SURE_PROVEN,
		.sentence = N_("the machine's key doesn't fit its certificate, or can't be used"),
		.remedy = N_("Name the key that the certificate was made for; a new one is RSA with 2048 bits or more, or ECDSA on P-256."),
	},
	[CAUSE_PRIVILEGE] = {
		.id = "privilege", .code = EXIT_PRIVILEGE, .stage = STAGE_MACHINE, .sure = SURE_PROVEN,
		.sentence = N_("this needs more privilege"),
		.remedy = N_("Run it as root, for example with sudo (it needs CAP_NET_ADMIN)."),
	},
	[CAUSE_KERNEL_XFRM] = {
		.id = "kernel-xfrm", .code = EXIT_SYSTEM, .stage = STAGE_MACHINE, .windows = 791, .sure = SURE_PROVEN,
		.sentence = N_("the kernel has no IPsec interface (XFRM)"),
		.remedy = N_("Load the module xfrm_user; `tsunagu check` names the package."),
	},
	[CAUSE_KERNEL_ESP] = {
		.id = "kernel-esp", .code = EXIT_SYSTEM, .stage = STAGE_MACHINE, .windows = 791, .sure = SURE_PROVEN,
		.sentence = N_("the kernel has no ESP"),
		.remedy = N_("Load the module esp4 (esp6 for IPv6); `tsunagu check` names the package."),
	},
	[CAUSE_KERNEL_L2TP] = {
		.id = "kernel-l2tp", .code = EXIT_SYSTEM, .stage = STAGE_MACHINE, .sure = SURE_PROVEN,
		.sentence = N_("the kernel has no PPP over L2TP"),
		.remedy = N_("Load the module l2tp_ppp, which may be blacklisted in /etc/modprobe.d; `tsunagu check` names the package."),
	},
	[CAUSE_KERNEL_PPP] = {
		.id = "kernel-ppp", .code = EXIT_SYSTEM, .stage = STAGE_MACHINE, .sure = SURE_PROVEN,
		.sentence = N_("the kernel has no PPP"),
		.remedy = N_("Load the module ppp_generic; `tsunagu check` names the package."),
	},
	[CAUSE_KERNEL_ALGORITHM] = {
		.id = "kernel-algorithm", .code = EXIT_SYSTEM, .stage = STAGE_MACHINE, .windows = 788, .sure = SURE_PROVEN,
		.sentence = N_("the kernel lacks an algorithm that was agreed on"),
		.remedy = N_("Load the module named above, or choose others with ipsec-esp."),
	},
	[CAUSE_KERNEL_BLACKLISTED] = {
		.id = "kernel-blacklisted", .code = EXIT_SYSTEM, .stage = STAGE_MACHINE, .sure = SURE_PROVEN,
		.sentence = N_("this machine forbids a kernel module that is needed"),
		.remedy = N_("Take the lines named above out of /etc/modprobe.d, then load the module with modprobe; distributions put them there because L2TP is seldom used."),
	},
	[CAUSE_PPPD_MISSING] = {
		.id = "pppd-missing", .code = EXIT_SYSTEM, .stage = STAGE_MACHINE, .sure = SURE_PROVEN,
		.sentence = N_("pppd or its L2TP plugin is missing"),
		.remedy = N_("Install the package ppp."),
	},
	[CAUSE_PPPD_LACKING] = {
		.id = "pppd-lacking", .code = EXIT_SYSTEM, .stage = STAGE_MACHINE, .sure = SURE_PROVEN,
		.sentence = N_("pppd can't do what the profile asks for"),
		.remedy = N_("Install a newer package ppp, or change user-auth-type."),
	},
	[CAUSE_PPPD_FAILED] = {
		.id = "pppd-failed", .code = EXIT_SYSTEM, .stage = STAGE_MACHINE, .sure = SURE_PROVEN,
		.sentence = N_("pppd could not do its work"),
		.remedy = N_("See the log; `tsunagu check` tests what pppd needs."),
	},
	[CAUSE_RUN_DIR] = {
		.id = "run-directory", .code = EXIT_SYSTEM, .stage = STAGE_MACHINE, .sure = SURE_PROVEN,
		.sentence = N_("the state of the connection can't be kept under /run"),
		.remedy = N_("Make /run writable and free some room there: without a record nothing is added to the system."),
	},
	[CAUSE_SOCKET] = {
		.id = "socket", .code = EXIT_SYSTEM, .stage = STAGE_MACHINE, .sure = SURE_PROVEN,
		.sentence = N_("a network socket can't be opened"),
		.remedy = N_("See the reason above."),
	},
	[CAUSE_LOCAL_FIREWALL] = {
		.id = "local-firewall", .code = EXIT_SYSTEM, .stage = STAGE_MACHINE, .windows = 809, .sure = SURE_PROVEN,
		.sentence = N_("this machine's own firewall does not let the packets out"),
		.remedy = N_("Allow outgoing UDP 500 and 4500 and ESP (protocol 50) to the gateway; see `nft list ruleset` or `iptables -S OUTPUT`."),
	},
	[CAUSE_NETWORK_SETUP] = {
		.id = "network-setup", .code = EXIT_SYSTEM, .stage = STAGE_MACHINE, .sure = SURE_PROVEN,
		.sentence = N_("routes or addresses can't be set up"),
		.remedy = N_("See the reason above."),
	},
	[CAUSE_DNS_SETUP] = {
		.id = "dns-setup", .code = EXIT_SYSTEM, .stage = STAGE_MACHINE, .sure = SURE_PROVEN,
		.sentence = N_("the office's name servers can't be set up"),
		.remedy = N_("Check systemd-resolved or resolvconf, or set ignore-auto-dns=true."),
	},
	[CAUSE_DEFAULT_TAKEN] = {
		.id = "other-full-tunnel", .code = EXIT_BUSY, .stage = STAGE_MACHINE, .sure = SURE_PROVEN,
		.sentence = N_("another connection takes all the traffic already"),
		.remedy = N_("End it with `tsunagu disconnect`, or give one of the two never-default=yes and the "
			     "routes that it is for."),
	},
	[CAUSE_RUNNING] = {
		.id = "already-running", .code = EXIT_BUSY, .stage = STAGE_MACHINE, .sure = SURE_PROVEN,
		.sentence = N_("this connection runs already"),
		.remedy = N_("See `tsunagu status`; end it with `tsunagu disconnect`."),
	},
	[CAUSE_NOT_RUNNING] = {
		.id = "not-running", .code = EXIT_NOT_CONNECTED, .stage = STAGE_MACHINE, .sure = SURE_PROVEN,
		.sentence = N_("this connection does not run"),
		.remedy = N_("See `tsunagu status`."),
	},
	[CAUSE_CONTROL] = {
		.id = "control-socket", .code = EXIT_INTERNAL, .stage = STAGE_MACHINE, .sure = SURE_PROVEN,
		.sentence = N_("the running connection does not answer"),
		.remedy = N_("Ask again; if it stays silent, kill its process and run `tsunagu disconnect`, which cleans up."),
	},
	[CAUSE_LEFT_BEHIND] = {
		.id = "left-behind", .code = EXIT_SYSTEM, .stage = STAGE_MACHINE, .sure = SURE_PROVEN,
		.sentence = N_("what a killed process left behind can't all be taken back"),
		.remedy = N_("Run `tsunagu disconnect` again: it is recorded still, and what took too long may do in a moment."),
	},

	/* The way to the gateway. */
	[CAUSE_RESOLVE] = {
		.id = "name-not-resolved", .code = EXIT_RESOLVE, .stage = STAGE_NAME, .windows = 868, .sure = SURE_PROVEN,
		.sentence = N_("the gateway's name does not resolve"),
		.remedy = N_("Check the name in the profile and this machine's DNS."),
	},
	[CAUSE_NO_ROUTE] = {
		.id = "no-route", .code = EXIT_ROUTE, .stage = STAGE_ROUTE, .windows = 809, .sure = SURE_PROVEN,
		.sentence = N_("this machine has no way to the gateway"),
		.remedy = N_("Check the network connection and the default route."),
	},
	[CAUSE_NO_LINK] = {
		.id = "no-link", .code = EXIT_ROUTE, .stage = STAGE_ROUTE, .windows = 809, .sure = SURE_PROVEN,
		.sentence = N_("this machine is not connected to any network"),
		.remedy = N_("Plug in the cable or join a wireless network, then try again."),
	},
	[CAUSE_UDP500_SILENT] = {
		.id = "udp500-silent", .code = EXIT_NO_ANSWER, .stage = STAGE_UDP500, .windows = 809, .sure = SURE_LIKELY,
		.sentence = N_("the gateway does not answer on UDP 500"),
		.remedy = N_("Check the gateway's address, that it is up, and that the network you are in lets UDP 500 out."),
		.admin = N_("Forward UDP 500 to the gateway and let it through the filters."),
		.yamaha = "nat descriptor masquerade static N 2 LAN-ADDRESS udp 500",
	},
	[CAUSE_UDP500_REFUSED] = {
		.id = "udp500-refused", .code = EXIT_NO_ANSWER, .stage = STAGE_UDP500, .windows = 809, .sure = SURE_LIKELY,
		.sentence = N_("the host at the gateway's address refuses UDP 500"),
		.remedy = N_("No IPsec service listens there: check the gateway's address."),
		.admin = N_("Switch IPsec on, and forward UDP 500 to the gateway if it stands behind a NAT."),
		.yamaha = "nat descriptor masquerade static N 2 LAN-ADDRESS udp 500",
	},
	[CAUSE_UDP4500_SILENT] = {
		.id = "udp4500-silent", .code = EXIT_NATT_SILENT, .stage = STAGE_UDP4500, .windows = 809, .sure = SURE_PROVEN,
		.sentence = N_("the gateway answers on UDP 500 but nothing comes back on UDP 4500"),
		.remedy = N_("Tell the gateway's administrator; from another network (a phone's, say) you learn whether it is the one you are in that blocks UDP 4500."),
		.admin = N_("Forward UDP 4500 to the gateway as well and let it through the filters."),
		.yamaha = "nat descriptor masquerade static N 3 LAN-ADDRESS udp 4500",
	},
	[CAUSE_NO_NATT] = {
		.id = "no-nat-traversal", .code = EXIT_PHASE1, .stage = STAGE_PHASE1, .windows = 809, .sure = SURE_LIKELY,
		.sentence = N_("a NAT stands in the way and the gateway does no NAT traversal"),
		.remedy = N_("Tell the gateway's administrator; without NAT traversal only a machine with a public address of its own can connect."),
		.admin = N_("Switch NAT traversal on."),
		.yamaha = "ipsec ike nat-traversal N on",
	},

	/* Phase 1. */
	[CAUSE_PHASE1_REFUSED] = {
		.id = "phase1-refused", .code = EXIT_PHASE1, .stage = STAGE_PHASE1, .windows = 788, .sure = SURE_LIKELY,
		.sentence = N_("the gateway refuses phase 1: no common algorithms"),
		.remedy = N_("Set ipsec-ike to what the gateway takes; an old one may need ipsec-legacy=yes. `tsunagu diagnose` asks it."),
		.admin = N_("Allow AES, SHA-256 or SHA-1, and group 14 (modp2048) for phase 1."),
		.yamaha = "ipsec ike encryption N aes-cbc; ipsec ike hash N sha256; ipsec ike group N modp2048",
	},
	[CAUSE_PHASE1_METHOD] = {
		.id = "phase1-method", .code = EXIT_PHASE1, .stage = STAGE_PHASE1, .windows = 788, .sure = SURE_LIKELY,
		.sentence = N_("the gateway takes our algorithms, but another way of authentication"),
		.remedy = N_("Set machine-auth-type to what the gateway wants: psk for a pre-shared key, tls for certificates."),
		.admin = N_("Allow the way of authentication that this client was given."),
		.yamaha = "ipsec ike pre-shared-key N text KEY",
	},
	[CAUSE_PHASE1_STALLED] = {
		.id = "phase1-stalled", .code = EXIT_PHASE1, .stage = STAGE_PHASE1, .windows = 792, .sure = SURE_POSSIBLE,
		.sentence = N_("the gateway's answers in phase 1 stopped, or can't be used"),
		.remedy = N_("Try again; if it stays so, large packets may be lost on the way."),
		.admin = N_("Read the gateway's IKE log."),
		.yamaha = "show log | grep IKE",
	},
	[CAUSE_NOT_OFFERED] = {
		.id = "not-offered", .code = EXIT_PHASE1, .stage = STAGE_PHASE1, .windows = 788, .sure = SURE_LIKELY,
		.sentence = N_("the gateway selects algorithms or values that were not offered"),
		.remedy = N_("The gateway is broken, or somebody meddles with the packets: try from another network."),
		.admin = N_("Read the gateway's IKE log."),
		.yamaha = "show log | grep IKE",
	},

	/* Who is who. */
	[CAUSE_PSK_WRONG] = {
		.id = "psk-wrong", .code = EXIT_AUTHENTICATION, .stage = STAGE_AUTHENTICATION, .windows = 789, .sure = SURE_LIKELY,
		.sentence = N_("the gateway does not accept the pre-shared key"),
		.remedy = N_("Compare ipsec-psk with the key that you were given: capitals, spaces and similar letters count."),
		.admin = N_("Compare the key; all L2TP tunnels of a Yamaha router must have the same one."),
		.yamaha = "ipsec ike pre-shared-key N text KEY",
	},
	[CAUSE_PSK_OR_PORT] = {
		.id = "psk-or-port-4500", .code = EXIT_AUTHENTICATION, .stage = STAGE_AUTHENTICATION, .windows = 789, .sure = SURE_POSSIBLE,
		.sentence = N_("the gateway takes no notice of what is sent to UDP 4500: a wrong pre-shared key, or UDP 4500 is not forwarded"),
		.remedy = N_("Compare ipsec-psk with the key that you were given."),
		.admin = N_("Check that UDP 4500 is forwarded to the gateway, and compare the key."),
		.yamaha = "nat descriptor masquerade static N 3 LAN-ADDRESS udp 4500",
	},
	[CAUSE_ID_WRONG] = {
		.id = "identity-wrong", .code = EXIT_AUTHENTICATION, .stage = STAGE_AUTHENTICATION, .windows = 787, .sure = SURE_PROVEN,
		.sentence = N_("the gateway's identity is not the one the profile demands"),
		.remedy = N_("If the identity named above is your gateway's, set ipsec-remote-id to it as it stands there, or remove ipsec-remote-id: with a pre-shared key it is not needed."),
	},
	[CAUSE_ID_REFUSED] = {
		.id = "identity-refused", .code = EXIT_AUTHENTICATION, .stage = STAGE_AUTHENTICATION, .windows = 789, .sure = SURE_LIKELY,
		.sentence = N_("the gateway does not accept this machine's identity"),
		.remedy = N_("Set ipsec-local-id to the identity that the gateway expects, or remove it: the machine's address is used then, as Windows does."),
		.admin = N_("Let the gateway accept any remote identity for L2TP."),
		.yamaha = "ipsec ike remote address N any",
	},
	[CAUSE_XAUTH_WANTED] = {
		.id = "xauth-wanted", .code = EXIT_AUTHENTICATION, .stage = STAGE_AUTHENTICATION, .windows = 789, .sure = SURE_PROVEN,
		.sentence = N_("the gateway wants a login within IPsec (XAUTH): that is Cisco's remote access, not L2TP"),
		.remedy = N_("The key is right, but this needs another program, vpnc for example; or ask the gateway's administrator for L2TP over IPsec."),
		.admin = N_("Set up L2TP over IPsec without XAUTH for this key (Cisco IOS: no-xauth behind the key)."),
	},
	[CAUSE_CERT_REFUSED] = {
		.id = "cert-refused", .code = EXIT_AUTHENTICATION, .stage = STAGE_AUTHENTICATION, .windows = 787, .sure = SURE_LIKELY,
		.sentence = N_("the gateway does not accept our certificate"),
		.remedy = N_("Check that machine-cert was issued by the authority that the gateway trusts and has not expired, and the identity it expects (ipsec-local-id)."),
		.admin = N_("Have the gateway trust the authority that issued the machine's certificate."),
	},
	[CAUSE_PEER_UNTRUSTED] = {
		.id = "peer-untrusted", .code = EXIT_AUTHENTICATION, .stage = STAGE_AUTHENTICATION, .windows = 787, .sure = SURE_LIKELY,
		.sentence = N_("the gateway's certificate was issued by nobody we trust"),
		.remedy = N_("Name the authority that issued it as machine-ca; if you did, this is not the gateway you mean."),
	},
	[CAUSE_PEER_EXPIRED] = {
		.id = "peer-expired", .code = EXIT_AUTHENTICATION, .stage = STAGE_AUTHENTICATION, .windows = 787, .sure = SURE_LIKELY,
		.sentence = N_("the gateway's certificate has expired"),
		.remedy = N_("Check this machine's clock first."),
		.admin = N_("If the client's clock is right, have the gateway's certificate renewed."),
	},
	/* Whoever has issued it did so in the past. */
	[CAUSE_CLOCK_WRONG] = {
		.id = "clock-wrong", .code = EXIT_AUTHENTICATION, .stage = STAGE_AUTHENTICATION, .windows = 787, .sure = SURE_LIKELY,
		.sentence = N_("this machine's clock is behind: the gateway's certificate isn't valid yet"),
		.remedy = N_("Set the clock, for example with `timedatectl set-ntp true`, and connect again."),
		.admin = N_("If the client's clock is right, the certificate was issued with a wrong one."),
	},
	[CAUSE_PEER_REVOKED] = {
		.id = "peer-revoked", .code = EXIT_AUTHENTICATION, .stage = STAGE_AUTHENTICATION, .windows = 787, .sure = SURE_LIKELY,
		.sentence = N_("the gateway's certificate was revoked"),
		.remedy = N_("Somebody may hold its key: ask the administrator before you connect again."),
	},
	[CAUSE_PEER_CRL] = {
		.id = "peer-crl", .code = EXIT_AUTHENTICATION, .stage = STAGE_AUTHENTICATION, .windows = 787, .sure = SURE_LIKELY,
		.sentence = N_("the revocation list says nothing valid about the gateway's certificate"),
		.remedy = N_("Get the current list of the authority that issued it for ipsec-crl."),
	},
	[CAUSE_PEER_USAGE] = {
		.id = "peer-usage", .code = EXIT_AUTHENTICATION, .stage = STAGE_AUTHENTICATION, .windows = 787, .sure = SURE_LIKELY,
		.sentence = N_("the gateway's certificate is not meant for a gateway"),
		.admin = N_("Have one issued with key usage digitalSignature and extended key usage serverAuth, or without the latter."),
	},
	[CAUSE_PEER_WEAK] = {
		.id = "peer-weak", .code = EXIT_AUTHENTICATION, .stage = STAGE_AUTHENTICATION, .windows = 787, .sure = SURE_LIKELY,
		.sentence = N_("the gateway's certificate, or one above it, is weak"),
		.admin = N_("Have one issued with RSA of 2048 bits or ECDSA, signed with SHA-256."),
	},
	[CAUSE_PEER_NAME] = {
		.id = "peer-name", .code = EXIT_AUTHENTICATION, .stage = STAGE_AUTHENTICATION, .windows = 787, .sure = SURE_LIKELY,
		.sentence = N_("the gateway's certificate is another gateway's"),
		.remedy = N_("Use the name that stands in the certificate as gateway, or set ipsec-remote-id to the identity you expect; %any takes any certificate of that authority."),
	},
	[CAUSE_PEER_SIGNATURE] = {
		.id = "peer-signature", .code = EXIT_AUTHENTICATION, .stage = STAGE_AUTHENTICATION, .windows = 787, .sure = SURE_LIKELY,
		.sentence = N_("the gateway's signature is wrong"),
		.remedy = N_("The gateway holds not the key of its certificate, or somebody meddles with the packets: try from another network."),
		.admin = N_("Check that the gateway's key belongs to its certificate."),
	},

	/* Phase 2 and ESP. */
	[CAUSE_PHASE2_REFUSED] = {
		.id = "phase2-refused", .code = EXIT_PHASE2, .stage = STAGE_PHASE2, .windows = 788, .sure = SURE_PROVEN,
		.sentence = N_("the gateway refuses phase 2: no common algorithms or mode"),
		.remedy = N_("Set ipsec-esp to what the gateway is configured for, without a group unless it demands PFS."),
		.admin = N_("Allow AES with SHA-1 or SHA-256, transport mode for UDP 1701, and no PFS."),
		.yamaha = "ipsec sa policy N N esp aes-cbc sha-hmac; ipsec transport N N udp 1701",
	},
	[CAUSE_PHASE2_ID] = {
		.id = "phase2-identity-refused", .code = EXIT_PHASE2, .stage = STAGE_PHASE2, .windows = 788, .sure = SURE_PROVEN,
		.sentence = N_("the gateway refuses phase 2 for this machine's address or L2TP port"),
		.remedy = N_("Set l2tp-source-port=auto, or 1701 for a gateway that knows nothing else; another PC behind the same NAT may hold that place."),
		.admin = N_("Let any source port of UDP into the tunnel, so that several PCs behind one NAT can connect."),
		.yamaha = "ipsec transport N N udp 1701",
	},
	[CAUSE_PHASE2_SILENT] = {
		.id = "phase2-silent", .code = EXIT_PHASE2, .stage = STAGE_PHASE2, .windows = 792, .sure = SURE_LIKELY,
		.sentence = N_("the gateway does not answer in phase 2"),
		.remedy = N_("Try again; if it stays so, tell the gateway's administrator."),
		.admin = N_("Read the gateway's IKE log; its policy may not allow this client."),
		.yamaha = "show log | grep IKE",
	},
	[CAUSE_ESP_SILENT] = {
		.id = "esp-silent", .code = EXIT_PHASE2, .stage = STAGE_ESP, .windows = 809, .sure = SURE_LIKELY,
		.sentence = N_("IPsec is agreed on, but none of its packets come back"),
		.remedy = N_("Set ipsec-forceencaps=yes: ESP goes in UDP then, which most networks let through."),
		.admin = N_("Let ESP (protocol 50) through both ways; a switched-off L2TP service looks the same."),
		.yamaha = "nat descriptor masquerade static N 1 LAN-ADDRESS esp; l2tp service on",
	},

	/* L2TP. */
	[CAUSE_L2TP_SILENT] = {
		.id = "l2tp-silent", .code = EXIT_L2TP, .stage = STAGE_L2TP, .windows = 809, .sure = SURE_LIKELY,
		.sentence = N_("IPsec stands but the gateway's L2TP service does not answer"),
		.remedy = N_("Tell the gateway's administrator."),
		.admin = N_("Switch the L2TP service on, and let UDP 1701 into the IPsec tunnel."),
		.yamaha = "l2tp service on; ipsec transport N N udp 1701",
	},
	[CAUSE_L2TP_REFUSED] = {
		.id = "l2tp-refused", .code = EXIT_L2TP, .stage = STAGE_L2TP, .windows = 628, .sure = SURE_PROVEN,
		.sentence = N_("the gateway refuses the L2TP connection"),
		.remedy = N_("The gateway's words are above; often all its tunnels are in use."),
		.admin = N_("Look for the refusal in the gateway's L2TP log."),
		.yamaha = "l2tp syslog on; show status l2tp",
	},
	[CAUSE_L2TP_FULL] = {
		.id = "l2tp-full", .code = EXIT_L2TP, .stage = STAGE_L2TP, .windows = 628, .sure = SURE_PROVEN,
		.sentence = N_("the gateway has no room for another L2TP connection"),
		.remedy = N_("Wait until somebody leaves."),
		.admin = N_("Give the gateway more tunnels; the model and its licence have a limit."),
		.yamaha = "tunnel select N; pp bind tunnel1-tunnelN",
	},
	[CAUSE_L2TP_AUTH] = {
		.id = "l2tp-authentication", .code = EXIT_L2TP, .stage = STAGE_L2TP, .windows = 628, .sure = SURE_PROVEN,
		.sentence = N_("the gateway demands L2TP tunnel authentication"),
		.remedy = N_("Put the secret into the profile as l2tp-secret; that of a Yamaha router is its model's name unless it was given another."),
		.admin = N_("Tell the users the tunnel's secret, or switch tunnel authentication off."),
		.yamaha = "l2tp tunnel auth off",
	},
	[CAUSE_L2TP_SECRET] = {
		.id = "l2tp-secret-wrong", .code = EXIT_L2TP, .stage = STAGE_L2TP, .windows = 628, .sure = SURE_PROVEN,
		.sentence = N_("the gateway does not know the L2TP tunnel secret"),
		.remedy = N_("Compare l2tp-secret with the gateway's, or remove it when the gateway does no tunnel authentication."),
		.admin = N_("Compare the secret; without one a Yamaha router takes its model's name."),
		.yamaha = "l2tp tunnel auth on SECRET",
	},
	[CAUSE_L2TP_PROTOCOL] = {
		.id = "l2tp-protocol", .code = EXIT_L2TP, .stage = STAGE_L2TP, .windows = 628, .sure = SURE_PROVEN,
		.sentence = N_("the gateway's L2TP breaks the protocol"),
		.remedy = N_("Report this, with the file that `tsunagu report` writes."),
		.admin = N_("Update the gateway's firmware."),
	},

	/* PPP. */
	[CAUSE_PPP_SILENT] = {
		.id = "ppp-silent", .code = EXIT_PPP, .stage = STAGE_PPP, .windows = 718, .sure = SURE_LIKELY,
		.sentence = N_("the L2TP session stands but PPP gets no answer"),
		.remedy = N_("Tell the gateway's administrator."),
		.admin = N_("Check the gateway's PPP settings."),
		.yamaha = "pp select anonymous; pp bind tunnel1; pp enable anonymous",
	},
	[CAUSE_PPP_NEGOTIATION] = {
		.id = "ppp-negotiation", .code = EXIT_PPP, .stage = STAGE_PPP, .windows = 734, .sure = SURE_PROVEN,
		.sentence = N_("PPP found no agreement with the gateway"),
		.remedy = N_("Read what each side demanded above."),
		.admin = N_("Compare the gateway's PPP settings with what Windows' client is content with."),
	},
	[CAUSE_PPP_AUTH_METHOD] = {
		.id = "ppp-auth-method", .code = EXIT_PPP, .stage = STAGE_PPP_AUTH, .windows = 691, .sure = SURE_PROVEN,
		.sentence = N_("the gateway wants an authentication method that the profile refuses"),
		.remedy = N_("Allow it in the profile (refuse-pap, refuse-chap, refuse-mschapv2, refuse-eap)."),
		.admin = N_("Ask for MS-CHAPv2, which every client knows."),
		.yamaha = "pp auth request mschap-v2",
	},
	[CAUSE_PPP_AUTH_UNKNOWN] = {
		.id = "ppp-auth-unknown", .code = EXIT_PPP, .stage = STAGE_PPP_AUTH, .windows = 691, .sure = SURE_LIKELY,
		.sentence = N_("the gateway and pppd have no authentication method in common"),
		.remedy = N_("Ask the gateway's administrator for MS-CHAPv2; EAP-TLS needs a certificate of the user's (user-cert)."),
		.admin = N_("Ask for MS-CHAPv2, which every client knows."),
		.yamaha = "pp auth request mschap-v2",
	},
	[CAUSE_PPP_AUTH] = {
		.id = "ppp-auth", .code = EXIT_PPP_AUTH, .stage = STAGE_PPP_AUTH, .windows = 691, .sure = SURE_PROVEN,
		.sentence = N_("the gateway does not accept the user name or the password"),
		.remedy = N_("Correct user and password; it is not tried again by itself, so that the account is not locked."),
		.admin = N_("Check the user's name and password, and that the account is not locked."),
		.yamaha = "pp auth username USER PASSWORD",
	},
	[CAUSE_LOGIN_REFUSED] = {
		.id = "login-refused", .code = EXIT_PPP_AUTH, .stage = STAGE_PPP_AUTH, .windows = 691, .sure = SURE_POSSIBLE,
		.sentence = N_("the gateway refuses the login: user or password is wrong, or the user is connected already"),
		.remedy = N_("Check user and password; if both are right, end the user's other connection, or wait until the gateway has noticed its end."),
		.admin = N_("Check the user's name and password, and how often the user may be connected at the same time."),
		.yamaha = "pp auth username USER PASSWORD",
	},
	[CAUSE_LOGIN_FAILED] = {
		.id = "login-failed", .code = EXIT_PPP_AUTH, .stage = STAGE_PPP_AUTH, .windows = 691, .sure = SURE_POSSIBLE,
		.sentence = N_("the login failed, and the gateway does not say why"),
		.remedy = N_("Ask the gateway's administrator which way to log in it takes."),
		.admin = N_("Look into the log of the gateway, or of its RADIUS server, for this user."),
	},
	[CAUSE_LOGIN_UNANSWERED] = {
		.id = "login-unanswered", .code = EXIT_PPP_AUTH, .stage = STAGE_PPP_AUTH, .windows = 718, .sure = SURE_LIKELY,
		.sentence = N_("the gateway has the password and does not say whether it is right"),
		.remedy = N_("If the login is to be confirmed on a telephone, confirm it; the profile's timeout gives more time, or --timeout."),
		.admin = N_("See whether the gateway's RADIUS server answers."),
	},
	[CAUSE_ACCOUNT_HOURS] = {
		.id = "account-hours", .code = EXIT_PPP_AUTH, .stage = STAGE_PPP_AUTH, .windows = 646, .sure = SURE_PROVEN,
		.sentence = N_("the gateway does not let this user in at this time of day"),
		.remedy = N_("Try again within the hours in which the account may be used."),
		.admin = N_("Change the account's logon hours."),
	},
	[CAUSE_ACCOUNT_DISABLED] = {
		.id = "account-disabled", .code = EXIT_PPP_AUTH, .stage = STAGE_PPP_AUTH, .windows = 647, .sure = SURE_PROVEN,
		.sentence = N_("the account is disabled"),
		.remedy = N_("Ask the gateway's administrator to enable it."),
		.admin = N_("Enable the account, or unlock it."),
	},
	[CAUSE_PASSWORD_EXPIRED] = {
		.id = "password-expired", .code = EXIT_PPP_AUTH, .stage = STAGE_PPP_AUTH, .windows = 648, .sure = SURE_PROVEN,
		.sentence = N_("the password has expired"),
		.remedy = N_("Change it where you log in otherwise, then in the profile: it can't be changed by PPP."),
		.admin = N_("Give the account a new password."),
	},
	[CAUSE_PASSWORD_CHANGE] = {
		.id = "password-change", .code = EXIT_PPP_AUTH, .stage = STAGE_PPP_AUTH, .windows = 709, .sure = SURE_PROVEN,
		.sentence = N_("the gateway wants the password changed first"),
		.remedy = N_("Change it where you log in otherwise, then in the profile: it can't be changed by PPP."),
		.admin = N_("Give the account a new password, without the demand to change it."),
	},
	[CAUSE_NO_DIALIN] = {
		.id = "no-dialin", .code = EXIT_PPP_AUTH, .stage = STAGE_PPP_AUTH, .windows = 649, .sure = SURE_PROVEN,
		.sentence = N_("the account may not be used from outside"),
		.remedy = N_("Ask the gateway's administrator to permit dial-in for it."),
		.admin = N_("Permit dial-in (remote access) for the account."),
	},
	[CAUSE_USER_CERT_REFUSED] = {
		.id = "user-cert-refused", .code = EXIT_PPP_AUTH, .stage = STAGE_PPP_AUTH, .windows = 691, .sure = SURE_LIKELY,
		.sentence = N_("the gateway does not accept the user's certificate"),
		.remedy = N_("Check user-cert with `tsunagu check`; the gateway must know who issued it."),
		.admin = N_("Check that the gateway, or its RADIUS server, trusts the certificate's issuer and knows the user."),
	},
	[CAUSE_GATEWAY_UNPROVEN] = {
		.id = "gateway-unproven", .code = EXIT_PPP_AUTH, .stage = STAGE_PPP_AUTH, .windows = 691, .sure = SURE_PROVEN,
		.sentence = N_("the gateway did not prove that it knows the password"),
		.remedy = N_("Do not go on: somebody may stand in its place. Tell the gateway's administrator."),
		.admin = N_("Check that the gateway's RADIUS server passes on MS-CHAP2-Success."),
	},
	[CAUSE_PPP_ENCRYPTION] = {
		.id = "ppp-encryption", .code = EXIT_PPP, .stage = STAGE_PPP, .windows = 742, .sure = SURE_LIKELY,
		.sentence = N_("one side demands encryption by PPP (MPPE) and the other has none"),
		.remedy = N_("If the gateway demands it, set require-mppe=yes; if the profile does, remove it: IPsec encrypts already."),
		.admin = N_("Switch the compression control protocol off: IPsec encrypts already."),
		.yamaha = "ppp ccp type none",
	},
	[CAUSE_PPP_NO_ADDRESS] = {
		.id = "ppp-no-address", .code = EXIT_PPP, .stage = STAGE_ADDRESS, .windows = 720, .sure = SURE_PROVEN,
		.sentence = N_("PPP stands but no IP address was agreed on"),
		.remedy = N_("Try again later: the addresses may be in use."),
		.admin = N_("Check the gateway's address pool."),
		.yamaha = "ip pp remote address pool FIRST-LAST",
	},
	[CAUSE_PPP_CLOSED] = {
		.id = "ppp-closed", .code = EXIT_PPP, .stage = STAGE_PPP, .windows = 628, .sure = SURE_PROVEN,
		.sentence = N_("the gateway ended PPP before there was an address"),
		.remedy = N_("Its words are above; often the user is connected already or no address is free."),
		.admin = N_("See whether the user may connect more than once, and whether addresses are free."),
		.yamaha = "pp auth multi connect prohibit off; ip pp remote address pool FIRST-LAST",
	},

	/* It stands, and something in it does not pass. */
	[CAUSE_MTU] = {
		.id = "path-mtu", .code = EXIT_PATH, .stage = STAGE_MTU, .sure = SURE_LIKELY,
		.sentence = N_("small packets pass the tunnel, large ones vanish"),
		.remedy = N_("Set mtu and mru to the size named above."),
		.admin = N_("Let ICMP \"fragmentation needed\" and fragments of UDP 4500 through the filters."),
		.yamaha = "ip pp mtu 1258; ip tunnel tcp mss limit auto",
	},
	[CAUSE_DNS_SILENT] = {
		.id = "dns-silent", .code = EXIT_PATH, .stage = STAGE_DNS, .sure = SURE_LIKELY,
		.sentence = N_("the name servers that the gateway names do not answer"),
		.remedy = N_("Set ignore-auto-dns=true, and dns to a name server that answers."),
		.admin = N_("Name a server that answers the tunnel's addresses."),
		.yamaha = "ppp ipcp msext on; dns server ADDRESS; dns host any",
	},

	/* It worked, and then it ended. */
	[CAUSE_LOST_GATEWAY] = {
		.id = "gateway-lost", .code = EXIT_LOST, .stage = STAGE_UP, .windows = 628, .sure = SURE_LIKELY,
		.sentence = N_("the gateway is gone: it stopped answering"),
		.remedy = N_("Check the network and the gateway, then connect again."),
	},
	[CAUSE_LOST_REBOOT] = {
		.id = "gateway-rebooted", .code = EXIT_LOST, .stage = STAGE_UP, .windows = 628, .sure = SURE_LIKELY,
		.sentence = N_("the gateway answers, but knows nothing of this connection any more: it was restarted"),
		.remedy = N_("Connect again."),
	},
	[CAUSE_LOST_ADDRESS] = {
		.id = "gateway-moved", .code = EXIT_LOST, .stage = STAGE_UP, .windows = 628, .sure = SURE_LIKELY,
		.sentence = N_("the gateway's name leads to another address now"),
		.remedy = N_("Connect again."),
	},
	[CAUSE_LOST_UPLINK] = {
		.id = "uplink-changed", .code = EXIT_LOST, .stage = STAGE_UP, .windows = 628, .sure = SURE_PROVEN,
		.sentence = N_("this machine is connected to another network now"),
		.remedy = N_("Connect again."),
	},
	[CAUSE_LOST_DISPLACED] = {
		.id = "displaced", .code = EXIT_LOST, .stage = STAGE_UP, .windows = 628, .sure = SURE_POSSIBLE,
		.sentence = N_("the gateway answers, but the tunnel's packets go elsewhere: another PC behind the same NAT took its place"),
		.remedy = N_("Set l2tp-source-port=auto on the PCs of this network: with 1701 they displace each other."),
		.admin = N_("Let any source port of UDP into the tunnel, so that several PCs behind one NAT can connect."),
		.yamaha = "ipsec transport N N udp 1701",
	},
	[CAUSE_LOST_CLOSED] = {
		.id = "gateway-closed", .code = EXIT_LOST, .stage = STAGE_UP, .windows = 628, .sure = SURE_PROVEN,
		.sentence = N_("the gateway ended the connection"),
		.remedy = N_("Its words are above."),
	},
	[CAUSE_LOST_IDLE] = {
		.id = "idle-limit", .code = EXIT_LOST, .stage = STAGE_UP, .windows = 628, .sure = SURE_POSSIBLE,
		.sentence = N_("the gateway ended a connection that carried no traffic"),
		.remedy = N_("Set lcp-echo-interval to less than the gateway's limit."),
		.admin = N_("Raise the limit, or switch it off."),
		.yamaha = "l2tp tunnel disconnect time off",
	},
	[CAUSE_LOST_PPP] = {
		.id = "ppp-lost", .code = EXIT_LOST, .stage = STAGE_UP, .windows = 628, .sure = SURE_PROVEN,
		.sentence = N_("PPP ended"),
		.remedy = N_("Its words are above."),
	},
	[CAUSE_LOST_LIFETIME] = {
		.id = "sa-expired", .code = EXIT_LOST, .stage = STAGE_UP, .windows = 628, .sure = SURE_PROVEN,
		.sentence = N_("the lifetime of the IPsec connection ended"),
		.remedy = N_("Connect again."),
	},
	[CAUSE_TIMEOUT] = {
		.id = "timeout", .code = EXIT_NO_ANSWER, .stage = STAGE_NONE, .windows = 792, .sure = SURE_POSSIBLE,
		.sentence = N_("the attempt took too long"),
		.remedy = N_("Try a longer --timeout; `tsunagu status` and the log show how far it came."),
	},
	[CAUSE_INTERRUPTED] = {
		.id = "interrupted", .code = EXIT_INTERRUPTED, .stage = STAGE_NONE, .sure = SURE_PROVEN,
		.sentence = N_("the attempt was ended by you"),
		.remedy = N_("Everything was undone."),
	},
};
/* clang-format on */

static_assert(ARRAY_SIZE(catalogue) == CAUSE_COUNT, "each cause has its row");

static const char *const stage_ids[] = {
#define X(name, id) [STAGE_##name] = id,
	STAGES(X)
#undef X
};

static const char *const certainty_ids[] = {
	[SURE_PROVEN] = N_("proven"),
	[SURE_LIKELY] = N_("likely"),
	[SURE_POSSIBLE] = N_("possible"),
};

const struct cause_info *cause_info(enum cause cause)
{
	return &catalogue[cause];
}

const char *stage_id(enum stage stage)
{
	return stage_ids[stage];
}

const char *certainty_id(enum certainty sure)
{
	return certainty_ids[sure];
}
