"""What the scripts in the edge's container do about certificates of ACME servers.

HAProxy asks for them and renews them, and has them in memory only. It wants a certificate to begin
with, and it gives up on an order after some tries; all this is looked after here.
"""

from __future__ import annotations

import ssl
import time

from envctl.domain.edge import Certificate
from envctl.domain.edge_config import CERTIFICATES

PLACEHOLDER = "envctl placeholder"
_AGAIN = 15
"""Minutes until it asks again for what could not be had: authorities count failures."""
_TRUSTED = "/etc/ssl/certs/ca-certificates.crt"

ISSUED = f"""\
sub slurp {{ open my $f, '<', $_[0] or return ''; local $/; my $t = <$f>; defined $t ? $t : '' }}
sub put {{ my ($path, $text) = @_; umask 077;
  open my $f, '>', "$path.new" or die; print $f $text; $f->flush && $f->sync or die;
  close $f or die; rename "$path.new", $path or die }}
sub issued {{ slurp("$_[0]/haproxy.cfg") =~ m{{^    load crt (\\S+) acme }}mg }}
sub prepare {{ my $cfg = slurp("$_[0]/haproxy.cfg");
  while ($cfg =~ m{{^    load crt ((\\S+)/[^/\\s]+) acme \\w+ domains ([a-z0-9.-]+)$}}mg) {{
    my ($path, $folder, $name) = ($1, $2, $3);
    next if -s $path;
    system 'mkdir', '-p', '-m', '700', $folder;
    my $words = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650"
      . " -subj '/CN={PLACEHOLDER}'";
    my $pem = `$words -keyout /dev/stdout -out /dev/stdout 2>&1`;
    end("no first certificate for $name: $pem") unless $pem =~ /END CERTIFICATE/;
    put($path, $pem);
  }}
  if (my ($bundle, $which) = $cfg =~ m{{^    httpclient.ssl.ca-file (\\S+/([^/\\s]+)\\.crt)$}}m) {{
    mkdir '{CERTIFICATES}/authorities', 0700;
    my @files = ('{_TRUSTED}', map {{ glob "{CERTIFICATES}/$_*.pem" }} split /\\+/, $which);
    put($bundle, join "\n", map {{ slurp($_) }} @files);
  }} }}
sub keep {{ for my $path (issued('current')) {{
  my $pem = stats("dump ssl cert $path");
  put($path, $pem) if $pem =~ /PRIVATE KEY-----/ && $pem =~ /END CERTIFICATE-----\\s*$/
    && $pem ne slurp($path) }} }}
sub hurry {{ unlink glob '{CERTIFICATES}/acme/*/*.asked' }}
sub ask_for {{ for my $path (issued('current')) {{
  next unless stats("show ssl cert $path") =~ m{{^Issuer: /CN={PLACEHOLDER}$}}m;
  next if -e "$path.asked" && -M "$path.asked" < {_AGAIN} / 1440;
  put("$path.asked", stats("acme renew $path"));
}} }}
"""


def described(file: str, line: str) -> Certificate:
    """Return a certificate of the edge, of which `line` says issuer, end and names."""
    issuer, until, names = (part.strip() for part in line.split("\t"))
    if issuer == f"/CN={PLACEHOLDER}":
        return Certificate(file.rpartition("/")[2])
    left = ssl.cert_time_to_seconds(until) - time.time()
    said = " ".join(name.removeprefix("DNS:") for name in names.split(", ") if name)
    return Certificate(said or file[:12], int(left // 86400))
