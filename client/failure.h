/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Why something could not be done, as data: the edges and the connection name a cause and the
 * evidence, and only failure.c knows the sentence, the remedy and the exit code that belong to it.
 */

#include <stdbool.h>
#include <stddef.h>

#include "lib/macros.h"

/* The program's exit codes: an interface, documented in tsunagu(8); numbers are never reused. */
enum exit_code {
	EXIT_OK = 0,
	EXIT_INTERNAL = 1,	  /* our own trouble: memory, files, the unexpected */
	EXIT_USAGE = 2,		  /* the command line */
	EXIT_PROFILE = 3,	  /* the profile: missing, unreadable, unsafe, wrong */
	EXIT_PRIVILEGE = 4,	  /* not allowed */
	EXIT_SYSTEM = 5,	  /* the kernel or a program that is needed is missing */
	EXIT_BUSY = 6,		  /* the connection of that name runs already */
	EXIT_NOT_CONNECTED = 7,	  /* there is no such connection */
	EXIT_RESOLVE = 10,	  /* the gateway's name */
	EXIT_ROUTE = 11,	  /* no way to the gateway from this machine */
	EXIT_NO_ANSWER = 12,	  /* the gateway is silent on UDP 500 */
	EXIT_NATT_SILENT = 13,	  /* it answers on UDP 500 and is silent on UDP 4500 */
	EXIT_PHASE1 = 14,	  /* phase 1 refused */
	EXIT_AUTHENTICATION = 15, /* pre-shared key, certificate, identity */
	EXIT_PHASE2 = 16,	  /* phase 2 refused */
	EXIT_L2TP = 17,		  /* L2TP silent or refused */
	EXIT_PPP = 18,		  /* PPP: no agreement */
	EXIT_PPP_AUTH = 19,	  /* user name or password */
	EXIT_LOST = 20,		  /* it worked, and then it ended */
	EXIT_INTERRUPTED = 21,	  /* the user ended the attempt */
};

/* Identifier, exit code. The identifiers are an interface too: they stand in --json. */
#define CAUSES(X)                                                 \
	X(INTERNAL, "internal", EXIT_INTERNAL)                    \
	X(USAGE, "usage", EXIT_USAGE)                             \
	X(MEMORY, "out-of-memory", EXIT_INTERNAL)                 \
	X(PROFILE_MISSING, "profile-missing", EXIT_PROFILE)       \
	X(PROFILE_UNREADABLE, "profile-unreadable", EXIT_PROFILE) \
	X(PROFILE_UNSAFE, "profile-unsafe", EXIT_PROFILE)         \
	X(PROFILE_INVALID, "profile-invalid", EXIT_PROFILE)       \
	X(SECRET_MISSING, "secret-missing", EXIT_PROFILE)         \
	X(SECRET_UNREADABLE, "secret-unreadable", EXIT_PROFILE)   \
	X(PRIVILEGE, "privilege", EXIT_PRIVILEGE)                 \
	X(KERNEL_XFRM, "kernel-xfrm", EXIT_SYSTEM)                \
	X(KERNEL_ESP, "kernel-esp", EXIT_SYSTEM)                  \
	X(KERNEL_L2TP, "kernel-l2tp", EXIT_SYSTEM)                \
	X(KERNEL_PPP, "kernel-ppp", EXIT_SYSTEM)                  \
	X(KERNEL_ALGORITHM, "kernel-algorithm", EXIT_SYSTEM)      \
	X(PPPD_MISSING, "pppd-missing", EXIT_SYSTEM)              \
	X(PPPD_LACKING, "pppd-lacking", EXIT_SYSTEM)              \
	X(PPPD_FAILED, "pppd-failed", EXIT_SYSTEM)                \
	X(RUN_DIR, "run-directory", EXIT_SYSTEM)                  \
	X(SOCKET, "socket", EXIT_SYSTEM)                          \
	X(NETWORK_SETUP, "network-setup", EXIT_SYSTEM)            \
	X(DNS_SETUP, "dns-setup", EXIT_SYSTEM)                    \
	X(RUNNING, "already-running", EXIT_BUSY)                  \
	X(NOT_RUNNING, "not-running", EXIT_NOT_CONNECTED)         \
	X(CONTROL, "control-socket", EXIT_INTERNAL)               \
	X(RESOLVE, "name-not-resolved", EXIT_RESOLVE)             \
	X(NO_ROUTE, "no-route", EXIT_ROUTE)                       \
	X(UDP500_SILENT, "udp500-silent", EXIT_NO_ANSWER)         \
	X(UDP500_REFUSED, "udp500-refused", EXIT_NO_ANSWER)       \
	X(UDP4500_SILENT, "udp4500-silent", EXIT_NATT_SILENT)     \
	X(PHASE1_REFUSED, "phase1-refused", EXIT_PHASE1)          \
	X(PHASE1_METHOD, "phase1-method", EXIT_PHASE1)            \
	X(PHASE1_STALLED, "phase1-stalled", EXIT_PHASE1)          \
	X(NO_NATT, "no-nat-traversal", EXIT_PHASE1)               \
	X(NOT_OFFERED, "not-offered", EXIT_PHASE1)                \
	X(PSK_WRONG, "psk-wrong", EXIT_AUTHENTICATION)            \
	X(PSK_OR_PORT, "psk-or-port-4500", EXIT_AUTHENTICATION)   \
	X(ID_WRONG, "identity-wrong", EXIT_AUTHENTICATION)        \
	X(CERT_FILE, "cert-file", EXIT_PROFILE)                   \
	X(CERT_PASSPHRASE, "cert-passphrase", EXIT_PROFILE)       \
	X(CERT_KEY, "cert-key", EXIT_PROFILE)                     \
	X(CERT_REFUSED, "cert-refused", EXIT_AUTHENTICATION)      \
	X(PEER_UNTRUSTED, "peer-untrusted", EXIT_AUTHENTICATION)  \
	X(PEER_EXPIRED, "peer-expired", EXIT_AUTHENTICATION)      \
	X(PEER_REVOKED, "peer-revoked", EXIT_AUTHENTICATION)      \
	X(PEER_CRL, "peer-crl", EXIT_AUTHENTICATION)              \
	X(PEER_USAGE, "peer-usage", EXIT_AUTHENTICATION)          \
	X(PEER_WEAK, "peer-weak", EXIT_AUTHENTICATION)            \
	X(PEER_NAME, "peer-name", EXIT_AUTHENTICATION)            \
	X(PEER_SIGNATURE, "peer-signature", EXIT_AUTHENTICATION)  \
	X(PHASE2_REFUSED, "phase2-refused", EXIT_PHASE2)          \
	X(PHASE2_SILENT, "phase2-silent", EXIT_PHASE2)            \
	X(L2TP_SILENT, "l2tp-silent", EXIT_L2TP)                  \
	X(L2TP_REFUSED, "l2tp-refused", EXIT_L2TP)                \
	X(L2TP_AUTH, "l2tp-authentication", EXIT_L2TP)            \
	X(L2TP_FULL, "l2tp-full", EXIT_L2TP)                      \
	X(L2TP_SECRET, "l2tp-secret-wrong", EXIT_L2TP)            \
	X(L2TP_PROTOCOL, "l2tp-protocol", EXIT_L2TP)              \
	X(PPP_SILENT, "ppp-silent", EXIT_PPP)                     \
	X(PPP_NEGOTIATION, "ppp-negotiation", EXIT_PPP)           \
	X(PPP_AUTH_METHOD, "ppp-auth-method", EXIT_PPP)           \
	X(PPP_AUTH, "ppp-auth", EXIT_PPP_AUTH)                    \
	X(PPP_NO_ADDRESS, "ppp-no-address", EXIT_PPP)             \
	X(PPP_CLOSED, "ppp-closed", EXIT_PPP)                     \
	X(LOST_GATEWAY, "gateway-lost", EXIT_LOST)                \
	X(LOST_CLOSED, "gateway-closed", EXIT_LOST)               \
	X(LOST_PPP, "ppp-lost", EXIT_LOST)                        \
	X(LOST_LIFETIME, "sa-expired", EXIT_LOST)                 \
	X(TIMEOUT, "timeout", EXIT_NO_ANSWER)                     \
	X(INTERRUPTED, "interrupted", EXIT_INTERRUPTED)

enum cause {
	CAUSE_NONE,
#define X(name, id, code) CAUSE_##name,
	CAUSES(X)
#undef X
};

#define FAILURE_DETAIL_MAX 320

/* One failure: what, the errno behind it (positive, or 0), and the evidence in a few words. */
struct failure {
	enum cause cause;
	int error;
	char detail[FAILURE_DETAIL_MAX]; /* one line, no control characters, no secret */
};

/*
 * Names the cause. F may be NULL (then only the result matters); the first cause named stays, so that
 * what follows from it doesn't cover it. ERROR is an errno of either sign, or 0.
 * Return: -ERROR as a negative errno, or -EPROTO when ERROR is 0, to be passed on.
 */
int failure_set(struct failure *f, enum cause cause, int error, const char *format, ...)
	_printf_(4, 5);

/* The identifier ("udp4500-silent"), the exit code, what happened and what to do, in words. */
const char *cause_id(enum cause cause);
int cause_exit_code(enum cause cause);
const char *cause_sentence(enum cause cause);
const char *cause_remedy(enum cause cause);

/* Prints "tsunagu: NAME: sentence (detail)" and the remedy to stderr. NAME may be NULL. */
void failure_print(const char *name, const struct failure *f);
