# SPDX-License-Identifier: GPL-2.0-or-later
#
# sneak.py user|root DEVICE...: tries to send by each device in every way that an ordinary user's program has, and as
# root in a container also what a link's own programs send: to the internet, the gateway, the neighbours, to groups; by
# UDP, TCP and ICMP. Datagrams carry the word "leakleak". What is refused is refused.
import os
import socket
import struct
import sys

WORD = b'leakleak'
UNICAST_IF = {socket.AF_INET: (socket.IPPROTO_IP, 50), socket.AF_INET6: (socket.IPPROTO_IPV6, 76)}
PKTINFO = {socket.AF_INET: (socket.IPPROTO_IP, 8), socket.AF_INET6: (socket.IPPROTO_IPV6, 50)}
HOSTS = ['216.165.47.10', '198.51.100.2', '192.168.10.1', '2001:db8:203::1', '2001:db8:10::1', 'fe80::1', 'fd00:10::1']
GROUPS = ['224.0.0.251', '255.255.255.255', 'ff02::fb', 'ff0e::5']
KINDS = [(socket.SOCK_DGRAM, 0, 53), (socket.SOCK_DGRAM, 0, 4500), (socket.SOCK_STREAM, 0, 443),
         (socket.SOCK_DGRAM, None, 0)]


def pktinfo(family, index):
    if family == socket.AF_INET:
        return struct.pack('=iII', index, 0, 0)
    return struct.pack('=16xI', index)


def attempt(address, kind, way, index):
    family = socket.AF_INET6 if ':' in address else socket.AF_INET
    type_, protocol, port = kind
    if protocol is None:
        protocol = socket.IPPROTO_ICMPV6 if family == socket.AF_INET6 else socket.IPPROTO_ICMP
    scoped = address.startswith('f') and not address.startswith('fd')
    if way == 'free' and address.startswith('fe80'):
        return
    to = (address, port, 0, index if scoped and way != 'free' else 0) if ':' in address else (address, port)
    with socket.socket(family, type_ | socket.SOCK_NONBLOCK, protocol) as s:
        if type_ == socket.SOCK_DGRAM:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        if way == 'device':
            s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, socket.if_indextoname(index).encode() + b'\0')
        elif way == 'unicast-if':
            s.setsockopt(*UNICAST_IF[family], struct.pack('!I', index))
        if type_ == socket.SOCK_STREAM:
            s.connect(to)
            return
        echo = bytes([128 if family == socket.AF_INET6 else 8, 0, 0, 0, 0, 0, 0, 1]) if protocol else b''
        info = [(*PKTINFO[family], pktinfo(family, index))] if way == 'pktinfo' else []
        s.sendmsg([echo + WORD], info, 0, to)


def send_from(port, address, to_port):
    family = socket.AF_INET6 if ':' in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(('', port))
        s.sendto(WORD, (address, to_port))


def send_icmp6(type_, address):
    with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as s:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, 255)
        s.sendto(bytes([type_, 0, 0, 0, 0, 0, 0, 0]) + WORD * 2, (address, 0))


def tolerate(fn, *args):
    try:
        fn(*args)
    except OSError:
        pass


who, devices = sys.argv[1], sys.argv[2:]
if who == 'user':
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
for device in devices:
    index = socket.if_nametoindex(device)
    for way in ('free', 'device', 'unicast-if', 'pktinfo'):
        for kind in KINDS:
            for address in HOSTS + (GROUPS if kind[0] == socket.SOCK_DGRAM else []):
                tolerate(attempt, address, kind, way, index)
if who == 'root':
    tolerate(send_from, 68, '216.165.47.10', 67)
    tolerate(send_from, 546, '2001:db8:203::1', 547)
    for type_ in (133, 135, 136, 143):
        tolerate(send_icmp6, type_, '2001:db8:203::1')
