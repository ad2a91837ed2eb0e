/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The catalogue of causes: identifier, exit code, what happened in one sentence, what to do about it.
 * Nobody else has words for the user about failures; the evidence of the case is in the detail.
 */
#include "client/failure.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct cause_info {
	const char *id;
	enum exit_code code;
};

#define X(name, text, exit_code) [CAUSE_##name] = { .id = text, .code = exit_code },
static const struct cause_info infos[] = { [CAUSE_NONE] = { "none", EXIT_OK }, CAUSES(X) };
#undef X

struct cause_words {
	const char *sentence;
	const char *remedy;
};

static const struct cause_words words[] = {
	[CAUSE_NONE] = { "nothing went wrong", "" },
	[CAUSE_INTERNAL] = { "something unexpected happened inside the program",
			     "Try again with --verbose and report what it prints." },
	[CAUSE_USAGE] = { "the command line is wrong", "See `tsunagu --help`." },
	[CAUSE_MEMORY] = { "there is not enough memory", "Close other programs and try again." },
	[CAUSE_PROFILE_MISSING] = { "there is no such profile",
				    "See `tsunagu list`, or write one: tsunagu.nmconnection(5)." },
	[CAUSE_PROFILE_UNREADABLE] = { "the profile can't be read",
				       "Check the file and the permissions of its folder." },
	[CAUSE_PROFILE_UNSAFE] = { "others may read or change the profile, which holds secrets",
				   "Run `chown root: FILE; chmod 600 FILE` with the file named "
				   "above, "
				   "and change the secrets if they were exposed." },
	[CAUSE_PROFILE_INVALID] = { "the profile is wrong",
				    "Mend the line named above; tsunagu.nmconnection(5) has the "
				    "keys." },
	[CAUSE_SECRET_MISSING] = { "a secret is missing",
				   "Put it into the profile's [vpn-secrets], or name a file or "
				   "command "
				   "for it: tsunagu.nmconnection(5)." },
	[CAUSE_SECRET_UNREADABLE] = { "a secret can't be had from where the profile says it is",
				      "Check the file or command that the profile names." },
	[CAUSE_PRIVILEGE] = { "this needs more privilege",
			      "Run it as root, for example with sudo (it needs CAP_NET_ADMIN)." },
	[CAUSE_KERNEL_XFRM] = { "the kernel has no IPsec interface (XFRM)",
				"Load the module xfrm_user; `tsunagu check` names the package." },
	[CAUSE_KERNEL_ESP] = { "the kernel has no ESP", "Load the module esp4 (esp6 for IPv6); "
							"`tsunagu check` names the package." },
	[CAUSE_KERNEL_L2TP] = { "the kernel has no PPP over L2TP",
				"Load the module l2tp_ppp, which may be blacklisted in "
				"/etc/modprobe.d; "
				"`tsunagu check` names the package." },
	[CAUSE_KERNEL_PPP] = { "the kernel has no PPP",
			       "Load the module ppp_generic; `tsunagu check` names the package." },
	[CAUSE_KERNEL_ALGORITHM] = { "the kernel lacks an algorithm that was agreed on",
				     "Load the module named above, or choose others with "
				     "ipsec-esp." },
	[CAUSE_PPPD_MISSING] = { "pppd or its L2TP plugin is missing", "Install the package ppp." },
	[CAUSE_PPPD_LACKING] = { "pppd can't do what the profile asks for",
				 "Install a newer package ppp, or change user-auth-type." },
	[CAUSE_PPPD_FAILED] = { "pppd could not do its work",
				"See the log; `tsunagu check` tests what pppd needs." },
	[CAUSE_RUN_DIR] = { "the state of the connection can't be kept under /run",
			    "Make /run writable and free some room there: without a record nothing "
			    "is "
			    "added to the system." },
	[CAUSE_SOCKET] = { "a network socket can't be opened", "See the reason above." },
	[CAUSE_NETWORK_SETUP] = { "routes or addresses can't be set up", "See the reason above." },
	[CAUSE_DNS_SETUP] = { "the office's name servers can't be set up",
			      "Check systemd-resolved or resolvconf, or set "
			      "ignore-auto-dns=true." },
	[CAUSE_RUNNING] = { "this connection runs already",
			    "See `tsunagu status`; end it with `tsunagu disconnect`." },
	[CAUSE_NOT_RUNNING] = { "this connection does not run", "See `tsunagu status`." },
	[CAUSE_CONTROL] = { "the running connection does not answer",
			    "Ask again; if it stays silent, kill its process and run "
			    "`tsunagu disconnect`, which cleans up." },
	[CAUSE_RESOLVE] = { "the gateway's name does not resolve",
			    "Check the name in the profile and this machine's DNS." },
	[CAUSE_NO_ROUTE] = { "this machine has no way to the gateway",
			     "Check the network connection and the default route." },
	[CAUSE_UDP500_SILENT] = { "the gateway does not answer on UDP 500",
				  "Check the gateway's address, that it is up, and that UDP 500 is "
				  "forwarded to it and not filtered on the way (on a Yamaha "
				  "router: "
				  "nat descriptor masquerade static N 2 LAN-ADDRESS udp 500)." },
	[CAUSE_UDP500_REFUSED] = { "the host at the gateway's address refuses UDP 500",
				   "No IPsec service listens there: check the address and the "
				   "gateway's IPsec settings." },
	[CAUSE_UDP4500_SILENT] = { "the gateway answers on UDP 500 but nothing comes back on UDP "
				   "4500",
				   "Forward UDP 4500 to the gateway as well and let it through the "
				   "filters (on a Yamaha "
				   "router: nat descriptor masquerade static N 3 LAN-ADDRESS udp "
				   "4500)." },
	[CAUSE_PHASE1_REFUSED] = { "the gateway refuses phase 1: no common algorithms",
				   "Set ipsec-ike to what the gateway is configured for; an old "
				   "one may "
				   "need ipsec-legacy=yes." },
	[CAUSE_PHASE1_METHOD] = { "the gateway takes our algorithms, but another way of "
				  "authentication",
				  "Set machine-auth-type to what the gateway wants: psk, or tls." },
	[CAUSE_PHASE1_STALLED] = { "the gateway's answers in phase 1 stopped, or can't be used",
				   "Try again; if it stays so, read the gateway's IKE log." },
	[CAUSE_NO_NATT] = { "a NAT stands in the way and the gateway does no NAT traversal",
			    "Switch it on at the gateway (on a Yamaha router: ipsec ike "
			    "nat-traversal N "
			    "on)." },
	[CAUSE_NOT_OFFERED] = { "the gateway selects algorithms or values that were not offered",
				"The gateway is broken or somebody meddles with the packets: read "
				"its "
				"IKE log." },
	[CAUSE_PSK_WRONG] = { "the gateway does not accept the pre-shared key",
			      "Compare ipsec-psk with the gateway's key (on a Yamaha router: ipsec "
			      "ike "
			      "pre-shared-key N text KEY)." },
	[CAUSE_PSK_OR_PORT] = { "the gateway repeats its answer on UDP 500 and takes no notice of "
				"what is "
				"sent to UDP 4500: a wrong pre-shared key, or UDP 4500 is not "
				"forwarded",
				"Compare ipsec-psk with the gateway's key, and check that UDP 4500 "
				"is "
				"forwarded to the gateway." },
	[CAUSE_ID_WRONG] = { "the gateway's identity is not the one the profile demands",
			     "Correct ipsec-remote-id, or remove it: with a pre-shared key it is "
			     "not "
			     "needed." },
	[CAUSE_CERT_FILE] = { "a certificate or key can't be read",
			      "Check the file named above: PEM, DER or PKCS #12, at most 1 "
			      "MiB." },
	[CAUSE_CERT_PASSPHRASE] = { "a certificate's file can't be opened with the "
				    "passphrase at hand",
				    "Put the right one into the profile as "
				    "machine-certpass, "
				    "or name a file or command for it." },
	[CAUSE_CERT_KEY] = { "the machine's key doesn't fit its certificate, or can't be "
			     "used",
			     "Name the key that the certificate was made for; a new one is "
			     "RSA with 2048 bits or more, or ECDSA on P-256." },
	[CAUSE_CERT_REFUSED] = { "the gateway does not accept our certificate",
				 "Have it trust the authority that issued machine-cert, and "
				 "check the identity it expects (ipsec-local-id)." },
	[CAUSE_PEER_UNTRUSTED] = { "the gateway's certificate was issued by nobody we trust",
				   "Name the authority that issued it as machine-ca; if you "
				   "did, "
				   "this is not the gateway you mean." },
	[CAUSE_PEER_EXPIRED] = { "the gateway's certificate has expired or isn't valid yet",
				 "Check this machine's clock; if it is right, have the "
				 "gateway's certificate renewed." },
	[CAUSE_PEER_REVOKED] = { "the gateway's certificate was revoked",
				 "Somebody may hold its key: ask the administrator before you "
				 "connect again." },
	[CAUSE_PEER_CRL] = { "the revocation list says nothing valid about the gateway's "
			     "certificate",
			     "Get the current list of the authority that issued it for "
			     "ipsec-crl." },
	[CAUSE_PEER_USAGE] = { "the gateway's certificate is not meant for a gateway",
			       "Have one issued with key usage digitalSignature and extended "
			       "key usage serverAuth, or without the latter." },
	[CAUSE_PEER_WEAK] = { "the gateway's certificate, or one above it, is weak",
			      "Have one issued with RSA of 2048 bits or ECDSA, signed with "
			      "SHA-256." },
	[CAUSE_PEER_NAME] = { "the gateway's certificate is another gateway's",
			      "Use the name that stands in the certificate as gateway, or set "
			      "ipsec-remote-id to the identity you expect; %any takes "
			      "any certificate of that authority." },
	[CAUSE_PEER_SIGNATURE] = { "the gateway's signature is wrong",
				   "The gateway holds not the key of its certificate, or "
				   "somebody "
				   "meddles with the packets: read its IKE log." },
	[CAUSE_PHASE2_REFUSED] = { "the gateway refuses phase 2",
				   "Set ipsec-esp to what the gateway is configured for (on a "
				   "Yamaha "
				   "router: ipsec sa policy), and check its transport mode setting "
				   "for "
				   "UDP 1701 (ipsec transport N N udp 1701)." },
	[CAUSE_PHASE2_SILENT] = { "the gateway does not answer in phase 2",
				  "Read the gateway's IKE log; its policy may not allow this "
				  "client." },
	[CAUSE_L2TP_SILENT] = { "IPsec stands but the gateway's L2TP service does not answer",
				"Switch the L2TP service on (on a Yamaha router: l2tp service on, "
				"and "
				"ipsec transport N N udp 1701)." },
	[CAUSE_L2TP_REFUSED] = { "the gateway refuses the L2TP connection",
				 "The gateway's words are above; often all its tunnels are in "
				 "use." },
	[CAUSE_L2TP_AUTH] = { "the gateway demands L2TP tunnel authentication",
			      "Put the secret into the profile as l2tp-secret (on a Yamaha router: "
			      "l2tp tunnel auth on SECRET; without a SECRET its model name is "
			      "it)." },
	[CAUSE_L2TP_FULL] = { "the gateway has no room for another L2TP connection",
			      "Wait until somebody leaves, or give the gateway more tunnels (on a "
			      "Yamaha router: tunnel select, pp bind; the model has a limit)." },
	[CAUSE_L2TP_SECRET] = { "the gateway does not know the L2TP tunnel secret",
				"Compare l2tp-secret with the gateway's (on a Yamaha router: l2tp "
				"tunnel auth on SECRET; without a SECRET its model name is it), or "
				"remove it when the gateway does no tunnel authentication." },
	[CAUSE_L2TP_PROTOCOL] = { "the gateway's L2TP breaks the protocol",
				  "Update the gateway's firmware, and report this." },
	[CAUSE_PPP_SILENT] = { "the L2TP session stands but PPP gets no answer",
			       "Check the gateway's PPP settings (on a Yamaha router: pp bind, pp "
			       "enable anonymous)." },
	[CAUSE_PPP_NEGOTIATION] = { "PPP found no agreement with the gateway",
				    "Read what each side demanded above." },
	[CAUSE_PPP_AUTH_METHOD] = { "the gateway wants an authentication method that the profile "
				    "refuses",
				    "Allow it in the profile (refuse-pap, refuse-chap, "
				    "refuse-mschapv2)." },
	[CAUSE_PPP_AUTH] = { "the gateway does not accept the user name or the password",
			     "Correct user and password; it is not tried again by itself, so that "
			     "the "
			     "account is not locked." },
	[CAUSE_PPP_NO_ADDRESS] = { "PPP stands but no IP address was agreed on",
				   "Check the gateway's address pool (on a Yamaha router: ip pp "
				   "remote "
				   "address pool)." },
	[CAUSE_PPP_CLOSED] = { "the gateway ended PPP before there was an address",
			       "Its words are above; often the user is connected already or no "
			       "address "
			       "is free." },
	[CAUSE_LOST_GATEWAY] = { "the gateway is gone: it stopped answering",
				 "Check the network and the gateway, then connect again." },
	[CAUSE_LOST_CLOSED] = { "the gateway ended the connection", "Its words are above." },
	[CAUSE_LOST_PPP] = { "PPP ended", "Its words are above." },
	[CAUSE_LOST_LIFETIME] = { "the lifetime of the IPsec connection ended", "Connect again." },
	[CAUSE_TIMEOUT] = { "the attempt took too long", "Try a longer --timeout; `tsunagu status` "
							 "and the log show how far it came." },
	[CAUSE_INTERRUPTED] = { "the attempt was ended by you", "Everything was undone." },
};

static_assert(ARRAY_SIZE(words) == ARRAY_SIZE(infos), "each cause has its words");

int failure_set(struct failure *f, enum cause cause, int error, const char *format, ...)
{
	int e = error < 0 ? -error : error;

	if (f && f->cause == CAUSE_NONE) {
		va_list args;

		f->cause = cause;
		f->error = e;
		va_start(args, format);
		(void)vsnprintf(f->detail, sizeof(f->detail), format, args);
		va_end(args);
		for (char *p = f->detail; *p; p++)
			if ((unsigned char)*p < 0x20 || *p == 0x7f)
				*p = ' ';
	}
	return e ? -e : -EPROTO;
}

const char *cause_id(enum cause cause)
{
	return infos[cause].id;
}

int cause_exit_code(enum cause cause)
{
	return infos[cause].code;
}

const char *cause_sentence(enum cause cause)
{
	return words[cause].sentence;
}

const char *cause_remedy(enum cause cause)
{
	return words[cause].remedy;
}

void failure_print(const char *name, const struct failure *f)
{
	fprintf(stderr, "tsunagu: %s%s%s", name ? name : "", name ? ": " : "",
		cause_sentence(f->cause));
	if (f->detail[0])
		fprintf(stderr, " (%s)", f->detail);
	fprintf(stderr, ".\n  %s\n", cause_remedy(f->cause));
}
