#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
The expected values of test-crypto and test-keymat, and the small response files of ikev1-cavs,
computed without a line of the project's own code: Python's hashlib and hmac for the hashes, pow()
for the modp groups, whose primes are made from the digits of pi by the formulas of RFC 2409 6 and
RFC 3526. The formulas of the key schedule are written down here a second time, from RFC 2409.

    ./generate.py vectors > derived.h
    ./generate.py cavs > ikev1-own.rsp
    ./generate.py cavs-odd > ikev1-odd.rsp        the same in an odd outward form
    ./generate.py cavs-wrong > ikev1-wrong.rsp    the same with one wrong digit
    ./generate.py check                           compares these files with what it would make
"""

import contextlib
import hashlib
import hmac
import io
import pathlib
import sys

HASHES = ["md5", "sha1", "sha256", "sha384", "sha512"]


def pi_bits(bits):
    """floor(2^bits * pi), by Machin's formula in integers with some bits to spare."""
    one = 1 << (bits + 64)

    def arctan_inverse(n):
        total, term, k, sign = 0, one // n, 1, 1
        while term:
            total += sign * (term // k)
            term //= n * n
            k, sign = k + 2, -sign
        return total

    return 4 * (4 * arctan_inverse(5) - arctan_inverse(239)) >> 64


def modp(bits, c):
    """RFC 2412 E, RFC 3526: p = 2^n - 2^(n-64) - 1 + 2^64 * (floor(2^(n-130) * pi) + c)."""
    return (1 << bits) - (1 << (bits - 64)) - 1 + (pi_bits(bits - 130) + c << 64)


MODP = [
    (2, 1024, 129093),
    (5, 1536, 741804),
    (14, 2048, 124476),
    (15, 3072, 1690314),
    (16, 4096, 240904),
]


def stream(label, length):
    """Octets that look random and are the same every time."""
    out = b""
    counter = 0
    while len(out) < length:
        out += hashlib.sha256(f"{label} {counter}".encode()).digest()
        counter += 1
    return out[:length]


def plain(name, data):
    return hashlib.new(name, data).digest()


def prf(name, key, data):
    return hmac.new(key, data, name).digest()


def phase1(name, skeyid, g_xy, cky_i, cky_r):
    tail = g_xy + cky_i + cky_r
    d = prf(name, skeyid, tail + b"\0")
    a = prf(name, skeyid, d + tail + b"\1")
    e = prf(name, skeyid, a + tail + b"\2")
    return d, a, e


def cipher_key(name, skeyid_e, length):
    if len(skeyid_e) >= length:
        return skeyid_e[:length]
    k = prf(name, skeyid_e, b"\0")
    ka = k
    while len(ka) < length:
        k = prf(name, skeyid_e, k)
        ka += k
    return ka[:length]


def child_keymat(name, skeyid_d, g_qm, spi, ni, nr, length):
    seed = g_qm + b"\3" + spi + ni + nr
    k = prf(name, skeyid_d, seed)
    out = k
    while len(out) < length:
        k = prf(name, skeyid_d, k + seed)
        out += k
    return out[:length]


def c_string(data, indent):
    digits = data.hex()
    lines = [digits[i:i + 64] for i in range(0, len(digits), 64)] or [""]
    return ("\n" + "\t" * indent).join(f'"{line}"' for line in lines)


def print_modp():
    print("static const struct modp_vector modp_vectors[] = {")
    for group, bits, c in MODP:
        p = modp(bits, c)
        size = bits // 8
        a = int.from_bytes(stream(f"a {group}", 40), "big")
        b = int.from_bytes(stream(f"b {group}", 40), "big")
        if group == 2:
            # A shared value with a zero in front: it must not be cut off. Found by counting up.
            while pow(2, a * b, p) >> (bits - 8):
                b += 1
        values = [
            ("p", p.to_bytes(size, "big")),
            ("a", a.to_bytes(40, "big")),
            ("b", b.to_bytes(40, "big")),
            ("g_a", pow(2, a, p).to_bytes(size, "big")),
            ("g_b", pow(2, b, p).to_bytes(size, "big")),
            ("g_ab", pow(2, a * b, p).to_bytes(size, "big")),
        ]
        print(f"\t{{\n\t\t.group = {group},")
        for field, data in values:
            print(f"\t\t.{field} = {c_string(data, 3)},")
        print("\t},")
    print("};")


def keymat_values(name):
    """Every input and output of the key schedule for one hash."""
    psk = b"a key that everybody in the branch knows"
    ni, nr = stream("ni", 48), stream("nr", 20)
    g_xi, g_xr, g_xy = stream("g_xi", 128), stream("g_xr", 128), stream("g_xy", 128)
    cky_i, cky_r = stream("cky_i", 8), stream("cky_r", 8)
    sai, idii, idir = stream("sai", 84), stream("idii", 8), stream("idir", 12)
    qm_ni, qm_nr, g_qm = stream("qm_ni", 32), stream("qm_nr", 16), stream("g_qm", 128)
    rest, m_id, spi = stream("rest", 150), bytes.fromhex("8badf00d"), bytes.fromhex("c0ffee42")
    block = stream("block", 16)

    skeyid = prf(name, psk, ni + nr)
    skeyid_sig = prf(name, ni + nr, g_xy)
    d, a, e = phase1(name, skeyid, g_xy, cky_i, cky_r)
    return [
        ("psk", psk), ("ni", ni), ("nr", nr), ("g_xi", g_xi), ("g_xr", g_xr), ("g_xy", g_xy),
        ("cky_i", cky_i), ("cky_r", cky_r), ("sai", sai), ("idii", idii), ("idir", idir),
        ("qm_ni", qm_ni), ("qm_nr", qm_nr), ("g_qm", g_qm), ("rest", rest), ("block", block),
        ("skeyid", skeyid), ("skeyid_sig", skeyid_sig),
        ("skeyid_d", d), ("skeyid_a", a), ("skeyid_e", e),
        ("key_aes128", cipher_key(name, e, 16)),
        ("key_3des", cipher_key(name, e, 24)),
        ("key_aes256", cipher_key(name, e, 32)),
        ("iv1", plain(name, g_xi + g_xr)[:16]),
        ("iv2", plain(name, block + m_id)[:16]),
        ("iv2_3des", plain(name, block[:8] + m_id)[:8]),
        ("hash_i", prf(name, skeyid, g_xi + g_xr + cky_i + cky_r + sai + idii)),
        ("hash_r", prf(name, skeyid, g_xr + g_xi + cky_r + cky_i + sai + idir)),
        ("hash_1", prf(name, a, m_id + rest)),
        ("hash_2", prf(name, a, m_id + qm_ni + rest)),
        ("hash_3", prf(name, a, b"\0" + m_id + qm_ni + qm_nr)),
        ("keymat", child_keymat(name, d, b"", spi, qm_ni, qm_nr, 96)),
        ("keymat_pfs", child_keymat(name, d, g_qm, spi, qm_ni, qm_nr, 96)),
    ]


def print_keymat():
    enum = {"md5": "MD5", "sha1": "SHA1", "sha256": "SHA256", "sha384": "SHA384", "sha512": "SHA512"}
    print("static const struct keymat_vector keymat_vectors[] = {")
    for name in HASHES:
        print(f"\t{{\n\t\t.hash = IKE_HASH_{enum[name]},")
        for field, data in keymat_values(name):
            print(f"\t\t.{field} = {c_string(data, 3)},")
        print("\t},")
    print("};")


def print_vectors():
    print("/* SPDX-License-Identifier: GPL-2.0-or-later */")
    print("/* Made by generate.py, which says how: ./generate.py vectors > derived.h */")
    print("#pragma once\n")
    print("/* M-ID and SPI of all key schedule vectors. */")
    print("#define VECTOR_M_ID 0x8badf00d\n#define VECTOR_SPI  0xc0ffee42\n")
    print("struct modp_vector {\n\tint group;\n\tconst char *p, *a, *b, *g_a, *g_b, *g_ab;\n};\n")
    print_modp()
    fields = [field for field, _ in keymat_values("sha1")]
    print("\nstruct keymat_vector {\n\tint hash;")
    for field in fields:
        print(f"\tconst char *{field};")
    print("};\n")
    print_keymat()


def print_cavs():
    print("# SPDX-License-Identifier: GPL-2.0-or-later")
    print("# In the format of NIST's CAVS response files for IKEv1; the cases are this project's own,")
    print("# made by generate.py (./generate.py cavs), not NIST's.")
    sections = [("SHA-1", "sha1"), ("SHA-256", "sha256"), ("SHA-384", "sha384"), ("SHA-512", "sha512")]
    for title, name in sections:
        for kind in ("psk", "dsa"):
            print(f"\n[{title}]\n[ni length = 128]\n[nr length = 64]\n[dh length = 1024]")
            if kind == "psk":
                print("[psk length = 72]")
            for count in range(3):
                label = f"cavs {name} {kind} {count}"
                ni, nr, g_xy = stream(label + "ni", 16), stream(label + "nr", 8), stream(label + "xy", 128)
                cky_i, cky_r = stream(label + "ci", 8), stream(label + "cr", 8)
                psk = stream(label + "psk", 9)
                skeyid = prf(name, psk, ni + nr) if kind == "psk" else prf(name, ni + nr, g_xy)
                d, a, e = phase1(name, skeyid, g_xy, cky_i, cky_r)
                print(f"\nCOUNT = {count}")
                print(f"CKY_I = {cky_i.hex()}\nCKY_R = {cky_r.hex()}\nNi = {ni.hex()}\nNr = {nr.hex()}")
                print(f"g^xy = {g_xy.hex()}")
                if kind == "psk":
                    print(f"pre-shared-key = {psk.hex()}")
                print(f"SKEYID = {skeyid.hex()}\nSKEYID_d = {d.hex()}")
                print(f"SKEYID_a = {a.hex()}\nSKEYID_e = {e.hex()}")


def made_by(function):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        function()
    return out.getvalue()


def print_cavs_odd():
    """Line ends of DOS, blanks around and inside, capitals, an unknown section and an unknown hash."""
    lines = made_by(print_cavs).splitlines()
    odd = lines[:1] + ["", "[a section of no meaning = 3]", "[SHA-224]", "COUNT = 9", "Ni = zz"]
    for line in lines[1:]:
        name, equals, value = line.partition(" = ")
        if equals and name.startswith("SKEYID"):
            value = "  ".join(value[i:i + 8] for i in range(0, len(value), 8)).upper()
            line = f"\t{name}={value}  "
        odd.append(line)
    print("\r\n".join(odd), end="")


def print_cavs_wrong():
    text = made_by(print_cavs)
    at = text.rindex("SKEYID_e = ") + len("SKEYID_e = ")
    print(text[:at] + ("0" if text[at] != "0" else "1") + text[at + 1:], end="")


FILES = {
    "vectors": (print_vectors, "derived.h"),
    "cavs": (print_cavs, "ikev1-own.rsp"),
    "cavs-odd": (print_cavs_odd, "ikev1-odd.rsp"),
    "cavs-wrong": (print_cavs_wrong, "ikev1-wrong.rsp"),
}


def check():
    here = pathlib.Path(__file__).parent
    for function, name in FILES.values():
        if (here / name).read_bytes().decode() != made_by(function):
            sys.exit(f"{name} is not what {sys.argv[0]} makes")


def main():
    command = sys.argv[1] if len(sys.argv) == 2 else ""
    if command == "check":
        check()
    elif command in FILES:
        sys.stdout.reconfigure(newline="")
        FILES[command][0]()
    else:
        sys.exit(f"usage: {sys.argv[0]} {'|'.join(FILES)}|check")


if __name__ == "__main__":
    main()
