"""What runs inside the edge's container: everything that has to be one step there.

A script goes on when the one who started it dies, and all of them change `current`, the link to the
generation that is served, under a lock. `before` is there while a generation is tried that needs a
reload: where the container dies meanwhile, it starts with what served. HAProxy is spoken to through
its master, which hands on to the worker that serves now, and never to one that is about to end.
"""

from __future__ import annotations

from envctl.adapters.edge.issued import ISSUED
from envctl.domain.edge_config import CERTIFICATES, FOLDER

MASTER = "/run/envctl-master.sock"
CHANGED = 3
"""The exit code for: somebody else has changed the edge."""
REFUSED = 4
"""The exit code for: HAProxy says no; its words are on stdout, and everything is as it was."""
SILENT = 5
"""The exit code for: HAProxy does not answer, though it had time; everything is as it was."""

# $1 is KEEP, which goes on beside HAProxy.
START = f"""\
cd {FOLDER} || exit 1
[ ! -L before ] || mv -T before current
[ -L current ] || ln -s generations/0 current
! grep -q . /proc/net/if_inet6 2>/dev/null || export ENVCTL_IPV6=1
rm -f {CERTIFICATES}/acme/*/*.asked
while sleep 2; do ! grep -qs '^    load crt ' current/haproxy.cfg || perl -e "$1"; done &
exec haproxy -W -db -S {MASTER},mode,600 -f current/haproxy.cfg
"""

_WORDS = f"""\
use strict; use IO::Socket::UNIX; use IO::Socket::INET; use Fcntl ':flock';
use Socket qw(:DEFAULT inet_pton pack_sockaddr_in6 IPPROTO_IPV6 IPV6_V6ONLY);
$SIG{{PIPE}} = 'IGNORE';
sub ask {{ my ($path, $line, $patience) = @_;
  my $s = IO::Socket::UNIX->new(Peer => $path) or return '';
  setsockopt $s, SOL_SOCKET, SO_RCVTIMEO, pack 'l!l!', $patience, 0 if $patience;
  print $s "$line\\n"; $s->shutdown(1); local $/; my $said = <$s>; defined $said ? $said : '' }}
sub master {{ ask('{MASTER}', $_[0]) }}
sub stats {{ master(join '; ', map {{ "\\@1 $_" }} @_) }}
# While a worker starts, the master may take a question and never answer it.
sub running {{ ask('{MASTER}', '@1 show info', 3) =~ /^description: (\\S+)/m ? $1 : '' }}
sub nap {{ select undef, undef, undef, 0.02 }}
# On a busy machine it takes its time to start.
sub awaited {{ my $end = time + 30;
  while (1) {{ my $said = running(); return $said if $said or time > $end; nap }} }}
"""

KEEP = (
    _WORDS
    + ISSUED
    + f"""\
chdir '{FOLDER}' or die; alarm 30;
open my $lock, '>', 'lock' or die; flock $lock, LOCK_EX;
keep(); ask_for();
"""
)

APPLY = (
    _WORDS
    + ISSUED
    + f"""\
my ($from, $to, $structure, $new_ports, $pems) = @ARGV;
chdir '{FOLDER}' or die; alarm 90;
open my $lock, '>', 'lock' or die; flock $lock, LOCK_EX;
my $running = awaited() or exit {SILENT};
my $was = readlink 'current';
exit {CHANGED} unless $was eq "generations/$from" or $was eq "generations/$to";
my $new = "generations/$to";
# Where HAProxy itself finds a port taken, it does not accept connections for two seconds of trying.
sub can_listen {{ my ($at, $port) = @_;
  my $kind = $at =~ /:/ ? AF_INET6 : AF_INET;
  socket my $s, $kind, SOCK_STREAM, 0 or return;
  setsockopt $s, SOL_SOCKET, SO_REUSEADDR, 1;
  setsockopt $s, IPPROTO_IPV6, IPV6_V6ONLY, 1 if $kind == AF_INET6;
  my $where = inet_pton($kind, $at);
  my $name = $kind == AF_INET6 ? pack_sockaddr_in6($port, $where) : pack_sockaddr_in($port, $where);
  bind $s, $name and listen $s, 1 }}
sub end {{ print $_[0]; exit {REFUSED} }}
mkdir 'certificates', 0700;
rename $_, 'certificates/' . (split m{{/}})[-1] for glob "$new/certificates/*.pem";
sub point {{ my $name = shift; unlink 'next';
  symlink $name, 'next' and rename 'next', 'current' or die }}
if ($running ne $structure) {{
  my $six = -e '/proc/net/if_inet6' && `cat /proc/net/if_inet6`;
  for (split /,/, $new_ports) {{
    my ($at, $port) = split m{{/}};
    for my $one ($at || ('0.0.0.0', $six ? '::' : ())) {{
      can_listen($one, $port) or end("port $port: $!\\n") }}
  }}
  $ENV{{ENVCTL_IPV6}} = 1 if $six;
  prepare($new); keep();
  my $said = `haproxy -c -f $new/haproxy.cfg 2>&1`;
  end($said) if $?;
  unlink 'before'; symlink $was, 'before' or die;
  point($new);
  $said = master('reload');
  for (1 .. 500) {{ last if $said =~ /Success=0/ or running() eq $structure; nap }}
  if (running() ne $structure) {{
    rename 'before', 'current'; end($said || "the new worker did not start\\n");
  }}
  unlink 'before';
  hurry();
}} else {{
  open my $file, '<', "$new/commands" or die; my @lines = <$file>; chomp @lines;
  my ($switch, $rest) = ([grep /^set map/, @lines], [grep !/^set map/, @lines]);
  my $said = '';
  while (my @some = splice @$rest, 0, 40) {{ $said .= stats(@some) }}
  end($said) if $said =~ /no such|unknown|require|invalid|missing|not found|unable|can't|cannot/i;
  point($new);
  $said = stats(@$switch);
  if ($said =~ /\\S/) {{ point($was); end($said) }}
}}
my %used = map {{ $_ => 1 }} split /,/, $pems;
for (glob 'certificates/*.pem') {{ unlink $_ unless m{{/(\\w+)\\.pem$}} and $used{{$1}} }}
my ($mine) = $to =~ /^(\\d+)/;
for (glob 'generations/*') {{
  system 'rm', '-rf', $_ if m{{/(\\d+)[^/]*$}} and $1 < $mine and $_ ne $new;
}}
"""
)

CERTIFICATES_OF = (
    _WORDS
    + """\
alarm 20;
for my $path (@ARGV) {
  my $said = stats("show ssl cert $path");
  my %is = $said =~ /^(Issuer|notAfter|Subject Alternative Name): (.*)$/mg;
  print join("\\t", map { $_ // '' } @is{'Issuer', 'notAfter', 'Subject Alternative Name'}), "\\n";
}
"""
)
"""Prints of each certificate by whom it is, until when, and for whom."""

BUSY = (
    _WORDS
    + """\
alarm 20;
my ($stage, $colour) = @ARGV; my $count = 0;
my @old = master('show proc') =~ /^(\\d+)\\s+worker\\b/mg;
for my $said (map { master("\\@!$_ show stat -1 2 -1") } @old) {
  for (split /\\n/, $said) {
    my @field = split /,/;
    $count += $field[4] + $field[2] if $field[0] =~ /^\\Q$stage\\E:.*:$colour$/;
  }
}
print $count;
"""
)

ANSWERING = (
    _WORDS
    + f"awaited() or exit {SILENT};\n"
    + """\
alarm 20; my (%at, $many); my $left = 0.2;
for my $port (@ARGV) {
  my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port, Timeout => 1) or next;
  $at{$port} = $s }
my %quiet = %at;
while (%quiet) {
  my $wanted = '';
  vec($wanted, fileno $_, 1) = 1 for values %quiet;
  ($many, $left) = select $wanted, undef, undef, $left;
  last if $many < 1;
  for my $port (grep { vec($wanted, fileno $quiet{$_}, 1) } keys %quiet) {
    delete $at{$port} unless sysread $quiet{$port}, my $said, 1;
    delete $quiet{$port} }
}
print join ' ', keys %at;
"""
)
"""Prints the ports whose connections are not closed at once without a word."""

MODE = (
    _WORDS
    + """\
my ($port, $hello) = @ARGV; $SIG{ALRM} = sub { print 'silent'; exit }; alarm 3;
sub talk { my ($words) = @_;
  my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port, Timeout => 2)
    or do { print 'closed'; exit };
  print $s $words; sysread $s, my $said, 64; defined $said ? $said : '' }
my $said = talk("HEAD / HTTP/1.1\\r\\nHost: localhost:$port\\r\\nConnection: close\\r\\n\\r\\n");
if ($said !~ m{^HTTP/1\\.}) { print 'tcp'; exit }
if ($said =~ m{^HTTP/1\\.\\d 400}) { # a server that wants TLS says so in HTTP
  $SIG{ALRM} = sub { print 'http'; exit };
  if (talk(pack 'H*', $hello) =~ /^[\\x15\\x16]\\x03/) { print 'tcp'; exit }
}
print 'http';
"""
)

CONFIRM = (
    _WORDS
    + f"awaited() or exit {SILENT};\n"
    + """\
my ($wrong, $end) = ('no answer through the edge', time + 2);
$SIG{ALRM} = sub { print $wrong; exit }; alarm 8;
sub reached { my ($port, $at) = @_;
  IO::Socket::INET->new(PeerAddr => $at || '127.0.0.1', PeerPort => $port, Timeout => 1) }
sub look { my ($kind, $at, $port, $name, $want, @servers) = @_;
  return "nothing listens at port $port" unless $at =~ /:/ or reached($port, $at);
  if ($kind eq 'tcp') {
    my @dead = grep { !reached($_) } @servers;
    return @dead || !@servers ? "no connection to what is behind port $port" : '' }
  my $host = $name || "localhost:$port";
  my $words = "HEAD / HTTP/1.1\\r\\nHost: $host\\r\\nConnection: close\\r\\n\\r";
  my $said = ask("/run/envctl-probe-$port" . ($at && ":$at") . '.sock', $words);
  my ($status) = $said =~ m{^HTTP/\\S+ (\\d+)};
  my ($by) = $said =~ m{^x-envctl-edge: (\\S+)}mi;
  return "no answer at port $port" unless $status;
  return $by =~ m{^\\Q$want\\E/s\\d+$} ? ''
    : "status $status at port $port comes from the edge" . ($name ? " for $name" : '') }
while (1) {
  $wrong = join "\\n", grep { $_ } map { look(split / /) } @ARGV;
  last if !$wrong or time > $end; nap }
print $wrong;
"""
)
