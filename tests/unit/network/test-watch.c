/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What news of the kernel matter; and that they come: any network namespace has news of its own. */
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <linux/xfrm.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/kernel/netlink.h"
#include "client/network/net-request.h"
#include "client/network/watch.h"

#define OWN   7
#define OTHER 2

static enum watch_news link_news(uint16_t type, int ifindex)
{
	const struct ifinfomsg info = { .ifi_index = ifindex };
	_cleanup_(netlink_msg_freep) struct nl_msg *msg = netlink_msg(type, 0, &info, sizeof(info));

	return watch_judge(nlmsg_hdr(msg), OWN);
}

static enum watch_news route_news(uint8_t protocol, uint32_t flags, uint32_t ifindex)
{
	const struct rtmsg rtm = { .rtm_protocol = protocol, .rtm_flags = flags };
	_cleanup_(netlink_msg_freep) struct nl_msg *msg =
		netlink_msg(RTM_NEWROUTE, 0, &rtm, sizeof(rtm));

	if (ifindex)
		assert_int_equal(nla_put_u32(msg, RTA_OIF, ifindex), 0);
	return watch_judge(nlmsg_hdr(msg), OWN);
}

static enum watch_news rule_news(uint16_t type, uint8_t protocol)
{
	const struct fib_rule_hdr hdr = { .family = AF_INET };
	_cleanup_(netlink_msg_freep) struct nl_msg *msg = netlink_msg(type, 0, &hdr, sizeof(hdr));

	assert_int_equal(nla_put_u8(msg, FRA_PROTOCOL, protocol), 0);
	return watch_judge(nlmsg_hdr(msg), OWN);
}

static void test_judge(void **state)
{
	const struct ifaddrmsg address = { .ifa_index = OWN };
	struct nl_msg *msg;

	(void)state;
	assert_int_equal(link_news(RTM_NEWLINK, OTHER), WATCH_OTHER);
	assert_int_equal(link_news(RTM_DELLINK, OTHER), WATCH_OTHER);
	assert_int_equal(link_news(RTM_DELLINK, OWN), WATCH_OWN);
	assert_int_equal(link_news(RTM_NEWNEIGH, OTHER), WATCH_NOTHING);
	assert_int_equal(route_news(RTPROT_KERNEL, 0, OTHER), WATCH_OTHER);
	assert_int_equal(route_news(RTPROT_DHCP, 0, 0), WATCH_OTHER);
	assert_int_equal(route_news(RTPROT_RA, 0, OWN), WATCH_OWN);
	assert_int_equal(route_news(NET_ROUTE_PROTOCOL, 0, OWN), WATCH_NOTHING);
	assert_int_equal(route_news(NET_ROUTE_PROTOCOL, 0, OTHER), WATCH_NOTHING);
	assert_int_equal(rule_news(RTM_NEWRULE, NET_ROUTE_PROTOCOL), WATCH_NOTHING);
	assert_int_equal(rule_news(RTM_DELRULE, NET_ROUTE_PROTOCOL), WATCH_REMOVED);
	assert_int_equal(rule_news(RTM_DELRULE, RTPROT_BOOT), WATCH_NOTHING);
	assert_int_equal(route_news(RTPROT_KERNEL, RTM_F_CLONED, OTHER), WATCH_NOTHING);
	msg = netlink_msg(RTM_DELADDR, 0, &address, sizeof(address));
	assert_int_equal(watch_judge(nlmsg_hdr(msg), OWN), WATCH_OWN);
	assert_int_equal(watch_judge(nlmsg_hdr(msg), OTHER), WATCH_OTHER);
	assert_int_equal(watch_judge(nlmsg_hdr(msg), 0), WATCH_OTHER);
	nlmsg_hdr(msg)->nlmsg_len = NLMSG_LENGTH(sizeof(address) - 1); /* cut off */
	assert_int_equal(watch_judge(nlmsg_hdr(msg), OWN), WATCH_NOTHING);
	netlink_msg_freep(&msg);
}

static enum watch_news policy_news(uint16_t type, uint32_t priority)
{
	const struct xfrm_userpolicy_id id = { .dir = XFRM_POLICY_OUT };
	const struct xfrm_userpolicy_info info = { .priority = priority };
	_cleanup_(netlink_msg_freep) struct nl_msg *msg = netlink_msg(type, 0, &id, sizeof(id));

	if (priority)
		assert_int_equal(nla_put(msg, XFRMA_POLICY, sizeof(info), &info), 0);
	return watch_judge_policy(nlmsg_hdr(msg));
}

/* Of policies only what may be ours, of L2TP's, guards and walls. */
static void test_judge_policy(void **state)
{
	(void)state;
	assert_int_equal(policy_news(XFRM_MSG_FLUSHPOLICY, 0), WATCH_REMOVED);
	assert_int_equal(policy_news(XFRM_MSG_DELPOLICY, 1024), WATCH_REMOVED);
	assert_int_equal(policy_news(XFRM_MSG_DELPOLICY, 0x74730000), WATCH_REMOVED);
	assert_int_equal(policy_news(XFRM_MSG_DELPOLICY, 0x74730003), WATCH_REMOVED);
	assert_int_equal(policy_news(XFRM_MSG_DELPOLICY, 0x74730004), WATCH_NOTHING);
	assert_int_equal(policy_news(XFRM_MSG_DELPOLICY, 375423), WATCH_NOTHING);
	assert_int_equal(policy_news(XFRM_MSG_DELPOLICY, 0), WATCH_NOTHING); /* cut off */
	assert_int_equal(policy_news(XFRM_MSG_NEWPOLICY, 1024), WATCH_NOTHING);
}

struct told {
	unsigned int own, other;
};

static void on_change(void *userdata, enum watch_news news)
{
	struct told *t = userdata;

	t->own += news == WATCH_OWN;
	t->other += news == WATCH_OTHER;
}

static void set_loopback(bool up)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = up ? IFF_UP : 0 };
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_int_equal(ioctl(s, SIOCSIFFLAGS, &ifr), 0);
	(void)close(s);
}

/* A device that comes up makes a link, addresses and routes: one change. */
static void test_told_once(void **state)
{
	struct told t = { 0 };
	sd_event *event = NULL;
	struct watch *w = NULL;
	struct failure f = { 0 };

	(void)state;
	if (unshare(CLONE_NEWNET) < 0)
		skip();
	assert_true(sd_event_new(&event) >= 0);
	assert_int_equal(watch_new(event, on_change, &t, &w, &f), 0);
	set_loopback(true);
	while (t.other == 0)
		assert_true(sd_event_run(event, UINT64_MAX) >= 0);
	assert_int_equal(t.other, 1);
	assert_int_equal(t.own, 0);
	watch_set_own(w, if_nametoindex("lo"));
	set_loopback(false);
	while (t.own == 0)
		assert_true(sd_event_run(event, UINT64_MAX) >= 0);
	assert_int_equal(t.other, 1);
	watch_free(w);
	sd_event_unref(event);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_judge),
		cmocka_unit_test(test_judge_policy),
		cmocka_unit_test(test_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
