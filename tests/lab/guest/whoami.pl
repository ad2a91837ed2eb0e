# SPDX-License-Identifier: GPL-2.0-or-later
#
# whoami.pl serve ADDRESS          UDP 7000: answers each datagram with the sender's address before it
# whoami.pl ask SERVER MINE TOKEN  twenty datagrams of 1000 octets, each answered for the address MINE with its own
#                                  content, or the exit status is 1; one is asked again twice before it counts as lost
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;

$| = 1;
my ($verb, $address, $mine, $token) = @ARGV;
if ($verb eq 'serve') {
	my $socket = IO::Socket::INET->new(LocalAddr => $address, LocalPort => 7000, Proto => 'udp') or die "$!";
	print "ready\n";
	while (defined(my $from = $socket->recv(my $text, 2000))) {
		my (undef, $host) = sockaddr_in($from);
		$socket->send(inet_ntoa($host) . " $text", 0, $from);
	}
	exit 1;
}
my $socket = IO::Socket::INET->new(PeerAddr => $address, PeerPort => 7000, Proto => 'udp') or die "$!";
my $select = IO::Select->new($socket);
for my $n (1 .. 20) {
	my $text = sprintf('%-1000s', "$token $n");
	my $answer = '';
	for my $try (1 .. 3) {
		$socket->send($text);
		last if $select->can_read(2) && defined $socket->recv($answer, 2000);
	}
	if ($answer ne "$mine $text") {
		print "asked '$token $n' as $mine, got: ", substr($answer, 0, 60), "\n";
		exit 1;
	}
}
