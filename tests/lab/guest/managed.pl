#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# managed.pl PROFILE [OPTION...]: becomes `tsunagu connect` with the profile in memory, as a network manager's service
# starts it.
use strict;
use warnings;

my ($profile, @options) = @ARGV;
open(my $in, '<', $profile) or die "$profile: $!\n";
my $text = do { local $/; <$in> };
close $in;
$^F = 255; # what is opened from here on is for the program, too
my $fd = syscall(319, my $name = 'connection', 0); # memfd_create
die "memfd_create: $!\n" if $fd < 0;
open(my $out, '>&=', $fd) or die "memory: $!\n";
chmod(0600, $out) or die "chmod: $!\n";
syswrite($out, $text) == length $text or die "memory: $!\n";
exec 'tsunagu', 'connect', "/proc/self/fd/$fd", '--foreground', '--json', '--managed', @options or die "exec: $!\n";
