# SPDX-License-Identifier: GPL-2.0-or-later
#
# probe.pl ADDRESS TIMES: SYN, SYN/ACK, RST, UDP to open and closed ports and ICMP echo requests to an address,
# TIMES each, as fast as possible, with sockets of the raw kind (RFC 9293 3.1).
use strict;
use warnings;
use Socket qw(:all);

my ($address, $times) = @ARGV;
my $six = $address =~ /:/;
my ($family, $icmp) = $six ? (AF_INET6, 58) : (AF_INET, 1);
my $host = $six ? inet_pton(AF_INET6, $address) : inet_aton($address);

sub to { my $port = shift; $six ? pack_sockaddr_in6($port, $host) : pack_sockaddr_in($port, $host) }

sub checksum {
	my $data = shift;
	$data .= "\0" if length($data) % 2;
	my $sum = 0;
	$sum += $_ for unpack('n*', $data);
	$sum = ($sum >> 16) + ($sum & 0xffff) while $sum >> 16;
	return ~$sum & 0xffff;
}

socket(my $udp, $family, SOCK_DGRAM, 0) or die "UDP: $!\n";
socket(my $echo, $family, SOCK_RAW, $icmp) or die "ICMP: $!\n";
socket(my $tcp, $family, SOCK_RAW, 6) or die "TCP: $!\n";
connect($tcp, to(0)) or die "no way to $address: $!\n";
my $name = getsockname($tcp);
my $own = $six ? (unpack_sockaddr_in6($name))[1] : (unpack_sockaddr_in($name))[1];

for my $n (1 .. $times) {
	for my $flags (0x02, 0x12, 0x04) {
		for my $port (22, 5001) {
			my $head = pack('nnNNCCnnn', 20000 + $n, $port, $n, 1, 0x50, $flags, 1024, 0, 0);
			my $pseudo = $own . $host . ($six ? pack('NN', length($head), 6)
				: pack('CCn', 0, 6, length($head)));
			substr($head, 16, 2) = pack('n', checksum($pseudo . $head));
			send($tcp, $head, 0);
		}
	}
	send($udp, 'probe', 0, to($_)) for 5001, 30000 + $n % 10;
	my $message = pack('CCnnn', $six ? 128 : 8, 0, 0, 7, $n) . 'probe';
	substr($message, 2, 2) = pack('n', checksum($message)) unless $six;
	send($echo, $message, 0, to(0));
}
