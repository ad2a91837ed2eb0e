/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

/* Methods of authentication. pppd's own headers have names of frame.h's, so this stands alone. */

/* How somebody proves who he is. */
enum ppp_method {
	PPP_METHOD_NONE,
	PPP_METHOD_PAP,
	PPP_METHOD_CHAP, /* with MD5 */
	PPP_METHOD_MSCHAP,
	PPP_METHOD_MSCHAPV2,
	PPP_METHOD_EAP, /* which one, EAP agrees on by itself */
	PPP_METHOD_EAP_MD5,
	PPP_METHOD_EAP_TLS,
	PPP_METHOD_EAP_MSCHAPV2,
	PPP_METHOD_OTHER,
	PPP_METHOD_COUNT,
};

/* For sets of them. */
static inline uint16_t ppp_method_bit(enum ppp_method method)
{
	return (uint16_t)(1U << method);
}
