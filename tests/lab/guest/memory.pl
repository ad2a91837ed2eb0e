# SPDX-License-Identifier: GPL-2.0-or-later
#
# memory.pl PID TEXT: in how many places of the process's writable memory the text stands.
use strict;
use warnings;

my ($pid, $text) = @ARGV;
my $count = 0;
open(my $maps, '<', "/proc/$pid/maps") or die "maps: $!";
open(my $mem, '<:raw', "/proc/$pid/mem") or die "mem: $!";
while (<$maps>) {
	my ($from, $to) = /^([0-9a-f]+)-([0-9a-f]+) rw/ or next;
	($from, $to) = (hex $from, hex $to);
	sysseek($mem, $from, 0) or die "seek: $!";
	my $data = '';
	while (length $data < $to - $from) {
		sysread($mem, $data, $to - $from - length $data, length $data) or last;
	}
	die "nothing could be read at $from\n" if $data eq '';
	my $at = -1;
	$count++ while ($at = index($data, $text, $at + 1)) >= 0;
}
print "$count\n";
