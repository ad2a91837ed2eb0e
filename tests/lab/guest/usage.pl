# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage.pl NAMES: of each process in this pid namespace whose name matches: name, pid, threads, CPU time in ms with that
# of its ended children, voluntary context switches (how often it went to sleep), RSS and PSS in kB. Separated by tabs. At
# last a line "together" with the memory of all of them in the place of PSS: the distinct pages that they have. That is
# their PSS on a machine of their own; here the gateway's processes share the same programs' pages.
use strict;
use warnings;
no warnings 'portable';

my $names = qr/^(?:$ARGV[0])$/;

sub content
{
	open(my $file, '<', shift) or return '';
	local $/;
	return <$file> // '';
}

# Notes the numbers of the pages that a process has in memory (Documentation/admin-guide/mm/pagemap.rst).
my %pages;
sub note_pages
{
	my $dir = shift;
	open(my $map, '<', "$dir/pagemap") or return;
	for my $line (split(/\n/, content("$dir/maps"))) {
		my ($from, $to) = map { hex } $line =~ /^([0-9a-f]+)-([0-9a-f]+)/;
		next if $line =~ /\[(?:vdso|vvar|vsyscall)\]/;
		sysseek($map, $from / 4096 * 8, 0);
		sysread($map, my $entries, ($to - $from) / 4096 * 8) or next;
		for my $entry (unpack('Q*', $entries)) {
			$pages{$entry & (1 << 55) - 1} = 1 if $entry >> 63;
		}
	}
}

for my $dir (glob('/proc/[0-9]*')) {
	chomp(my $name = content("$dir/comm"));
	next unless $name =~ $names;
	my @stat = split(' ', content("$dir/stat") =~ s/.*\) //sr);
	my ($ticks, $sleeps, $threads) = (0, 0, 0);
	$ticks += $_ for @stat[11 .. 14];
	for my $task (glob("$dir/task/*")) {
		$threads++;
		$sleeps += $1 if content("$task/status") =~ /^voluntary_ctxt_switches:\s*(\d+)/m;
	}
	note_pages($dir);
	my $memory = content("$dir/smaps_rollup");
	my ($rss) = $memory =~ /^Rss:\s*(\d+)/m;
	my ($pss) = $memory =~ /^Pss:\s*(\d+)/m;
	print join("\t", $name, $dir =~ s/.*\///r, $threads, 10 * $ticks, $sleeps, $rss // 0, $pss // 0), "\n";
}
print join("\t", 'together', 0, 0, 0, 0, 0, 4 * keys(%pages)), "\n";
