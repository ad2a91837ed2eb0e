# SPDX-License-Identifier: GPL-2.0-or-later
#
# A name server for the office's LAN, small enough to start fast: knows one zone, office.test,
# in which every name has the address given as argument. Others don't exist.
use strict;
use warnings;
use Socket;

my ($address) = @ARGV;
socket(my $sock, PF_INET, SOCK_DGRAM, 0) or die "socket: $!";
bind($sock, pack_sockaddr_in(53, INADDR_ANY)) or die "bind: $!";
$| = 1;
print "ready\n";

while (my $peer = recv($sock, my $query, 512, 0)) {
	next if length($query) < 17;
	my ($id, $flags) = unpack('n2', $query);
	my ($at, @labels) = (12);
	while ((my $len = ord(substr($query, $at, 1))) && $at < length($query)) {
		push @labels, lc substr($query, $at + 1, $len);
		$at += 1 + $len;
	}
	my $question = substr($query, 12, $at + 5 - 12);
	my $type = unpack('n', substr($query, $at + 1, 2));
	my $name = join('.', @labels);
	my $known = $name =~ /(^|\.)office\.test$/;
	my $answer = $known && $type == 1
		? pack('n3Nna4', 0xc00c, 1, 1, 60, 4, inet_aton($address)) : '';
	print "$name\n";
	send($sock, pack('n6', $id, 0x8580 | ($flags & 0x0100) | ($known ? 0 : 3),
		1, $answer ? 1 : 0, 0, 0) . $question . $answer, 0, $peer);
}
