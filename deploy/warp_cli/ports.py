"""Free ports: the usual one where nobody has it, another one otherwise."""

import socket


def is_free(ip, port, kind):
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    with socket.socket(family, kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ip, port))
        except OSError:
            return False
        return True


def is_free_both(ip, port):
    return is_free(ip, port, socket.SOCK_DGRAM) and is_free(ip, port, socket.SOCK_STREAM)


def choose(ip, preferred):
    """A port that is free for UDP and TCP: `preferred`, or one below the kernel's ephemeral range."""
    start = preferred + 1000 if preferred < 30000 else 10000
    for port in [preferred, *range(start, 32000, 101)]:
        if is_free_both(ip, port):
            return port
    raise OSError(f"no free port on {ip}")
