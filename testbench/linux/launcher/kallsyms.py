"""The names of a kernel's functions, from the table that it carries for itself (scripts/kallsyms.c, since 6.4)."""
import array
import gzip
import struct

from .places import BUILD
from .refusal import say
from .tools import made, up_to_date

_DIGITS = b"".join(b"%d\0" % digit for digit in range(10))  # each character is its own token
_TOKENS, _LONGEST_TABLE = 256, 8192
# Where a kernel with 48-bit addresses is linked, if it is relocatable: then the table itself does not say.
_LINKED_AT = 0xffff800080000000


def names(kernel):
    """The functions of a kernel of kernels.py; empty, with a word about it, if it has no table of them."""
    kept = BUILD / "functions" / kernel.name
    if not up_to_date(kept, kernel.image):
        found = functions(kernel.image)
        if not found:
            say(f"{kernel.name} has no table of its functions (kallsyms, since 6.4): its code is shown as addresses")
        kept.write_text("".join(f"{address:x} {name}\n" for address, name in found))
        made(kept)
    lines = (line.split(" ", 1) for line in kept.read_text().splitlines())
    return [(int(address, 16), name) for address, name in lines]


def functions(image):
    """[(address, name)], sorted, of an arm64 Image or Image.gz that runs where it was linked. Empty if there is no
    such table."""
    data = image.read_bytes()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    at = -1
    while (at := data.find(_DIGITS, at + 1)) >= 0:
        for start in range(at - ord("0") & ~7, max(0, at - _LONGEST_TABLE), -8):
            found = _tokens(data, start, at)
            if found and (names := _names(data, start)):
                return _functions(data, *found, *names)
    return []


def _aligned(at):
    return at + 7 & ~7


def _tokens(data, start, digits):
    """(the tokens, where the table after their index begins) if the token table begins at `start`."""
    if digits - start < ord("0"):
        return None
    tokens = data[start:start + _LONGEST_TABLE].split(b"\0", _TOKENS)[:_TOKENS]
    index_at = _aligned(start + sum(len(token) + 1 for token in tokens))
    if len(data) < index_at + 2 * _TOKENS:
        return None
    index = struct.unpack_from(f"<{_TOKENS}H", data, index_at)
    if index[0] != 0 or index[ord("0")] != digits - start or list(index) != sorted(index):
        return None
    return tokens, _aligned(index_at + 2 * _TOKENS)


def _names(data, tokens_at):
    """(the encoded names, each with its type): their number is in front of them, and after them comes the place of each
    256th."""
    words = array.array("I", data[:tokens_at & ~3])
    for at in range(len(words) - 2 & ~1, 0, -2):
        count = words[at]
        markers = (count + 255) // 256
        first = len(words) - 2 * ((markers + 1) // 2)
        if not (256 < count < 1 << 20 and words[at + 1] == 0 and first > at and words[first] == 0):
            continue
        names, place, begin = [], 4 * (at + 2), 4 * (at + 2)
        for number in range(count):
            if number % 256 == 0 and words[first + number // 256] != place - begin:
                break
            length = data[place]
            place += 1
            if length & 0x80:
                length = length & 0x7f | data[place] << 7
                place += 1
            names.append(data[place:place + length])
            place += length
        else:
            return (names,)
    return None


def _functions(data, tokens, offsets_at, names):
    base_at = _aligned(offsets_at + 4 * len(names))
    if len(data) < base_at + 8:
        return []
    offsets = struct.unpack_from(f"<{len(names)}I", data, offsets_at)
    base, = struct.unpack_from("<Q", data, base_at)
    texts = [b"".join(tokens[byte] for byte in name).decode(errors="replace") for name in names]
    return sorted((offset + (base or _LINKED_AT), text[1:]) for offset, text in zip(offsets, texts) if text[0] in "tTwW")
