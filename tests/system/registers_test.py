"""The register descriptions for other tools: well-formed, of the formats' structure, and like hand-typed samples.

usage: registers_test.py PROGRAM SCRATCH
"""
import pathlib
import subprocess
import sys
import unittest
import xml.etree.ElementTree as ElementTree

PROGRAM, SCRATCH = sys.argv[1], pathlib.Path(sys.argv[2])
SAMPLES = pathlib.Path(__file__).parent / "registers"


def exported(name, form):
    SCRATCH.mkdir(parents=True, exist_ok=True)
    path = SCRATCH / name
    path.write_bytes(subprocess.run([PROGRAM, "list", "registers", "--format", form], check=True, capture_output=True).stdout)
    return path


def content(element):
    """Tag, text and children without descriptions and layout."""
    children = [content(c) for c in element if not c.tag.endswith("description")]
    return element.tag, (element.text or "").strip(), children


class Registers(unittest.TestCase):
    def valid_xml(self, form, register):
        """Checks structure and samples; returns all registers by name."""
        path = exported(f"smmu.{form}", form)
        checked = subprocess.run(["xmllint", "--noout", "--relaxng", SAMPLES / f"{form}.rng", path], capture_output=True, text=True)
        self.assertEqual(checked.returncode, 0, checked.stderr)
        there = {r.findtext(register.replace("register", "name")): r for r in ElementTree.parse(path).iter(register)}
        for expected in ElementTree.parse(SAMPLES / f"{form}_sample.xml").iter(register):
            name = expected.findtext(register.replace("register", "name"))
            with self.subTest(name):
                self.assertEqual(content(there[name]), content(expected))
        return there

    def test_ipxact(self):
        self.valid_xml("ipxact", "{http://www.accellera.org/XMLSchema/IPXACT/1685-2014}register")

    def test_svd(self):
        there = self.valid_xml("svd", "register")
        for name, register in there.items():
            with self.subTest(name):
                taken = set()
                for field in register.iter("field"):
                    first, width = int(field.findtext("bitOffset")), int(field.findtext("bitWidth"))
                    bits = set(range(first, first + width))
                    self.assertFalse(bits & taken, "fields of one register do not overlap")
                    taken |= bits
                self.assertLess(max(taken), int(register.findtext("size")))

    def test_c_header(self):
        exported("smmu_registers.h", "c")
        for compiler in (["cc", "-std=c11", "-x", "c"], ["c++", "-std=c++17", "-D_Static_assert=static_assert", "-x", "c++"]):
            subprocess.run([*compiler, "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I", SCRATCH, "-c",
                            SAMPLES / "header_sample.txt", "-o", SCRATCH / "header.o"], check=True)

    def test_every_format_has_every_register(self):
        listed = subprocess.run([PROGRAM, "list", "registers"], check=True, capture_output=True, text=True).stdout
        names = [line.split()[0] for line in listed.splitlines() if line[0] != " "]
        self.assertGreater(len(names), 60)
        header = exported("smmu_registers.h", "c").read_text()
        svd = exported("smmu.svd", "svd").read_text()
        ipxact = exported("smmu.ipxact", "ipxact").read_text()
        for name in names:
            array = name.endswith("n") and name.startswith("PMCG_")
            bare = name[:-1] if array else name
            self.assertIn(f"#define SMMU_{bare}{'(n)' if array else ''} ", header)
            self.assertIn(f"<name>{bare}{'[%s]' if array else ''}</name>", svd)
            self.assertIn(f"<ipxact:name>{bare}</ipxact:name>", ipxact)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
