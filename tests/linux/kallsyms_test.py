"""What the launcher of `vp linux` reads from a kernel: a table of functions as scripts/kallsyms.c lays it out since 6.4.

    python3 kallsyms_test.py FOLDER_OF_THE_LAUNCHER
"""
import gzip
import pathlib
import struct
import sys
import tempfile
import unittest

sys.path.insert(0, sys.argv[1])
from launcher import kallsyms  # noqa: E402

BASE = 0xffff800080000000
LONG = "a_name_of_more_than_127_characters_" * 5


def aligned(data):
    return data + bytes(-len(data) % 8)


def image(symbols, base=BASE, junk=b"junk" * 99 + b"0\0001\0002\0003\0004\0005\0006\0007\0008\0009\0"):
    """An image with these symbols, [(offset, type and name)]: "fun" has a token of its own, so have all characters."""
    tokens = [chr(c).encode() if 0x20 < c < 0x7f else b"" for c in range(256)]
    tokens[200] = b"fun"
    table, index = b"", []
    for token in tokens:
        index.append(len(table))
        table += token + b"\0"
    names, places = b"", []
    for number, (_, name) in enumerate(symbols):
        if number % 256 == 0:
            places.append(len(names))
        encoded = name.encode().replace(b"fun", b"\xc8")
        length = bytes([len(encoded)]) if len(encoded) < 0x80 else bytes([len(encoded) & 0x7f | 0x80, len(encoded) >> 7])
        names += length + encoded
    parts = [junk, struct.pack("<I", len(symbols)), names, struct.pack(f"<{len(places)}I", *places), table,
             struct.pack("<256H", *index), struct.pack(f"<{len(symbols)}I", *(offset for offset, _ in symbols)),
             struct.pack("<Q", base), b"rest" * 9]
    return b"".join(map(aligned, parts))


class Kallsyms(unittest.TestCase):
    def functions(self, data):
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            return kallsyms.functions(pathlib.Path(file.name))

    def setUp(self):
        self.symbols = [(16 * i, f"{'tTwWdr'[i % 6]}fun_{i}") for i in range(700)]
        self.symbols[600] = (16 * 600, "T" + LONG)
        self.expected = [(BASE + offset, name[1:]) for offset, name in self.symbols if name[0] in "tTwW"]

    def test_functions_have_their_names_and_addresses_and_data_is_left_out(self):
        self.assertEqual(self.functions(image(self.symbols)), self.expected)
        self.assertIn(LONG, [name for _, name in self.expected])

    def test_a_relocatable_kernel_is_where_it_was_linked(self):
        self.assertEqual(self.functions(image(self.symbols, base=0)), self.expected)

    def test_an_image_may_be_compressed(self):
        self.assertEqual(self.functions(gzip.compress(image(self.symbols))), self.expected)

    def test_a_kernel_without_the_table_has_no_functions(self):
        for data in (b"", b"\0" * 4096, image(self.symbols)[:4000], image([])):
            self.assertEqual(self.functions(data), [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
