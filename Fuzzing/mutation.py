"""Seeded changes to bytes: the same `random` gives the same changes."""
LARGEST = 300_000

# What parsers trip over: ends of ranges, lengths of FastCGI, UTF-8 and JSON at their edges.
TROUBLE = [
    b"\x00", b"\xff", b"\x80\x00\x00\x00", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xfe", b"\xc0\x00\x00\x00\xc0\x00\x00\x00",
    b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80", b"\xef\xbb\xbf", b"\xe2\x80\xae", b"e\xcc\x81", b"\xcc\x81", b"\xf0\x9f\x98\x80",
    b"\\u0000", b"\\ud800", b"\\udc00\\ud800", b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b"\r\n", b"\n", b"\t",
    b"[" * 70, b'{"a":' * 70, b"-", b"1e999999999", b"0.1e-400", b"true", b"null", b"NaN", b"%00", b"%", b"../", b"*", b"&a", b"*a",
    b"'; --", b"${HOME}", b"${", b"$$", b"!!binary", b"? ", b"- ", b"| ",
]
NUMBERS = [b"0", b"-0", b"-1", b"1", b"255", b"256", b"65535", b"65536", b"2147483647", b"2147483648", b"-2147483649",
           b"4294967295", b"9223372036854775807", b"9223372036854775808", b"-9223372036854775809", b"1.5", b"1e3", b"1" * 400]


def mutated(random, data, others):
    """`data` after a few changes, now and then many."""
    for _ in range(random.choice((1, 1, 1, 2, 3, 10))):
        data = random.choice(CHANGES)(random, data, others)[:LARGEST]
    return data


def piece(random, data, longest=64):
    """A place in `data`: where it begins and ends."""
    start = random.randint(0, len(data))
    return start, min(len(data), start + random.randint(0, longest))


def flip(random, data, _):
    if not data:
        return data
    at = random.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << random.randrange(8)]) + data[at + 1:]


def replace(random, data, _):
    start, end = piece(random, data, 4)
    return data[:start] + random.randbytes(end - start) + data[end:]


def remove(random, data, _):
    start, end = piece(random, data)
    return data[:start] + data[end:]


def repeat(random, data, _):
    start, end = piece(random, data)
    return data[:end] + data[start:end] * random.choice((1, 1, 2, 10, 1000)) + data[end:]


def cut(random, data, _):
    return data[:random.randint(0, len(data))]


def insert(random, data, _):
    at = random.randint(0, len(data))
    return data[:at] + random.choice(TROUBLE) + data[at:]


def overwrite(random, data, _):
    at = random.randint(0, len(data))
    trouble = random.choice(TROUBLE)
    return data[:at] + trouble + data[at + len(trouble):]


def swap(random, data, _):
    first, last = sorted((piece(random, data), piece(random, data)))
    if first[1] > last[0]:
        return data
    return data[:first[0]] + data[last[0]:last[1]] + data[first[1]:last[0]] + data[first[0]:first[1]] + data[last[1]:]


def number(random, data, _):
    """One of the numbers in it becomes another."""
    digits = [index for index, byte in enumerate(data[:4000]) if 0x30 <= byte <= 0x39]
    if not digits:
        return data
    start = end = random.choice(digits)
    while end < len(data) and 0x30 <= data[end] <= 0x39:
        end += 1
    return data[:start] + random.choice(NUMBERS) + data[end:]


def splice(random, data, others):
    other = random.choice(others)
    start, end = piece(random, other, len(other))
    at = random.randint(0, len(data))
    return data[:at] + other[start:end] + data[at:]


CHANGES = [flip, flip, replace, remove, repeat, cut, insert, insert, overwrite, swap, number, number, splice]
