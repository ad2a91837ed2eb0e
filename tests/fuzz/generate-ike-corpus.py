#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the seeds of fuzz-ike-payload and fuzz-ike-engine to tests/fuzz/corpus, in their formats."""
import pathlib
import struct

CORPUS = pathlib.Path(__file__).parent / "corpus"
SA, KE, ID, HASH, NONCE, NOTIFY, DELETE, VENDOR = 1, 4, 5, 8, 10, 11, 12, 13
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

for name, seeds in (("ike-payload", PAYLOAD), ("ike-engine", ENGINE)):
    folder = CORPUS / name
    folder.mkdir(parents=True, exist_ok=True)
    for seed, data in seeds.items():
        (folder / seed).write_bytes(data)
