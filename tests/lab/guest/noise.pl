# SPDX-License-Identifier: GPL-2.0-or-later
#
# noise.pl ROUNDS [bound]: what programs on a machine send, a hundred packets a second: to single addresses
# of the internet, to the VPN gateway's own address and ports, to name servers, by IPv6. All of it carries
# the word "leakleak". With "bound" by sockets of the device eth0. What is refused is refused.
use strict;
use warnings;
use Socket qw(:all);
use Time::HiRes qw(sleep);

my ($rounds, $bound) = @ARGV;
my $bind_to_device = 25; # SO_BINDTODEVICE
my ($office, $server) = ('198.51.100.2', '216.165.47.10');
my @udp = ([$server, 53], [$server, 853], [$server, 9999], ['203.0.113.1', 53], ['192.168.10.1', 53],
	[$office, 500], [$office, 4500], [$office, 1701], [$office, 443], ['2001:db8:203::1', 53],
	['2001:db8:bad::1', 9999]);
my @tcp = ([$server, 443], [$office, 443], [$office, 4500], ['2001:db8:203::1', 443]);

sub make {
	my ($address, $port, $type) = @_;
	my $six = $address =~ /:/;
	socket(my $socket, $six ? AF_INET6 : AF_INET, $type | SOCK_NONBLOCK, 0) or return;
	if ($bound) {
		setsockopt($socket, SOL_SOCKET, $bind_to_device, "eth0\0") or die "bind to eth0: $!\n";
	}
	return ($socket, $six ? pack_sockaddr_in6($port, inet_pton(AF_INET6, $address))
		: pack_sockaddr_in($port, inet_aton($address)));
}

for (1 .. $rounds) {
	my @open;
	for (@udp) {
		my ($socket, $to) = make(@$_, SOCK_DGRAM) or next;
		send($socket, 'leakleak', 0, $to);
		sleep 0.005;
	}
	for (@tcp) {
		my ($socket, $to) = make(@$_, SOCK_STREAM) or next;
		connect($socket, $to);
		push @open, $socket;
		sleep 0.005;
	}
}
