# SPDX-License-Identifier: GPL-2.0-or-later
#
# point.pl NAME NAME: two TUN devices, the ends of one line: a link without broadcast, as a modem's is. Says "ready", then
# carries packets until it is ended.
use strict;
use warnings;
use IO::Select;

my ($tunsetiff, $tun_without_info) = (0x400454ca, 0x1001);

sub tun {
	my ($name) = @_;
	open(my $file, '+<', '/dev/net/tun') or die "/dev/net/tun: $!\n";
	ioctl($file, $tunsetiff, pack('a16 S x22', $name, $tun_without_info)) or die "$name: $!\n";
	return $file;
}

my @ends = map { tun($_) } @ARGV;
my $select = IO::Select->new(@ends);
$| = 1;
print "ready\n";
while (my @readable = $select->can_read()) {
	for my $end (@readable) {
		sysread($end, my $packet, 65535) or next;
		# An end that is down takes nothing.
		syswrite($end == $ends[0] ? $ends[1] : $ends[0], $packet) or next;
	}
}
