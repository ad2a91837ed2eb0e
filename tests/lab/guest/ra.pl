# SPDX-License-Identifier: GPL-2.0-or-later
#
# ra.pl DEVICE PREFIX [MORE LENGTH]: one router advertisement (RFC 4861 4.2) to all nodes on the device, which makes
# the sender a default router and lets everybody take an address of PREFIX/64. MORE/LENGTH is said to be on the link as
# well, and to be reached by the sender (RFC 4191 2.3).
use strict;
use warnings;
use Socket qw(AF_INET6 SOCK_RAW inet_pton pack_sockaddr_in6);

my ($device, $prefix, $more, $length) = @ARGV;
my ($icmpv6, $ipv6, $multicast_if, $multicast_hops) = (58, 41, 17, 18);
open(my $file, '<', "/sys/class/net/$device/ifindex") or die "$device: $!\n";
my $index = <$file> + 0;

socket(my $socket, AF_INET6, SOCK_RAW, $icmpv6) or die "socket: $!\n";
setsockopt($socket, $ipv6, $multicast_if, pack('i', $index)) or die "IPV6_MULTICAST_IF: $!\n";
setsockopt($socket, $ipv6, $multicast_hops, pack('i', 255)) or die "IPV6_MULTICAST_HOPS: $!\n";

# Type, code, checksum (the kernel's), hop limit, flags, lifetime, reachable, retransmission.
my $message = pack('CCnCCnNN', 134, 0, 0, 64, 0, 1800, 0, 0);
# Prefix information: on link, autonomous.
$message .= pack('CCCCNNN', 3, 4, 64, 0xc0, 3600, 3600, 0) . inet_pton(AF_INET6, $prefix);
if ($more) {
	$message .= pack('CCCCNNN', 3, 4, $length, 0x80, 3600, 3600, 0) . inet_pton(AF_INET6, $more);
	$message .= pack('CCCCN', 24, 3, $length, 0x08, 3600) . inet_pton(AF_INET6, $more);
}
send($socket, $message, 0, pack_sockaddr_in6(0, inet_pton(AF_INET6, 'ff02::1'), $index))
	or die "send: $!\n";
