/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What the plugin uses of pppd, by the names that it has since 2.5; for 2.4 they are made here, and nobody else asks for
 * the version. To be included first: 2.4 has a type of its own by the name of bool, and says so before <stdbool.h> does.
 */
#include <pppd/pppd.h>

/* What makes and holds an interface. Not every pppd has them: their addresses are NULL then. */
extern bool multilink __attribute__((weak));
extern int ppp_dev_fd __attribute__((weak));

/* lcp.h has names of frame.h's. */
extern void lcp_close(int unit, char *reason);

#if __has_include(<pppd/pppdconf.h>)
#include <pppd/options.h>

/* For those who need it: it has names of frame.h's. */
#define PPPD_CHAP_HEADER <pppd/chap.h>

/* pppd has them for its plugins, and since 2.5 no header says so. */
extern char passwd[MAXSECRETLEN];
extern void output(int unit, unsigned char *frame, int len);
extern void add_fd(int fd);
extern int ifunit;
extern char ifname[];
extern int sifup(int unit);
#else
#include <pppd/patchlevel.h>

#define PPPD_CHAP_HEADER <pppd/chap-new.h>
#define PPPD_VERSION	 VERSION

/* Who is told of what. */
#define NF_IP_UP	 (&ip_up_notifier)
#define NF_EXIT		 (&exitnotify)
#define NF_PHASE_CHANGE	 (&phasechange)

static inline void ppp_add_notify(struct notifier **which, void (*fn)(void *userdata, int argument),
				  void *userdata)
{
	add_notifier(which, fn, userdata);
}

static inline void ppp_add_options(option_t *options)
{
	add_options(options);
}

static inline const char *ppp_ipparam(void)
{
	return ipparam;
}

static inline void ppp_timeout(void (*fn)(void *userdata), void *userdata, int s, int us)
{
	timeout(fn, userdata, s, us);
}

static inline void ppp_untimeout(void (*fn)(void *userdata), void *userdata)
{
	untimeout(fn, userdata);
}
#endif
