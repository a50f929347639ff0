# shellcheck shell=bash
# common.sh - what all our scripts share: where we are, how we speak, free ports.
#
# Sourced, never run. Sets TOP (the checkout's root) and leaves the working directory alone.

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
export TOP

say() {
    printf '%s\n' "$*"
}

warn() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
}

die() {
    warn "$@"
    exit 1
}

# Prints the comment a script begins with: its usage.
usage_of() {
    awk 'NR > 1 && !/^#/ { exit } NR > 1 { sub(/^# ?/, ""); print }' "$1"
}

# free_ports N: N different TCP ports that nobody listens on, one a line. They lie below the kernel's range for
# outgoing connections, so that no connection can take one while a server that owns it is down for a moment.
free_ports() {
    perl -MSocket -e '
        my ($wanted, @held) = @ARGV;
        open(my $range, "<", "/proc/sys/net/ipv4/ip_local_port_range");
        my ($top) = split(" ", defined($range) ? <$range> : "32768");
        $top = 32768 if $top < 12000;
        for (my $tries = 0; @held < $wanted && $tries < 20000; $tries++) {
            socket(my $s, PF_INET, SOCK_STREAM, 0) or die "socket: $!";
            my $port = 10000 + int(rand($top - 10000));
            bind($s, pack_sockaddr_in($port, INADDR_ANY)) or next;
            push @held, $s;
            print "$port\n";
        }
        exit(@held < $wanted);' "$1"
}

# port_answers PORT: somebody on this machine accepts connections there.
port_answers() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# random_text N: N random letters and digits.
random_text() {
    perl -e 'open(my $r, "<", "/dev/urandom"); read($r, my $b, $ARGV[0]);
        print map { ("a".."z", 2..7)[ord($_) & 31] } split(//, $b)' "$1"
}
