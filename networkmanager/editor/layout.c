/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "networkmanager/editor/layout.h"

#include "lib/macros.h"

#define HEADING(page, text)                   \
	{                                     \
		page, ALWAYS, .heading = text \
	}
#define KEY(page, name)                   \
	{                                 \
		page, ALWAYS, .key = name \
	}
#define KEY_WHEN(page, w, name)      \
	{                            \
		page, w, .key = name \
	}

const char *const layout_pages[PAGES] = {
	[PAGE_CONNECTION] = N_("Connection"),
	[PAGE_IPSEC] = N_("IPsec"),
	[PAGE_PPP] = N_("PPP and traffic"),
};

/* clang-format off */
const struct layout_row layout[] = {
	KEY(PAGE_CONNECTION, "gateway"),
	HEADING(PAGE_CONNECTION, N_("User")),
	KEY(PAGE_CONNECTION, "user-auth-type"),
	KEY(PAGE_CONNECTION, "user"),
	KEY(PAGE_CONNECTION, "domain"),
	KEY_WHEN(PAGE_CONNECTION, WITH_PASSWORD, "password"),
	{ PAGE_CONNECTION, WITH_USER_CERTIFICATE, .key = "user-ca", .kind = N_("CA") },
	{ PAGE_CONNECTION, WITH_USER_CERTIFICATE, .key = "user-cert", .cert_key = "user-key",
	  .secret = "user-certpass", .kind = N_("User") },
	HEADING(PAGE_CONNECTION, N_("Machine")),
	KEY(PAGE_CONNECTION, "machine-auth-type"),
	KEY_WHEN(PAGE_CONNECTION, WITH_PSK, "ipsec-psk"),
	{ PAGE_CONNECTION, WITH_MACHINE_CERTIFICATE, .key = "machine-ca", .kind = N_("CA") },
	{ PAGE_CONNECTION, WITH_MACHINE_CERTIFICATE, .key = "machine-cert", .cert_key = "machine-key",
	  .secret = "machine-certpass", .kind = N_("Machine") },

	HEADING(PAGE_IPSEC, N_("Identities")),
	KEY(PAGE_IPSEC, "ipsec-remote-id"),
	KEY_WHEN(PAGE_IPSEC, IF_SET, "ipsec-gateway-id"),
	KEY(PAGE_IPSEC, "ipsec-local-id"),
	KEY_WHEN(PAGE_IPSEC, IF_SET, "ipsec-group-name"),
	KEY_WHEN(PAGE_IPSEC, WITH_MACHINE_CERTIFICATE, "ipsec-crl"),
	HEADING(PAGE_IPSEC, N_("Algorithms")),
	KEY_WHEN(PAGE_IPSEC, IF_WRONG, "ipsec-enabled"),
	KEY_WHEN(PAGE_IPSEC, IF_WRONG, "ipsec-ikev2"),
	KEY(PAGE_IPSEC, "ipsec-ike"),
	KEY(PAGE_IPSEC, "ipsec-esp"),
	KEY(PAGE_IPSEC, "ipsec-legacy"),
	KEY(PAGE_IPSEC, "ipsec-pfs"),
	HEADING(PAGE_IPSEC, N_("Behaviour")),
	KEY(PAGE_IPSEC, "ipsec-ikelifetime"),
	KEY(PAGE_IPSEC, "ipsec-salifetime"),
	KEY(PAGE_IPSEC, "ipsec-forceencaps"),
	KEY(PAGE_IPSEC, "ipsec-initial-contact"),

	HEADING(PAGE_PPP, N_("Traffic")),
	KEY(PAGE_PPP, "reconnect"),
	KEY(PAGE_PPP, "kill-switch"),
	KEY(PAGE_PPP, "class-based-route"),
	KEY(PAGE_PPP, "local-network"),
	KEY(PAGE_PPP, "timeout"),
	HEADING(PAGE_PPP, N_("L2TP")),
	KEY(PAGE_PPP, "l2tp-source-port"),
	KEY_WHEN(PAGE_PPP, IF_SET, "ephemeral-port"),
	KEY(PAGE_PPP, "l2tp-secret"),
	HEADING(PAGE_PPP, N_("Login")),
	KEY(PAGE_PPP, "refuse-pap"),
	KEY(PAGE_PPP, "refuse-chap"),
	KEY(PAGE_PPP, "refuse-mschap"),
	KEY(PAGE_PPP, "refuse-mschapv2"),
	KEY(PAGE_PPP, "refuse-eap"),
	HEADING(PAGE_PPP, N_("Packets")),
	KEY(PAGE_PPP, "mtu"),
	KEY(PAGE_PPP, "mru"),
	KEY(PAGE_PPP, "lcp-echo-interval"),
	KEY(PAGE_PPP, "lcp-echo-failure"),
	KEY(PAGE_PPP, "unit"),
	HEADING(PAGE_PPP, N_("MPPE and compression")),
	KEY(PAGE_PPP, "require-mppe"),
	KEY(PAGE_PPP, "require-mppe-40"),
	KEY(PAGE_PPP, "require-mppe-128"),
	KEY(PAGE_PPP, "mppe-stateful"),
	KEY(PAGE_PPP, "nobsdcomp"),
	KEY(PAGE_PPP, "nodeflate"),
	KEY(PAGE_PPP, "no-vj-comp"),
	KEY(PAGE_PPP, "nopcomp"),
	KEY(PAGE_PPP, "noaccomp"),
};
/* clang-format on */

const size_t n_layout = ARRAY_SIZE(layout);
