"""Free ports: the usual one where nobody has it, another one otherwise; and ports that a program has bound by now."""

import ipaddress
import pathlib
import socket
import struct


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


def is_bound(ip, port, kind):
    """Whether a socket stands on the address, by the kernel's own table. Who waits for a program asks here: `is_free`
    would hold the port for a moment, and the program would find it taken."""
    address = ipaddress.ip_address(ip)
    words = struct.unpack(f"={len(address.packed) // 4}I", address.packed)
    wildcard = ("0" * 8 * len(words), "0" * 32)
    wanted = {f"{''.join(f'{word:08X}' for word in words)}:{port:04X}", *(f"{any_of}:{port:04X}" for any_of in wildcard)}
    name = "udp" if kind == socket.SOCK_DGRAM else "tcp"
    for table in (name, name + "6"):
        for line in pathlib.Path("/proc/net", table).read_text().splitlines()[1:]:
            fields = line.split()
            is_listening = kind == socket.SOCK_DGRAM or fields[3] == "0A"
            if is_listening and fields[1] in wanted:
                return True
    return False


def choose(ip, preferred):
    """A port that is free for UDP and TCP: `preferred`, or one below the kernel's ephemeral range."""
    start = preferred + 1000 if preferred < 30000 else 10000
    for port in [preferred, *range(start, 32000, 101)]:
        if is_free_both(ip, port):
            return port
    raise OSError(f"no free port on {ip}")
