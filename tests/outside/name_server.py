#!/usr/bin/env python3
"""A name server on 127.0.0.1 that has an IPv4 address for every name, and does not answer when it is
asked for an IPv6 address. Says `ready` once it listens. [RFC 1035 4.1, RFC 3596 2.1]"""

import socket
import struct

A = 1
ADDRESS = socket.inet_aton("127.0.0.1")


def question(packet):
    """The question's type, and the end of its section."""
    at = 12
    while packet[at]:
        at += 1 + packet[at]
    return struct.unpack_from("!H", packet, at + 1)[0], at + 5


def answer(packet, end):
    head = packet[:2] + struct.pack("!5H", 0x8180, 1, 1, 0, 0)
    record = struct.pack("!3HIH", 0xC00C, A, 1, 60, len(ADDRESS)) + ADDRESS
    return head + packet[12:end] + record


with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", 53))
    print("ready", flush=True)
    while True:
        packet, client = server.recvfrom(512)
        kind, end = question(packet)
        if kind == A:
            server.sendto(answer(packet, end), client)
