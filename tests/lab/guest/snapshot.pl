# SPDX-License-Identifier: GPL-2.0-or-later
#
# snapshot.pl NODE-DIRECTORY, in a node: its state in a form that two runs can be compared in, without counters, times
# and numbers that only grow (interfaces, processes, sequence numbers). In few processes, since starting one is what
# is slow here, and without a module that perl alone doesn't have.
use strict;
use warnings;

$ENV{LC_ALL} = 'C';

sub section {
	my ($name, @lines) = @_;
	print "== $name\n", sort @lines;
}

# What the command prints, changed line by line.
sub lines_of {
	my ($change, @command) = @_;
	open(my $out, '-|', @command) or die "$command[0]: $!";
	my @lines = <$out>;
	close $out;
	return grep { defined } map { $change->($_) } @lines;
}

sub text_of {
	my ($path) = @_;
	open(my $file, '<', $path) or return undef;
	local $/;
	return scalar <$file>;
}

# Small files are shown, large ones summed up.
sub content {
	my ($path) = @_;
	# pppd's own table of its running processes stays, and its content changes with each of them.
	return '' if -l $path || !-f _ || $path =~ m{/pppd2\.tdb$};
	my $text = text_of($path) // return ' unreadable';
	return sprintf(' %d octets, sum %d', length $text, unpack('%64C*', $text)) if length $text > 2000;
	$text =~ s/([^ -~])/sprintf('\\%02x', ord $1)/ge;
	return " $text";
}

sub walk {
	my ($dir, $with_content, $skip) = @_;
	my @lines;
	opendir(my $handle, $dir) or return ();
	for my $name (grep { !/^\.\.?$/ } readdir $handle) {
		my $path = "$dir/$name";
		next if $skip && $path =~ $skip;
		my @stat = lstat $path or next;
		my $link = -l _ ? ' -> ' . readlink $path : '';
		my $is_dir = !$link && -d $path;
		push @lines, sprintf("%s %06o%s%s\n", $path, $stat[2], $link, $with_content ? content($path) : '');
		push @lines, walk($path, $with_content, $skip) if $is_dir;
	}
	closedir $handle;
	return @lines;
}

sub ip_line {
	my ($line) = @_;
	$line =~ s/^\d+: (?=\S+ )//;
	$line =~ s/\\\s*(anti-replay|seq-hi|seq 0x|bitmap|[0-9a-f]{8} )[^\\\n]*//g;
	$line =~ s/@\S+(?=:)//;
	$line =~ s/link-netns(id)? \S+//;
	$line =~ s/\\\s+valid_lft.*//;
	$line =~ s/ tentative//;
	return $line;
}

# Local and remote end; the state.
sub socket_lines {
	my ($kind) = @_;
	my @lines = split /\n/, text_of("/proc/net/$kind") // '';
	shift @lines;
	return map { my @field = split; "$kind @field[1..3]\n" } @lines;
}

# This process is left out; what the kernel does by itself has no command line.
sub process_lines {
	return map { tr/\0/ /r . "\n" } grep { length && !/snapshot\.pl/ }
		map { text_of($_) // '' } glob '/proc/[0-9]*/cmdline';
}

sub setting_lines {
	my @files = ('/proc/sys/net/ipv4/ip_forward', glob '/proc/sys/net/ipv[46]/conf/{all,default,eth0}/*');
	return map { my $value = text_of($_); defined $value ? "$_ $value" : () } grep { -f } @files;
}

sub filter_lines {
	my @lines;
	my $tables = (text_of('/proc/net/ip_tables_names') // '') . (text_of('/proc/net/ip6_tables_names') // '');
	if ($tables) {
		my $change = sub {
			my ($line) = @_;
			$line =~ s/\[\d+:\d+\]//;
			return $line =~ /^#/ ? undef : $line;
		};
		push @lines, lines_of($change, 'iptables-legacy-save');
		push @lines, lines_of($change, 'ip6tables-legacy-save');
	}
	push @lines, lines_of(sub { @_ }, 'nft', 'list', 'ruleset') if grep { -x "$_/nft" } '/usr/sbin', '/sbin';
	return @lines;
}

my ($dir) = @ARGV;
# Listing these ends a batch.
section('xfrm states', lines_of(\&ip_line, 'ip', '-o', 'xfrm', 'state', 'list'));
section('xfrm policies', lines_of(\&ip_line, 'ip', '-o', 'xfrm', 'policy', 'list'));
my @network = lines_of(\&ip_line, 'ip', '-o', '-batch', '/lab/guest/snapshot.ip');
for my $expected (qr/lookup main/, qr/table local/, qr/^lo: </, qr/inet 127/) {
	die "snapshot: no line like $expected\n" unless grep { /$expected/ } @network;
}
section('network', @network);
section('rules of IPv6', lines_of(\&ip_line, 'ip', '-6', 'rule', 'list'));
section('sockets', map { socket_lines($_) } qw(tcp udp raw tcp6 udp6 raw6));
section('unix sockets', map { m{ ([/@]\S+)$} ? "$1\n" : () }
	split /\n/, text_of('/proc/net/unix') // '');
section('processes', process_lines());
section('settings', setting_lines());
section('packet filter', filter_lines());
# Why a connection is down is meant to stay until it is up, or its user has ended it.
section('files in /run and /tmp', map { walk($_, 1, qr{/tsunagu/\.failures}) } '/run', '/tmp');
section('changed below /etc', walk("$dir/etc", 1));
# The log of each connection's last attempt is meant to stay, as syslog's lines are.
section('changed below /var', walk('/old/mnt/upper/var', 0, qr{/log/tsunagu}));
