/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The number in pppN, which PPP's interfaces are numbered by; -1: it is another name, or none. */
int pppd_ifname_unit(const char *ifname);
