#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the seeds of the fuzz-ike-... targets, fuzz-l2tp-engine (some of them), fuzz-l2tp-hidden,
fuzz-netlink, fuzz-control, fuzz-ppp-observe, fuzz-ppp-repeat and fuzz-proposals to tests/fuzz/corpus, in their formats. What fuzzers found of new ground lies beside them as found-..."""
import pathlib
import struct

CORPUS = pathlib.Path(__file__).parent / "corpus"
SA, KE, ID, HASH, NONCE, NOTIFY, DELETE, VENDOR, ATTRIBUTES = 1, 4, 5, 8, 10, 11, 12, 13, 14
MAIN, INFO, QUICK = 2, 5, 32


def u16(v):
    return struct.pack("!H", v)


def u32(v):
    return struct.pack("!I", v)


def chain(*payloads):
    """Payloads as (type, body); gives the first type and the octets."""
    types = [t for t, _ in payloads] + [0]
    return types[0], b"".join(
        bytes([types[i + 1], 0]) + u16(len(body) + 4) + body for i, (_, body) in enumerate(payloads))


def short(kind, value):
    return u16(0x8000 | kind) + u16(value)


def long(kind, value):
    return u16(kind) + u16(4) + u32(value)


def transform(number, ident, attributes, last=True):
    body = bytes([number, ident, 0, 0]) + attributes
    return bytes([0 if last else 3, 0]) + u16(len(body) + 4) + body


def proposal(number, protocol, spi, transforms, last=True):
    body = bytes([number, protocol, len(spi), len(transforms)]) + spi + b"".join(transforms)
    return bytes([0 if last else 2, 0]) + u16(len(body) + 4) + body


def sa(*proposals):
    return u32(1) + u32(1) + b"".join(proposals)


PHASE1 = (short(1, 7) + short(14, 256) + short(2, 2) + short(4, 14) + short(3, 1) + short(11, 1)
          + long(12, 28800))
PHASE2 = (short(1, 1) + long(2, 3600) + short(1, 2) + long(2, 250000) + short(4, 4) + short(5, 2)
          + short(6, 256))
SELECT1 = sa(proposal(1, 1, b"", [transform(1, 1, PHASE1)]))
SELECT2 = sa(proposal(1, 3, u32(0xc0ffee00), [transform(1, 12, PHASE2)]))
OFFER = sa(proposal(1, 1, b"", [transform(1, 1, PHASE1, False), transform(2, 1, PHASE1)], False),
           proposal(2, 1, b"", [transform(1, 1, PHASE1)]))
RFC3947 = bytes.fromhex("4a131c81070358455c5728f20e95452f")


def notify(kind, protocol=1, spi=b"", data=b""):
    return u32(1) + bytes([protocol, len(spi)]) + u16(kind) + spi + data


def delete(protocol, *spis):
    return u32(1) + bytes([protocol, len(spis[0])]) + u16(len(spis)) + b"".join(spis)


def identity(port=1701):
    return bytes([1, 17]) + u16(port) + bytes([203, 0, 113, 7])


def message(exchange, flags, msgid, *payloads, pad=b""):
    first, body = chain(*payloads)
    return (b"initiate" + b"responds" + bytes([first, 0x10, exchange, flags]) + u32(msgid)
            + u32(28 + len(body) + len(pad)) + body + pad)


def inject(exchange, msgid, flags, *payloads):
    first, body = chain(*payloads)
    return bytes([1, exchange, msgid, flags, first]) + u16(len(body)) + body


def raw(data):
    return b"\0" + u16(len(data)) + data


def answer(knob=0, value=0):
    return bytes([2, knob]) + u16(value)


def first_cookie():
    """What the target's random numbers begin with."""
    drawn, cookie = 1, b""
    for _ in range(8):
        drawn = (drawn * 1664525 + 1013904223) % 2 ** 32
        cookie += bytes([drawn >> 24])
    return cookie


ZERO = bytes(20)
AGAIN, UNTIL, CLOSE, PROBE, REKEY = b"\3", b"\5", b"\6", b"\7", b"\10"
COOKIES = first_cookie() + b"gateway!"

PAYLOAD = {
    "message-1": b"\0" + message(MAIN, 0, 0, (SA, SELECT1), (VENDOR, RFC3947)),
    "message-4": b"\0" + message(MAIN, 0, 0, (KE, bytes(range(64))), (NONCE, b"nonce nonce"),
                                 (20, ZERO), (20, ZERO)),
    "message-padded": b"\0" + message(INFO, 1, 7, (HASH, ZERO), (NOTIFY, notify(14)), pad=b"\1\2\3"),
    "message-many": b"\0" + message(MAIN, 0, 0, *[(VENDOR, b"")] * 33),
    "sa-phase1": bytes([SA]) + SELECT1,
    "sa-phase2": bytes([SA]) + SELECT2,
    "sa-offer": bytes([SA]) + OFFER,
    "id": bytes([ID]) + identity(),
    "notify": bytes([NOTIFY]) + notify(24576, 3, u32(0x1000), short(1, 1) + long(2, 600)),
    "notify-dpd": bytes([NOTIFY]) + notify(36136, 1, COOKIES, u32(77)),
    "delete": bytes([DELETE]) + delete(3, u32(0x1000), u32(0x2000)),
    "nat-oa": bytes([21]) + bytes([1, 0, 0, 0, 192, 0, 2, 1]),
    "nat-oa-6": bytes([21]) + bytes([5, 0, 0, 0]) + bytes(16),
}

UP = answer() * 4
QUICK2 = inject(QUICK, 1, 1, (HASH, ZERO), (SA, SELECT2), (NONCE, b"nonce nonce"),
                (ID, identity(40000)), (ID, identity()))
ENGINE = {
    "connect": b"\0" + UP,
    "connect-nat": b"\1" + UP + UNTIL + PROBE + CLOSE,
    "rekey": b"\1" + UP + REKEY + answer() + b"\4" + u16(3500) + REKEY + answer(5) + UNTIL * 4,
    "rekey-late": b"\0" + UP + UNTIL * 3 + answer() + UNTIL * 3,
    "connect-forced": b"\2" + UP,
    "duplicates": b"\1" + b"".join((answer() + AGAIN + b"\4" + u16(30) + AGAIN) for _ in range(4)),
    "repeat": b"\0" + UNTIL * 8 + answer() + UNTIL * 2 + answer() * 3,
    "refused-clear": b"\0" + inject(INFO, 9, 0, (NOTIFY, notify(14))) + UP,
    "refused-quick": b"\1" + answer() * 3 + inject(INFO, 9, 1, (HASH, ZERO), (NOTIFY, notify(14))),
    "message-2": b"\0" + inject(MAIN, 0, 0, (SA, SELECT1), (VENDOR, RFC3947)),
    "message-4": b"\0" + answer() + inject(MAIN, 0, 0, (KE, bytes(range(1, 65))),
                                           (NONCE, b"nonce nonce")),
    "message-6": b"\0" + answer() * 2 + inject(MAIN, 0, 1, (ID, identity(0)), (HASH, ZERO)),
    "quick-2": b"\1" + answer() * 3 + answer(6) + QUICK2,
    "delete-pair": b"\1" + answer() * 3 + answer(6) + QUICK2
                   + inject(INFO, 8, 1, (HASH, ZERO), (DELETE, delete(3, u32(0xc0ffee00)))),
    "delete-phase1": b"\1" + UP + inject(INFO, 8, 1, (HASH, ZERO), (DELETE, delete(1, COOKIES))),
    "dpd": b"\1" + UP + inject(INFO, 8, 1, (HASH, ZERO), (NOTIFY, notify(36136, 1, COOKIES, u32(1)))),
    "raw": b"\1" + raw(b"\xff") + raw(bytes(4) + message(MAIN, 0, 0, (SA, SELECT1))) + UP,
    "knobs": b"".join([b"\1"] + [answer(k, 0x0407) for k in range(14)] + [UP]),
    "knobs-quick": b"".join([b"\1", answer() * 3, answer(11, 600)]),
    "close-early": b"\1" + answer() + CLOSE + answer(),
}


def piece(number, data, last=False, ident=1, late=False):
    return bytes([ident, number, last + 2 * late, len(data)]) + data


FRAGMENT = {
    "in-order": piece(1, b"aa") + piece(2, b"bb") + piece(3, b"cc", True),
    "backwards": piece(3, b"cc", True) + piece(2, b"bb") + piece(1, b"aa"),
    "twice": piece(1, b"aa") + piece(1, b"aa") + piece(2, b"bb", True) + piece(1, b"aa"),
    "contradicts": piece(1, b"aa") + piece(3, b"cc", True) + piece(1, b"xx") + piece(2, b"yy", True),
    "beyond": piece(2, b"bb", True) + piece(3, b"cc") + piece(1, b"aa") + piece(65, b"z"),
    "early-end": piece(3, b"cc") + piece(2, b"bb", True) + piece(1, b"aa"),
    "other-id": piece(1, b"aa") + piece(2, b"bb", True, 2) + piece(1, b"aa", False, 2),
    "late": piece(1, b"aa") + piece(2, b"bb", True, late=True) + piece(1, b"aa"),
    "too-much": b"".join(piece(1 + i, bytes(255)) for i in range(40)),
}

DRAFTS = ["7d9419a65310ca6f2c179d9215529d56", "90cb80913ebb696e086381b5ec427b1f",
          "cd60464335df21f87cfdb2fc68b6a448"]
PIECES = bytes.fromhex("4048b7d56ebce88525e7de7f00d6c2d3")


def listed(*payloads):
    first, body = chain(*payloads)
    return bytes([first]) + body


NATT = {
    "rfc": listed((VENDOR, RFC3947), (20, ZERO), (20, ZERO), (20, ZERO)),
    "one": listed((VENDOR, RFC3947), (20, ZERO)),
    "none": listed((VENDOR, b"x"), (130, ZERO)),
    "pieces": listed((VENDOR, PIECES), (VENDOR, PIECES + bytes(4)), (132, u16(1) + b"\1\1text")),
    "pieces-0": listed((132, u16(1) + b"\0\1text"), (132, u16(1) + b"\1\1"), (132, b"\1")),
    "oa": listed((21, bytes([1, 0, 0, 0, 192, 0, 2, 1])), (21, bytes([5, 0, 0, 0]) + bytes(16)),
                 (21, bytes([2, 0, 0, 0]) + bytes(4)), (21, bytes([1, 0, 0, 0]))),
}
for number, draft in enumerate(DRAFTS):
    NATT["draft-%d" % number] = listed((VENDOR, bytes.fromhex(draft)), (130, ZERO), (130, ZERO),
                                       (131, bytes([1, 0, 0, 0, 192, 0, 2, 1])))


def after_hash(options, *payloads):
    return bytes([options]) + listed(*payloads)


PARTS = [(SA, SELECT2), (NONCE, b"nonce nonce"), (ID, identity(40000)), (ID, identity())]
LIFETIME = notify(24576, 3, u32(0xc0ffee00), short(1, 1) + short(2, 600))
SHORTER = SELECT2.replace(u32(3600), u32(1800))
QUICK_2 = {
    "good": after_hash(1, *PARTS),
    "good-renewed": after_hash(0x11, *PARTS),
    "pfs": after_hash(5, *PARTS[:2], (KE, bytes([1]) * 64), *PARTS[2:]),
    "pfs-weak": after_hash(5, *PARTS[:2], (KE, bytes(64)), *PARTS[2:]),
    "no-pfs": after_hash(5, *PARTS),
    "ke-not-asked": after_hash(1, *PARTS, (KE, bytes([1]) * 64)),
    "lifetime": after_hash(1, *PARTS, (NOTIFY, LIFETIME)),
    "shorter": after_hash(1, (SA, SHORTER), *PARTS[1:]),
    "original": after_hash(1, *PARTS, (21, bytes([1, 0, 0, 0, 192, 0, 2, 1]))),
    "short-nonce": after_hash(1, PARTS[0], (NONCE, b"1234567"), *PARTS[2:]),
    "other-order": after_hash(1, *PARTS[::-1]),
    "refused-renewal": after_hash(0x11, (SA, OFFER), *PARTS[1:]),
    "no-port": after_hash(1, *PARTS[:3], (ID, identity(0))),
    "tcp": after_hash(1, *PARTS[:3], (ID, bytes([1, 6]) + identity()[2:])),
    "transport": after_hash(0, (SA, SELECT2.replace(short(4, 4), short(4, 2))), *PARTS[1:]),
    "notify": after_hash(0, (NOTIFY, notify(14))),
}


def told(*payloads):
    first, body = chain(*payloads)
    return bytes([first]) + u16(len(body)) + body


INFORMED = {
    "dpd": b"\2" + told((NOTIFY, notify(36136, 1, COOKIES, u32(1)))),
    "dpd-eight": b"\2" + told(*[(NOTIFY, notify(36136, 1, COOKIES, u32(i))) for i in range(8)]),
    "dpd-ack": b"\2" + told((NOTIFY, notify(36137, 1, COOKIES, u32(1)))),
    "dpd-other": b"\2" + told((NOTIFY, notify(36136, 1, bytes(16), u32(1)))),
    "delete-pair": b"\2" + b"".join(told((DELETE, delete(3, u32(0xc0ffee00 + i)))) for i in range(256))[:4000],
    "delete-phase1": b"\2" + told((DELETE, delete(1, COOKIES))),
    "delete-early": b"\0" + told((DELETE, delete(1, COOKIES))),
    "delete-others": b"\2" + told((DELETE, delete(1, bytes(16))), (DELETE, delete(3, u32(1), u32(0))),
                                  (DELETE, delete(2, b"xx")), (DELETE, b"")),
    "refused": b"\1" + told((NOTIFY, notify(14, 3))),
    "refused-phase1": b"\0" + told((NOTIFY, notify(24))),
    "status": b"\1" + told((NOTIFY, notify(24578)), (NOTIFY, notify(4)), (NOTIFY, notify(9, 3))),
    "clear": b"\x82" + told((NOTIFY, notify(14)), (NOTIFY, notify(24))),
    "clear-delete": b"\x82" + told((DELETE, delete(1, COOKIES))),
    "clear-broken": b"\x81" + told((NOTIFY, b"\0")),
    "nothing": b"\2" + b"\0" + u16(0),
    "xauth": b"\x40" + told((ATTRIBUTES, bytes.fromhex("0100000140880000") + bytes.fromhex("40890000408a0000"))),
    "mode-config": b"\x40" + told((ATTRIBUTES, bytes.fromhex("03000001000100040a090807"))),
    "mode-config-up": b"\x41" + told((ATTRIBUTES, bytes.fromhex("0100000140890000"))),
    "transaction-broken": b"\x40" + told((ATTRIBUTES, b"\1"), (ATTRIBUTES, bytes.fromhex("01000001408900ff"))),
    "transaction-many": b"\x40" + told((ATTRIBUTES, bytes(4) + bytes.fromhex("00010000") * 17)),
}

WRITE = b"\0"


def changed(what, *data, at=0, step=1):
    return bytes([step, at, what, *data])


PEER = {"good": b"\1" + WRITE * 4 + b"\5" + WRITE + b"\4" * 3,
        "informed": b"\1" + WRITE * 4 + b"\7" + bytes([NOTIFY, 32]) + notify(36136, 1, COOKIES, u32(1)),
        "deleted": b"\1" + WRITE * 4 + b"\7" + bytes([DELETE, 24]) + delete(1, COOKIES),
        "again": b"\1" + (WRITE + b"\3") * 4 + b"\6" + u16(50) + b"\3",
        "octet": b"".join([b"\1"] + [b"\2" + u16(17 * i) + b"\1" + WRITE for i in range(4)]),
        "pieces": b"\1" + b"".join(changed(0, 13, at=9, step=8) + b"\100" + WRITE for _ in range(4))}
CHANGES = [(0, 13), (1, 1), (1, 255), (2,), (3,), (4, 3, 1), (5, 6), (6, 2, 0, 0), (7, 1), (8,),
           (9, 11, 8, *notify(14)), (9, 131, 8, 1, 0, 0, 0, 192, 0, 2, 1)]
for number, befalls in enumerate(CHANGES):
    for at in range(5):
        PEER["changed-%d-%d" % (number, at)] = b"\1" + (changed(*befalls, at=at) + WRITE) * 4

# Signatures (8); the gateway begins main mode and quick modes itself (16), behind NATs (1) or not.
for options in (8, 9, 16, 17, 18, 24, 25):
    bits = bytes([options])
    PEER["good-%d" % options] = bits + WRITE * 5 + b"\5" + WRITE * 3 + b"\3" + b"\4" * 2
    PEER["pieces-%d" % options] = bits + b"".join(changed(0, 13, at=9, step=8) + b"\100" + WRITE
                                                  for _ in range(5))
    PEER["octet-%d" % options] = bits + b"".join(b"\2" + u16(31 * i) + b"\1" + WRITE for i in range(5))
    for number, befalls in enumerate(CHANGES):
        for at in range(3):
            PEER["changed-%d-%d-%d" % (options, number, at)] = (
                bits + (changed(*befalls, at=at) + WRITE) * 5 + b"\5"
                + (changed(*befalls, at=at) + WRITE) * 2)
    ENGINE["knobs-%d" % options] = bits + b"".join(answer(k, 0x0407) for k in range(14)) + answer() * 5
    ENGINE["rekey-%d" % options] = bits + answer() * 5 + REKEY + answer() * 2 + UNTIL * 4
    PEER["identity-%d" % options] = bits + (changed(4, 5, 1) + WRITE) * 5

# What befalls certificates and signatures, by each method (64, 128); wrong signatures until none is looked at.
for options in (9, 73, 137, 201):
    bits = bytes([options])
    for number, befalls in enumerate([(5, 0), (5, 1), (5, 3), (4, 0, 1)]):
        for at in range(4):
            PEER["signed-%d-%d-%d" % (options, number, at)] = bits + (changed(*befalls, at=at) + WRITE) * 4
    PEER["refused-%d" % options] = bits + WRITE * 2 + changed(4, 0, 1, at=3) * 5 + WRITE * 2
for options in (18, 19, 20, 21, 53):  # forced encapsulation with an identity demanded; PFS
    PEER["begins-%d" % options] = bytes([options]) + WRITE * 5 + b"\5" + WRITE * 2
    PEER["begins-changed-%d" % options] = bytes([options]) + (changed(4, 5, 1) + WRITE) * 5

# Messages that begin an exchange, from a gateway that knows no states.
FIRST = SELECT1.replace(short(4, 14), short(4, 19))


def begins(cookie, flags=0, *more):
    first, body = chain((SA, FIRST), *more)
    return raw(cookie + bytes(8) + bytes([first, 0x10, MAIN, flags]) + u32(0) + u32(28 + len(body)) + body)


def quick_1(msgid, spi, flags=1):
    return inject(QUICK, msgid, flags, (HASH, ZERO), (SA, SELECT2.replace(u32(0xc0ffee00), u32(spi))),
                  (NONCE, b"nonce nonce"), (ID, identity()), (ID, identity(40000)))


def quick_3(msgid):
    return inject(QUICK, msgid, 1, (HASH, ZERO))


THREE = inject(MAIN, 0, 0, (KE, bytes([1]) * 64), (NONCE, b"nonce nonce"))
ENGINE.update({
    "begins-early": b"\1" + begins(b"12345678") + UP,
    "begins-encrypted": b"\1" + UP + begins(b"12345678", 1) + begins(b"12345678"),
    "begins-twice": b"\1" + UP + begins(b"12345678") * 2 + begins(b"abcdefgh") + UNTIL * 3,
    "begins-large": b"\1" + UP + raw(b"12345678" + bytes(8) + bytes([SA, 0x10, MAIN, 0]) + u32(0)
                                     + u32(28 + 4 + 8 + 12 * 100) + bytes(2) + u16(4 + 8 + 12 * 100)
                                     + u32(1) + u32(1) + bytes(12 * 100)),
    "quick-early": b"\1" + answer() * 3 + quick_1(9, 0x1000) + answer() * 2,
    "quick-clear": b"\1" + UP + quick_1(9, 0x1000, 0),
    "quick-spi": b"\1" + UP + quick_1(9, 0xc0ffee00) + quick_1(10, 0x1000) + quick_3(10),
    "quick-half": b"\1" + UP + b"".join(quick_1(9 + i, 0x1000 + i) for i in range(5)) + UNTIL * 4,
    "quick-both": b"\1" + UP + quick_1(9, 0x1000) + REKEY + answer() + quick_3(9) + UNTIL * 4,
    "quick-gone": b"\1" + UP + quick_1(9, 0x1000)
                  + inject(INFO, 8, 1, (HASH, ZERO), (DELETE, delete(3, u32(0x1000)))) + quick_3(9),
})
# Each call of the crypto fails in its turn (32).
for options in (33, 36, 41, 49, 57):
    bits = bytes([options])
    PEER["fails-%d" % options] = bits + WRITE * 5 + b"\5" + WRITE * 3 + b"\4"
    ENGINE["fails-%d" % options] = (bits + answer() * 5 + PROBE + REKEY + answer() * 2 + UNTIL * 2 + PROBE
                                    + inject(INFO, 8, 1, (HASH, ZERO), (DELETE, delete(1, COOKIES))) + CLOSE)
for first in (32, 33, 34):
    for number, text in enumerate((
            told((NOTIFY, notify(36136, 1, COOKIES, u32(1)))), told((DELETE, delete(3, u32(0xc0ffee00)))),
            told((DELETE, delete(1, COOKIES))), told((NOTIFY, LIFETIME)),
            told((NOTIFY, notify(24576, 1, COOKIES, short(11, 1) + short(12, 600)))))):
        INFORMED["fails-%d-%d" % (first, number)] = bytes([first]) + text

LIST = {
    "default": b"aes256-sha256-modp2048,aes128-sha1-ecp256",
    "strongswan": b"aes256gcm16-ecp384,3des-md5-modp1024!",
    "libreswan": b"aes_gcm-null,aes256-sha2_512;dh19,3des-sha1;modp1536",
    "several": b"aes256-aes128-sha512-sha384-modp4096-curve25519",
    "bad": b"aes256-,",
    "unknown": b"blowfish-sha1",
    "mixed-groups": b"aes128-sha1-modp2048,aes128-sha1-ecp521",
    "empty": b"",
    "many": b",".join(b"aes%d-%s" % (bits, alg) for bits in (128, 192, 256)
                      for alg in (b"sha1", b"md5", b"sha256", b"sha384", b"sha512", b"sha1-modp1024")),
}


def netlink_message(kind, seq, body, flags=0):
    return struct.pack("=IHHII", 16 + len(body), kind, flags, seq, 0) + body


def datagrams(*texts):
    return b"".join(u16(len(t)) + t for t in texts)


WORDS = struct.pack("=HH", 4 + 8, 1) + b"no such\0"
ERROR = struct.pack("=i", -2) + struct.pack("=IHHII", 16, 16, 0, 1, 0)
NETLINK = {
    "error": datagrams(netlink_message(2, 1, ERROR)),
    "words": datagrams(netlink_message(2, 1, ERROR + WORDS, 0x300)),
    "words-long": datagrams(netlink_message(2, 1, ERROR + WORDS, 0x200)),
    "no-words": datagrams(netlink_message(2, 1, ERROR, 0x300)),
    "acknowledged": datagrams(netlink_message(2, 1, bytes(20))),
    "short": datagrams(netlink_message(2, 1, b"\0\0")),
    "object": datagrams(netlink_message(16, 1, bytes(40))),
    "large": datagrams(netlink_message(16, 1, bytes(600))),
    "too-large": datagrams(bytes(16400)),
    "others": datagrams(netlink_message(16, 7, bytes(40)) + netlink_message(2, 9, ERROR),
                        netlink_message(2, 1, ERROR)),
    "broken": datagrams(b"\377" * 20, b"x"),
}


def request(who, text):
    return bytes([who, len(text)]) + text


CONTROL = {
    "status": request(0, b"status") + request(1, b"status"),
    "disconnect": request(0, b"disconnect") + request(0, b"status") + request(1, b"disconnect"),
    "unknown": request(0, b"stat") + request(0, b"status ") + request(0, b"status\0x"),
    "long": request(0, b"s" * 200) + request(2, b"disconnect" + b"x" * 100),
    "closes": request(0, b"disconnect") + request(0x80, b"") + request(0, b"status"),
}

def hide(kind, value, *, bits=0, padding=0):
    """One AVP of fuzz-l2tp-hidden's lists."""
    return bytes([bits, kind, padding, len(value)]) + value


NEW_VECTOR, OPTIONAL, SPOILT, CLEAR = 2, 1, 4, 8
SCCRP_CLEAR = hide(2, b"\1\0", bits=CLEAR) + hide(7, b"lns", bits=CLEAR)
SCCRP_HIDDEN = hide(3, bytes(4), bits=NEW_VECTOR) + hide(9, b"\x12\x34")
HIDDEN = {
    "sccrp": b"\1\2" + SCCRP_CLEAR + SCCRP_HIDDEN,
    "padded": b"\1\2" + SCCRP_CLEAR + hide(3, bytes(4), bits=NEW_VECTOR, padding=29) + hide(9, b"ab", padding=255),
    "challenge": b"\1\2" + SCCRP_CLEAR + SCCRP_HIDDEN + hide(11, bytes(200)) + hide(13, bytes(16)),
    "no-vector": b"\1\2" + SCCRP_CLEAR + hide(3, bytes(4)) + hide(9, b"ab"),
    "two-vectors": b"\1\2" + SCCRP_CLEAR + SCCRP_HIDDEN + hide(8, b"vendor", bits=NEW_VECTOR | OPTIONAL),
    "spoilt": b"\1\2" + SCCRP_CLEAR + hide(3, bytes(4), bits=NEW_VECTOR) + hide(9, b"ab", bits=SPOILT),
    "spoilt-optional": b"\1\2" + SCCRP_CLEAR + SCCRP_HIDDEN + hide(8, bytes(80), bits=SPOILT | OPTIONAL, padding=1),
    "lengths": b"\1\2" + SCCRP_CLEAR + hide(3, b"", bits=NEW_VECTOR) + hide(9, b"abc") + hide(10, b"a"),
    "icrp": b"\1\x0b" + hide(14, b"\x56\x78", bits=NEW_VECTOR),
    "stopccn": b"\1\4" + hide(9, b"ab", bits=NEW_VECTOR) + hide(1, b"\0\2\0\7192.0.2.7"),
    "full": b"\1\2" + SCCRP_CLEAR + hide(8, bytes(255), bits=NEW_VECTOR, padding=255) * 2 + hide(11, bytes(255)),
    "raw": b"\0" + bytes.fromhex("8008000000000002800800000002010080090000 00076c6e73"
                                 "800b000000240102030405c00a000000090102030 4c0060000000a".replace(" ", "")),
}

def said(text, session=0):
    """A message with a good header, for fuzz-l2tp-engine; the AVPs in hexadecimal."""
    avps = bytes.fromhex(text.replace(" ", ""))
    return bytes([1, 0, 0, session, len(avps)]) + avps


SCCRP_IN_CLEAR = ("8008 0000 0000 0002 8008 0000 0002 0100 800a 0000 0003 00000003 8009 0000 0007 6c6e73")
# Made with "ni no hashi" for the challenge 44 44 44...
RESPONSE = "8016 0000 000d 21d7fca76d98725fe7b1a3766b122d6f"
VECTOR = "8016 0000 0024 a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"
TUNNEL_ID, SESSION_ID = "c00a 0000 0009 637445a5", "c00a 0000 000e a746ca9c"
CHALLENGE = "c00c 0000 000b 0fb389c815b2"
UP = said("8008 0000 0000 000b" + VECTOR + SESSION_ID, 1) + b"\4" + said("", 0)
L2TP_ENGINE = {
    "authenticated": b"\xff" + said(SCCRP_IN_CLEAR + "8008 0000 0009 1234" + RESPONSE) + UP,
    "hidden": b"\xff" + said(SCCRP_IN_CLEAR + VECTOR + TUNNEL_ID + CHALLENGE + RESPONSE) + UP + b"\5\1",
    "unanswered": b"\xff" + said(SCCRP_IN_CLEAR + "8008 0000 0009 1234") + b"\3\3",
    "other-vector": b"\xff" + said(SCCRP_IN_CLEAR + "8007 0000 0024 01" + TUNNEL_ID + RESPONSE) + b"\3\3",
    "try-another": said("8008 0000 0000 0004 8008 0000 0009 1234 8013 0000 0001 0002 0007 3139322e302e322e37"),
    "no-room": said(SCCRP_IN_CLEAR + "8008 0000 0009 1234") +
               said("8008 0000 0000 000e 800a 0000 0001 0002 0004 8008 0000 000e 5678"),
    "ahead": said(SCCRP_IN_CLEAR + "8008 0000 0009 1234") + bytes([1, 8, 0, 0, 8]) +
             bytes.fromhex("8008000000000006") + bytes([1, 7, 0, 0, 8]) + bytes.fromhex("8008000000000006"),
}

BASE = "[vpn]\ngateway=gw.example\nuser=taro\n"
GOOD = """ipsec-psk=0sYSBrZXk=
domain=CORP
machine-auth-type=psk
refuse-pap=true
require-mppe=yes
mtu=1280
mru=1280
unit=3
ipsec-group-name=office
ipsec-forceencaps=yes
ipsec-ikelifetime=1d
ephemeral-port=yes
ipsec-psk-command=/bin/pass show psk
lcp-echo-failure=3
lcp-echo-interval=20
ipsec-remote-id=192.0.2.1
l2tp-secret-file=/etc/secret
"""
IP4 = """[ipv4]
method=auto
never-default=true
ignore-auto-dns=true
ignore-auto-routes=yes
dns=192.0.2.53;192.0.2.54;
dns-search=example.org;~corp.example;
route1=10.0.0.0/8
route2=192.0.2.0/24,0.0.0.0,5
route-metric=50
[ipv6]
method=disabled
[connection]
id=Office
uuid=1
type=vpn
interface-name=ppp-office
[vpn-secrets]
password=himitsu
ipsec-psk=a key
machine-certpass=x
l2tp-secret=y
"""
VPN = """gateway=a b
gateway=-x
gateway=[::1]
gateway=
user-auth-type=tls
user-auth-type=magic
machine-auth-type=tls
machine-auth-type=x
machine-cert=relative
machine-cert=/etc/cert.pem
machine-cert=pkcs11:token=a?pin-value=1
machine-key=file:/etc/key.pem
password-flags=8
password-flags=x
password-file=relative
password-command=pass
password-command=/bin/a;\\q
ipsec-enabled=no
ipsec-psk=0s***
ipsec-psk=0s
ipsec-ike=aes256-foo
ipsec-ike=aes256gcm16-modp2048
ipsec-esp=null
ipsec-esp=aes256-sha1-modp2048,aes256-sha1
ipsec-legacy=perhaps
ipsec-remote-id=C=JP, O=Office, CN=gw
ipsec-remote-id=C=J, =x
ipsec-remote-id=@#0
ipsec-remote-id=@#zz
ipsec-remote-id=%any
ipsec-remote-id=2001:db8::1
ipsec-remote-id=taro@example.org
ipsec-local-id=@@user
ipsec-ikelifetime=1
ipsec-ikelifetime=x
ipsec-ikelifetime=99999d
ipsec-ikev2=yes
ipsec-ipcomp=yes
l2tp-source-port=1702
ephemeral-port=2
mtu=100
mru=99999
unit=-1
unit=0
nopcomp=1
no-such-key=1
lcp-echo-interval=x
user=hanako
user
[a[b]
[]""".splitlines()
IPV4 = """method=manual
method=link-local
dns=nonsense
dns=2001:db8::1
dns-search=a b
route1=10.0.0.1/8
route1=10.0.0.0/33
route1=10.0.0.0/8,192.0.2.1
route1=2001:db8::/32
route9999=10.0.0.0/8
route-metric=x
addresses=192.0.2.1/24""".splitlines()
PROFILE = {"keys-good": BASE + GOOD + IP4, "keys-ipv6": BASE + "[ipv6]\nmethod=manual\n",
           "keys-interface": BASE + "[connection]\ninterface-name=a/b\n",
           "keys-type": BASE + "[connection]\ntype=wifi\n", "keys-long": BASE + "domain=" + "x" * 600,
           "keys-no-section": "user=x\n", "keys-no-user": "[vpn]\ngateway=g\n",
           "keys-escape": BASE + "domain=a\\sb\\tc\\\\\n",
           "keys-tls": BASE + "user-auth-type=tls\nuser-ca=/a\nuser-cert=/b\nuser-key=/c\n",
           "keys-machine": BASE + "machine-auth-type=tls\nmachine-cert=/a.p12\n"}
for number, line in enumerate(VPN):
    PROFILE["keys-vpn-%02d" % number] = BASE + line + "\n"
for number, line in enumerate(IPV4):
    PROFILE["keys-ipv4-%02d" % number] = BASE + "[ipv4]\n" + line + "\n"
PROFILE.update({
    "keys-duration-escape": BASE + "ipsec-ikelifetime=\\\nipsec-salifetime=s\\\n",
    "keys-domains": BASE.replace("taro", "CORP\\\\taro") + "domain=OTHER\n",
    "keys-domain-long": BASE.replace("taro", "t" * 200) + "domain=" + "d" * 200 + "\n",
    "keys-no-eap": PROFILE["keys-tls"] + "refuse-eap=yes\n",
    "keys-mppe": BASE + "require-mppe-40=yes\nrequire-mppe-128=yes\n",
    "keys-legacy": BASE + "ipsec-legacy=yes\nipsec-ike=" + ",".join(
        "aes%d-sha%d-modp%d" % (b, h, g) for b in (128, 192, 256) for h in (1, 256)
        for g in (2048, 3072, 4096))[:-1] + "\n",
    "keys-pfs": BASE + "ipsec-pfs=yes\nipsec-ike=aes256-sha1-ecp384\n",
    "keys-routes": BASE + "[ipv4]\n" + "".join("route%d=10.%d.0.0/16\n" % (i, i) for i in range(1, 80)),
    "keys-warnings": BASE + "".join("unknown%d=1\n" % i for i in range(60)),
    "keys-backslash": BASE + "domain=a\\x\n",
    "keys-spaces": BASE + "domain=a\\sb \n[vpn-secrets]\npassword=a \n",
    "keys-ip4": BASE + "password=x\n[ip4]\nnever-default=true\nroutes=10.0.0.0/8 via 10.0.0.1 metric 5;10.1.0.0/16,0.0.0.0,5;\n",
    "keys-ip4-words": BASE + "[ip4]\nroutes=10.0.0.0/8 via 0.0.0.0 metric\n",
    "keys-ip4-other": BASE + "[ip4]\nroutes=10.0.0.0/8 over 0.0.0.0 metric 5\n",
    "keys-ip4-unknown": BASE + "[ip4]\nfuture=1\n[vpn]\nNever_Default=true\n",
    "keys-many-routes": BASE + "[ipv4]\nroutes=" + "".join("10.%d.%d.0/24;" % (i // 200, i % 200) for i in range(260)) + "\n",
    "keys-many-numbers": BASE + "[ipv4]\n" + "".join("route%d=10.%d.%d.0/24\n" % (i, i // 200, i % 200) for i in range(460)),
    "keys-uri": BASE + "user-ca=file:///a%20b\nuser-cert=file://localhost/c%25\nuser-key=file:/d%0\n",
    "keys-uri-nul": BASE + "user-ca=file:///a%00\n",
    "keys-port": BASE + "gateway=g:1701\n", "keys-scope": BASE + "gateway=fe80::1%e\n",
    "keys-colons": BASE + "gateway=a:b:c\n", "keys-percent": BASE + "gateway=a%b\n",
    "keys-dns": BASE + "[ipv4]\ndns=1.1.1.1#a;2.2.2.2;3.3.3.3;4.4.4.4;5.5.5.5;6.6.6.6;7.7.7.7;8.8.8.8;9.9.9.9\n",
    "keys-left-out": BASE + "ipsec-ike=aes256-sha256-modp8192,aes256-sha1-modp2048\nipsec-esp=,aes256-sha1\n",
    "keys-secret-twice": "[vpn-secrets]\npassword=a\n" + BASE + "password=b\nmtu=1300\nmtu=1400\n",
    "names": BASE + "k\x1by=x\nk[de]=x\nk e y=\n[caf\u00e9]\nk=\n[a] \n", "names-group": BASE + "[a]b\n",
    "keys-traffic": BASE + "local-network=no\nclass-based-route=yes\nipsec-enabled=true\nipsec-local-id=@a\nipsec-group-name=b\n",
    "keys-traffic-word": BASE + "local-network=x\n", "keys-kill": BASE + "kill-switch=yes\n[ipv4]\nnever-default=yes\n",
    "keys-none-left": BASE + "ipsec-ike= \n", "keys-none-left-esp": BASE + "ipsec-esp=!\n",
    "keys-routes6": BASE + "[ipv6]\nmethod=auto\nroute1=fd00::/48\nroute2=fd00::/48,fd00::1,x\n",
    "keys-routes-empty": BASE + "[ipv4]\nroute1=,\n", "keys-method": BASE + "[ipv6]\nmethod=x\n",
    "keys-interface-dot": BASE + "[connection]\ninterface-name=..\n",
    "keys-all-names": BASE + "[ipv4]\ndns-search=~.;a\n", "keys-name-dots": BASE + "[ipv4]\ndns-search=a..b\n",
    "keys-names-many": BASE + "[ipv4]\ndns-search=" + "a;" * 17 + "\n", "keys-secret-long": BASE + "password=" + "x" * 300 + "\n",
    "keys-command-control": BASE + "password-command=/a;b\\nc\n", "keys-warnings-more": BASE + "".join("unknown%d=1\n" % i for i in range(80)),
    "names-locale": BASE + "k[d=x\n", "names-bracket": BASE + "k]=x\n", "names-space": BASE + "k [de]=x\n",})
PROFILE = {seed: text.encode() for seed, text in PROFILE.items()}

LOG = {"ipv6": b"\1\0local  LL address fe80::1\nremote LL address fe80::2\n",
       "ipv6-other": b"\1\0local  LL address 2001:db8::1\nremote LL address fe80::2\nlocal  LL address x\n"}
PAYLOAD.update({
    "cert": bytes([6, 4]) + b"certificate", "cert-empty": bytes([6]),
    "offer-esp": bytes([SA]) + sa(proposal(1, 3, u32(0xc0ffee00), [transform(1, 12, PHASE2, False), transform(2, 3, PHASE2)], False),
                                  proposal(2, 3, u32(0xc0ffee01), [transform(1, 12, PHASE2)])),
    "offer-esp-pfs": bytes([SA]) + sa(proposal(1, 3, u32(0xc0ffee00), [transform(1, 12, PHASE2 + short(3, 14))])),
    "offer-esp-group": bytes([SA]) + sa(proposal(1, 3, u32(0xc0ffee00), [transform(1, 12, PHASE2 + short(3, 1))])),
    "offer-esp-bundle": bytes([SA]) + sa(proposal(1, 3, u32(0xc0ffee00), [transform(1, 12, PHASE2)], False),
                                         proposal(1, 3, u32(0xc0ffee01), [transform(1, 12, PHASE2)])),
    "offer-many": bytes([SA]) + sa(*[proposal(i, 3, u32(0x1000), [transform(1, 12, PHASE2)], i == 17) for i in range(1, 18)]),
    "offer-transforms": bytes([SA]) + sa(proposal(1, 1, b"", [transform(i, 1, b"", i == 65) for i in range(1, 66)])),
    "offer-attributes": bytes([SA]) + sa(proposal(1, 1, b"", [transform(1, 1, short(1, 7) * 17)])),
    "cursor": b"\377" + bytes(range(60)) + bytes(200),
    "cursor-end": b"\377\2"})
UNDO = {"line-" + kind: text.encode() for kind, text in {
    "sa": "sa 192.168.10.11 198.51.100.2 3237957735 1073741825",
    "file": "file /run/x", "process": "process 11 7"}.items()}
for kind in CORPUS.glob("undo-entry/[a-z]*"):
    if not kind.name.startswith(("line-", "found-")):
        UNDO["line-" + kind.name] = kind.read_bytes().rstrip(b"\n")



def ppp(how, protocol, code, ident, body=b""):
    """A frame as fuzz-ppp-repeat takes it. HOW: 1 sent, 2 up first, 4 a fiftieth of a second later."""
    frame = b"\xff\3" + u16(protocol) + bytes([code, ident]) + u16(4 + len(body)) + body
    return bytes([how, len(frame)]) + frame


LCP, IPCP, PAP, CHAP = 0xc021, 0x8021, 0xc023, 0xc223
PPP_LCP = (ppp(1, LCP, 1, 1, b"\1\4\5\x78") + ppp(0, LCP, 1, 1, b"\1\4\5\x78\3\5\xc2\x23\x81")
           + ppp(1, LCP, 2, 1) + ppp(0, LCP, 2, 1))
PPP = {
    "through": PPP_LCP + ppp(0, CHAP, 1, 1, b"\x10" + bytes(16)) + ppp(1, CHAP, 2, 1, b"\x31" + bytes(49))
    + ppp(0, CHAP, 3, 1, b"S=0") + ppp(1, IPCP, 1, 1) + ppp(0, IPCP, 1, 1) + ppp(1, IPCP, 2, 1)
    + ppp(0, IPCP, 3, 1) + ppp(1, IPCP, 1, 2) + ppp(0, IPCP, 2, 2) + ppp(2, LCP, 9, 1),
    "no-challenge": PPP_LCP + ppp(240, LCP, 9, 1),
    "pap": ppp(1, PAP, 1, 1, b"\1u\1p") + ppp(160, PAP, 2, 1, b"\0"),
    "again": PPP_LCP + ppp(2, CHAP, 1, 1) + ppp(0, LCP, 1, 2) + ppp(1, LCP, 1, 2) + ppp(0, LCP, 5, 3),
    "rejected": ppp(1, 0x8057, 1, 1) + ppp(0, LCP, 8, 1, b"\x80\x57\1\1\0\4"),
    "option-long": ppp(0, LCP, 1, 1, b"\3\xff"), "option-short": ppp(0, LCP, 1, 1, b"\3\1"),
    "cut": PPP_LCP[:9],
}
EAP, CCP = 0xc227, 0x80fd
OBSERVED = {
    "refused": PPP_LCP + ppp(1, CHAP, 2, 1, b"\x31" + bytes(49)) + ppp(0, CHAP, 4, 1, b"E=647 R=0 C=00 V=3 M=closed"),
    "eap": ppp(0, LCP, 1, 0, b"\3\4\xc2\x27") + ppp(1, LCP, 2, 0, b"\3\4\xc2\x27") + ppp(0, EAP, 1, 1, b"\1")
    + ppp(1, EAP, 2, 1, b"\1anna") + ppp(0, EAP, 1, 2, b"\x1a\1\1\0\5\x10") + ppp(1, EAP, 2, 2, b"\x1a\2\1\0\5")
    + ppp(0, EAP, 1, 3, b"\x1a\4\1\0\x0eE=691 R=0") + ppp(0, EAP, 4, 3) + ppp(0, LCP, 8, 1, b"\xc2\x27\2\2\0\6"),
    "mppe": PPP_LCP + ppp(1, PAP, 1, 1, b"\1u\1p") + ppp(0, PAP, 2, 1, b"\0") + ppp(0, CCP, 1, 1, b"\x12\6\1\0\0\x40")
    + ppp(1, LCP, 8, 2, b"\x80\xfd\1\1\0\x0a\x12\6\1\0\0\x40") + ppp(0, LCP, 5, 3, b"bye"),
    "datagram": bytes([1, 4, 3, 2, 2, 0, 2, 4, 3, 1, 2, 0xb3, 2]) + b"no" + b"\3bye",
}
CORPORA = {"ppp-observe": PPP | OBSERVED, "ppp-repeat": PPP, "pppd-log": LOG, "undo-entry": UNDO, "profile": PROFILE, "l2tp-engine": L2TP_ENGINE, "l2tp-hidden": HIDDEN, "ike-payload": PAYLOAD, "ike-engine": ENGINE, "ike-fragment": FRAGMENT, "ike-natt": NATT,
           "ike-quick": QUICK_2, "ike-info": INFORMED, "ike-peer": PEER, "proposals": LIST,
           "netlink": NETLINK, "control": CONTROL}
for name, seeds in CORPORA.items():
    folder = CORPUS / name
    folder.mkdir(parents=True, exist_ok=True)
    for seed, data in seeds.items():
        (folder / seed).write_bytes(data)
