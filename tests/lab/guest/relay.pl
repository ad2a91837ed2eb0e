# SPDX-License-Identifier: GPL-2.0-or-later
#
# xl2tpd knows no IPv6: relays UDP port 1701 of an IPv6 address to the same port of an IPv4 address of
# this machine, each client by a socket of its own.
use strict;
use warnings;
use IO::Select;
use Socket qw(:DEFAULT :addrinfo inet_pton AF_INET6 pack_sockaddr_in6);

my ($from, $to) = @ARGV;
my $server = pack_sockaddr_in(1701, inet_aton($to));
socket(my $listener, AF_INET6, SOCK_DGRAM, 0) or die "socket: $!";
bind($listener, pack_sockaddr_in6(1701, inet_pton(AF_INET6, $from))) or die "bind: $!";
my $select = IO::Select->new($listener);
my (%by_client, %client_of);
$| = 1;
print "ready\n";

while (1) {
	for my $sock ($select->can_read()) {
		my $peer = recv($sock, my $data, 65535, 0);
		next unless defined $peer;
		if ($sock != $listener) {
			send($listener, $data, 0, $client_of{fileno($sock)});
			next;
		}
		if (!$by_client{$peer}) {
			socket(my $new, AF_INET, SOCK_DGRAM, 0) or die "socket: $!";
			$by_client{$peer} = $new;
			$client_of{fileno($new)} = $peer;
			$select->add($new);
		}
		send($by_client{$peer}, $data, 0, $server);
	}
}
