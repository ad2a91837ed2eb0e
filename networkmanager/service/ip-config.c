/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "networkmanager/service/ip-config.h"

#include <arpa/inet.h>

#include <NetworkManager.h>

static const char *member(struct json_object *o, const char *key)
{
	struct json_object *value = json_object_object_get(o, key);

	return value ? json_object_get_string(value) : NULL;
}

/* In network order, as NetworkManager has them. */
static bool ipv4_of(const char *text, guint32 *ret)
{
	struct in_addr a;

	if (!text || inet_pton(AF_INET, text, &a) != 1)
		return false;
	*ret = a.s_addr;
	return true;
}

/* An address of either family, as the outer gateway's is told. */
static GVariant *address_of(const char *text)
{
	struct in6_addr a6;
	guint32 a4;

	if (ipv4_of(text, &a4))
		return g_variant_new_uint32(a4);
	if (!text || inet_pton(AF_INET6, text, &a6) != 1)
		return NULL;
	return g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, &a6, sizeof(a6), 1);
}

/* Those of IPv4; NetworkManager has another place for the others. */
static GVariant *servers_of(struct json_object *list)
{
	GVariantBuilder b;
	guint32 a;

	g_variant_builder_init(&b, G_VARIANT_TYPE("au"));
	for (size_t i = 0; list && i < json_object_array_length(list); i++)
		if (ipv4_of(json_object_get_string(json_object_array_get_idx(list, i)), &a))
			g_variant_builder_add(&b, "u", a);
	return g_variant_builder_end(&b);
}

/* In a split tunnel each name server has a route of its own, since it need not be in the office's networks. */
static GVariant *routes_of(struct json_object *list)
{
	GVariantBuilder b;
	guint32 a;

	g_variant_builder_init(&b, G_VARIANT_TYPE("aau"));
	for (size_t i = 0; list && i < json_object_array_length(list); i++)
		if (ipv4_of(json_object_get_string(json_object_array_get_idx(list, i)), &a)) {
			const guint32 route[] = { a, 32, 0, 0 }; /* next hop, metric: none */

			g_variant_builder_add_value(
				&b, g_variant_new_fixed_array(G_VARIANT_TYPE_UINT32, route,
							      G_N_ELEMENTS(route), sizeof(*route)));
		}
	return g_variant_builder_end(&b);
}

static GVariant *general_of(struct json_object *up, GVariant *gateway)
{
	struct json_object *mtu = json_object_object_get(up, "mtu");
	GVariantBuilder b;

	g_variant_builder_init(&b, G_VARIANT_TYPE_VARDICT);
	g_variant_builder_add(&b, "{sv}", NM_VPN_PLUGIN_CONFIG_TUNDEV,
			      g_variant_new_string(member(up, "interface")));
	g_variant_builder_add(&b, "{sv}", NM_VPN_PLUGIN_CONFIG_EXT_GATEWAY, gateway);
	if (mtu && json_object_get_int(mtu) > 0)
		g_variant_builder_add(&b, "{sv}", NM_VPN_PLUGIN_CONFIG_MTU,
				      g_variant_new_uint32((guint32)json_object_get_int(mtu)));
	g_variant_builder_add(&b, "{sv}", NM_VPN_PLUGIN_CONFIG_HAS_IP4,
			      g_variant_new_boolean(TRUE));
	/* The kernel's own: what the gateway's router advertisements give. */
	g_variant_builder_add(&b, "{sv}", NM_VPN_PLUGIN_CONFIG_HAS_IP6,
			      g_variant_new_boolean(FALSE));
	g_variant_builder_add(&b, "{sv}", NM_VPN_PLUGIN_CAN_PERSIST, g_variant_new_boolean(TRUE));
	return g_variant_builder_end(&b);
}

static GVariant *ip4_of(struct json_object *up, guint32 address)
{
	struct json_object *dns = json_object_object_get(up, "dns");
	GVariantBuilder b;
	guint32 peer;

	g_variant_builder_init(&b, G_VARIANT_TYPE_VARDICT);
	g_variant_builder_add(&b, "{sv}", NM_VPN_PLUGIN_IP4_CONFIG_ADDRESS,
			      g_variant_new_uint32(address));
	if (ipv4_of(member(up, "peer-address"), &peer))
		g_variant_builder_add(&b, "{sv}", NM_VPN_PLUGIN_IP4_CONFIG_PTP,
				      g_variant_new_uint32(peer));
	g_variant_builder_add(&b, "{sv}", NM_VPN_PLUGIN_IP4_CONFIG_PREFIX,
			      g_variant_new_uint32(32));
	g_variant_builder_add(&b, "{sv}", NM_VPN_PLUGIN_IP4_CONFIG_DNS, servers_of(dns));
	if (!json_object_get_boolean(json_object_object_get(up, "full-tunnel")))
		g_variant_builder_add(&b, "{sv}", NM_VPN_PLUGIN_IP4_CONFIG_ROUTES, routes_of(dns));
	return g_variant_builder_end(&b);
}

bool ip_config_of(struct json_object *up, struct ip_config *ret)
{
	guint32 address;

	if (!member(up, "interface") || !ipv4_of(member(up, "address"), &address))
		return false;
	GVariant *gateway = address_of(member(up, "gateway"));
	if (!gateway)
		return false;
	*ret = (struct ip_config){ general_of(up, gateway), ip4_of(up, address) };
	return true;
}
