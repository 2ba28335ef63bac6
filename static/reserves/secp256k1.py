"""Signatures of Bitcoin and Ethereum addresses, checked with the standard library alone.

BIP-322 ("simple", P2WPKH and P2WSH multisig) and EIP-191, on plain curve arithmetic and Keccak as
the standards write them. Slow (a fraction of a second a signature), and meant to be read. It
verifies; it must never be used to sign.
"""

import base64
import hashlib

P = 2**256 - 2**32 - 977
N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
G = (
    0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
    0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,
)


class BadSignature(Exception):
    """Not a signature of this address over this text."""


# The curve y^2 = x^3 + 7.


def add(a, b):
    if a is None or b is None:
        return a or b
    if a[0] == b[0]:
        if (a[1] + b[1]) % P == 0:
            return None
        slope = 3 * a[0] * a[0] * pow(2 * a[1], -1, P) % P
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P) % P
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def multiply(k, point):
    found = None
    while k:
        if k & 1:
            found = add(found, point)
        point = add(point, point)
        k >>= 1
    return found


def lift(x, odd):
    """The point with this x. Raises BadSignature where there is none."""
    y = pow(x**3 + 7, (P + 1) // 4, P)
    if x >= P or y * y % P != (x**3 + 7) % P:
        raise BadSignature("not a point of the curve")
    return x, y if y % 2 == odd else P - y


def good(r, s, digest, point):
    """ECDSA. Of the two forms of a signature only the one with the lower s counts."""
    if not 1 <= r < N or not 1 <= s <= N // 2:
        return False
    z, inverse = int.from_bytes(digest, "big"), pow(s, -1, N)
    found = add(multiply(z * inverse % N, G), multiply(r * inverse % N, point))
    return found is not None and found[0] % N == r


# Ethereum.

_ROUND = [
    0x0000000000000001, 0x0000000000008082, 0x800000000000808A, 0x8000000080008000,
    0x000000000000808B, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
    0x000000000000008A, 0x0000000000000088, 0x0000000080008009, 0x000000008000000A,
    0x000000008000808B, 0x800000000000008B, 0x8000000000008089, 0x8000000000008003,
    0x8000000000008002, 0x8000000000000080, 0x000000000000800A, 0x800000008000000A,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
]  # fmt: skip


def _turn(value, by):
    by %= 64
    return (value << by | value >> (64 - by)) & (2**64 - 1) if by else value


def _permute(a):
    for constant in _ROUND:
        c = [a[x][0] ^ a[x][1] ^ a[x][2] ^ a[x][3] ^ a[x][4] for x in range(5)]
        d = [c[(x - 1) % 5] ^ _turn(c[(x + 1) % 5], 1) for x in range(5)]
        a = [[a[x][y] ^ d[x] for y in range(5)] for x in range(5)]
        x, y, current = 1, 0, a[1][0]
        for step in range(24):
            x, y = y, (2 * x + 3 * y) % 5
            current, a[x][y] = a[x][y], _turn(current, (step + 1) * (step + 2) // 2)
        for y in range(5):
            row = [a[x][y] for x in range(5)]
            for x in range(5):
                a[x][y] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5] & (2**64 - 1))
        a[0][0] ^= constant
    return a


def keccak(data):
    """Keccak-256 as Ethereum uses it (the padding is not SHA-3's)."""
    rate, state = 136, [[0] * 5 for _ in range(5)]
    pad = rate - len(data) % rate
    data += b"\x81" if pad == 1 else b"\x01" + bytes(pad - 2) + b"\x80"
    for start in range(0, len(data), rate):
        for lane in range(rate // 8):
            at = start + 8 * lane
            state[lane % 5][lane // 5] ^= int.from_bytes(data[at : at + 8], "little")
        state = _permute(state)
    return b"".join(state[lane % 5][lane // 5].to_bytes(8, "little") for lane in range(4))


def eip191_signer(message, signature):
    """The address, in lower case, whose key signed the text."""
    raw = bytes.fromhex(signature[2:] if signature.startswith("0x") else signature)
    if len(raw) != 65 or raw[64] not in (27, 28):
        raise BadSignature("not 65 bytes that end in 1b or 1c")
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:64], "big")
    if not 1 <= r < N or not 1 <= s <= N // 2:
        raise BadSignature("r or s is out of range")
    text = message.encode()
    z = keccak(b"\x19Ethereum Signed Message:\n" + str(len(text)).encode() + text)
    inverse = pow(r, -1, N)
    point = add(
        multiply(s * inverse % N, lift(r, raw[64] - 27)),
        multiply(-int.from_bytes(z, "big") * inverse % N, G),
    )
    if point is None:
        raise BadSignature("of no key")
    key = point[0].to_bytes(32, "big") + point[1].to_bytes(32, "big")
    return "0x" + keccak(key)[-20:].hex()


# Bitcoin.

_LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_LEFT = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
    (7, 4, 13, 1, 10, 6, 15, 3, 12, 0, 9, 5, 2, 14, 11, 8),
    (3, 10, 14, 4, 9, 15, 8, 1, 2, 7, 0, 6, 13, 11, 5, 12),
    (1, 9, 11, 10, 0, 8, 12, 4, 13, 3, 7, 15, 14, 5, 6, 2),
    (4, 0, 5, 9, 7, 12, 2, 10, 14, 1, 3, 8, 11, 6, 15, 13),
)
_RIGHT = (
    (5, 14, 7, 0, 9, 2, 11, 4, 13, 6, 15, 8, 1, 10, 3, 12),
    (6, 11, 3, 7, 0, 13, 5, 10, 14, 15, 8, 12, 4, 9, 1, 2),
    (15, 5, 1, 3, 7, 14, 6, 9, 11, 8, 12, 2, 10, 0, 4, 13),
    (8, 6, 4, 1, 3, 11, 15, 0, 5, 12, 2, 13, 9, 7, 10, 14),
    (12, 15, 10, 4, 1, 5, 8, 7, 6, 2, 13, 14, 0, 3, 9, 11),
)
_LEFT_TURNS = (
    (11, 14, 15, 12, 5, 8, 7, 9, 11, 13, 14, 15, 6, 7, 9, 8),
    (7, 6, 8, 13, 11, 9, 7, 15, 7, 12, 15, 9, 11, 7, 13, 12),
    (11, 13, 6, 7, 14, 9, 13, 15, 14, 8, 13, 6, 5, 12, 7, 5),
    (11, 12, 14, 15, 14, 15, 9, 8, 9, 14, 5, 6, 8, 6, 5, 12),
    (9, 15, 5, 11, 6, 8, 13, 12, 5, 12, 13, 14, 11, 8, 5, 6),
)
_RIGHT_TURNS = (
    (8, 9, 9, 11, 13, 15, 15, 5, 7, 7, 8, 11, 14, 14, 12, 6),
    (9, 13, 15, 7, 12, 8, 9, 11, 7, 7, 12, 7, 6, 15, 13, 11),
    (9, 7, 15, 11, 8, 6, 6, 14, 12, 13, 5, 14, 13, 13, 7, 5),
    (15, 5, 8, 11, 14, 14, 6, 14, 6, 9, 12, 9, 12, 5, 15, 8),
    (8, 5, 12, 9, 12, 5, 14, 6, 8, 13, 6, 5, 15, 13, 11, 11),
)
_LEFT_ADDS = (0, 0x5A827999, 0x6ED9EBA1, 0x8F1BBCDC, 0xA953FD4E)
_RIGHT_ADDS = (0x50A28BE6, 0x5C4DD124, 0x6D703EF3, 0x7A6D76E9, 0)
_MASK = 2**32 - 1


def _mix(round, x, y, z):
    return (
        x ^ y ^ z,
        (x & y) | (~x & z),
        (x | ~y & _MASK) ^ z,
        (x & z) | (y & ~z),
        x ^ (y | ~z & _MASK),
    )[round]


def ripemd160(data):
    """RIPEMD-160, which newer OpenSSL libraries no longer offer."""
    state = [0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0]
    padded = data + b"\x80" + bytes((55 - len(data)) % 64) + (8 * len(data)).to_bytes(8, "little")
    for start in range(0, len(padded), 64):
        words = [int.from_bytes(padded[n : n + 4], "little") for n in range(start, start + 64, 4)]
        left, right = list(state), list(state)
        for round in range(5):
            for lane, order, turns, adds, mixed in (
                (left, _LEFT, _LEFT_TURNS, _LEFT_ADDS, round),
                (right, _RIGHT, _RIGHT_TURNS, _RIGHT_ADDS, 4 - round),
            ):
                for step in range(16):
                    word, turn = order[round][step], turns[round][step]
                    a, b, c, d, e = lane
                    t = (a + _mix(mixed, b, c, d) + words[word] + adds[round]) & _MASK
                    t = ((t << turn | t >> (32 - turn)) + e) & _MASK
                    lane[:] = [e, t, b, (c << 10 | c >> 22) & _MASK, d]
        state = [
            (state[(n + 1) % 5] + left[(n + 2) % 5] + right[(n + 3) % 5]) & _MASK for n in range(5)
        ]
    return b"".join(word.to_bytes(4, "little") for word in state)


def segwit_program(address):
    """The 20 or 32 bytes of a version 0 segwit address, its checksum verified (BIP-173)."""
    prefix, _, rest = address.lower().rpartition("1")
    if not prefix or len(rest) < 8 or any(letter not in _LETTERS for letter in rest):
        raise BadSignature("not a segwit address")
    values = [_LETTERS.index(letter) for letter in rest]
    check = 1
    spread = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    for value in spread + values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_GENERATORS):
            check ^= generator if top >> bit & 1 else 0
    if check != 1 or values[0] != 0:
        raise BadSignature("not a segwit address of version 0")
    bits = "".join(f"{value:05b}" for value in values[1:-6])
    program = bytes(int(bits[n : n + 8], 2) for n in range(0, len(bits) // 8 * 8, 8))
    if len(program) not in (20, 32):
        raise BadSignature("not a segwit address of version 0")
    return program


def _twice(data):
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


def _sized(data):
    size = len(data)
    return (bytes([size]) if size < 0xFD else b"\xfd" + size.to_bytes(2, "little")) + data


def _digest(program, message, script_code):
    """What BIP-322 has signed: BIP-143's digest of a transaction that can never be mined."""
    tag = hashlib.sha256(b"BIP0322-signed-message").digest()
    commitment = b"\x00\x20" + hashlib.sha256(tag + tag + message.encode()).digest()
    script = bytes([0, len(program)]) + program
    to_spend = _twice(
        bytes(4) + b"\x01" + bytes(32) + b"\xff\xff\xff\xff" + _sized(commitment) + bytes(4)
        + b"\x01" + bytes(8) + _sized(script) + bytes(4)
    )  # fmt: skip
    outpoint = to_spend + bytes(4)
    return _twice(
        bytes(4) + _twice(outpoint) + _twice(bytes(4)) + outpoint + _sized(script_code)
        + bytes(8) + bytes(4) + _twice(bytes(8) + b"\x01\x6a") + bytes(4) + b"\x01\0\0\0"
    )  # fmt: skip


def _witness(signature):
    raw, items, at = base64.b64decode(signature, validate=True), [], 1
    for _ in range(raw[0] if raw else 0):
        size = raw[at]
        at += 1
        if size == 0xFD:
            size, at = int.from_bytes(raw[at : at + 2], "little"), at + 2
        items.append(raw[at : at + size])
        at += size
    if at != len(raw):
        raise BadSignature("not a witness")
    return items


def _signed(key, signature, digest):
    """DER: 30 len 02 len r 02 len s, and the sighash byte, which must say ALL."""
    if len(signature) < 9 or signature[-1] != 1 or signature[0] != 0x30 or len(key) != 33:
        return False
    size_r = signature[3]
    r, s = signature[4 : 4 + size_r], signature[6 + size_r : -1]
    rebuilt = b"\x30" + bytes([4 + len(r) + len(s)]) + b"\x02" + _sized(r) + b"\x02" + _sized(s)
    if rebuilt != signature[:-1] or key[0] not in (2, 3):
        return False
    point = lift(int.from_bytes(key[1:], "big"), key[0] - 2)
    return good(int.from_bytes(r, "big"), int.from_bytes(s, "big"), digest, point)


def check_bip322(address, message, signature):
    """Raises BadSignature unless the address's owners signed the text."""
    program, stack = segwit_program(address), _witness(signature)
    if len(program) == 20:
        _check_one(program, message, stack)
        return
    script = stack[-1] if len(stack) > 2 else b""
    if not script or stack[0] != b"" or hashlib.sha256(script).digest() != program:
        raise BadSignature("the witness script is not the address's")
    keys, at = [], 1
    while script[at : at + 1] == b"\x21":
        keys.append(script[at + 1 : at + 34])
        at += 34
    needs = script[0] - 0x50
    if script[at:] != bytes([0x50 + len(keys), 0xAE]) or not 1 <= needs <= len(keys) <= 16:
        raise BadSignature("the witness script is no plain multisig")
    if len(stack) - 2 != needs:
        raise BadSignature("not as many signatures as the address needs")
    digest, left = _digest(program, message, script), iter(keys)
    for one in stack[1:-1]:
        if not any(_signed(key, one, digest) for key in left):
            raise BadSignature("a signature is of none of the keys")


def _check_one(program, message, stack):
    if len(stack) != 2:
        raise BadSignature("not a signature and a key")
    signature, key = stack
    script_code = b"\x76\xa9\x14" + program + b"\x88\xac"
    hashed = ripemd160(hashlib.sha256(key).digest())
    if hashed != program or not _signed(key, signature, _digest(program, message, script_code)):
        raise BadSignature("not a signature of this address over this text")
