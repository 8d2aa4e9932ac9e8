"""What the real kernel sent to the SMMU (testbench/linux/compare/recorded), held against closed forms.

    python3 recorded_test.py FOLDER_OF_THE_LAUNCHER

Expected values are from drivers/iommu/arm/arm-smmu-v3 of Linux 6.12 and the SMMUv3 manual, worked out by hand.
"""
import pathlib
import re
import sys
import unittest

sys.path.insert(0, sys.argv[1])
from compare import record  # noqa: E402

RECORDED = pathlib.Path(sys.argv[1]) / "compare/recorded"
PAGE, MEMORY = 0x1000, 1 << 40
BATCH, TABLE = 64, 512  # commands in a batch; pages that a last-level table maps
RANGES = {"ats_ril", "ril"}  # machines with range commands
ATS = {"ats_ril", "ats"}     # and with ATS
KINDS = ("pci", "platform")
COMMANDS = ("CFGI_", "TLBI_", "ATC_", "SYNC", "RESUME", "PRI_RESP", "PREFETCH_")

# Pages unmapped: the (SCALE, NUM) of the range commands. A command covers (NUM + 1) << SCALE pages, and NUM = SCALE = 0 is
# reserved (4.4.1.1), so that an odd page becomes two.
SPLITS = {1: [(1, 0)], 2: [(1, 0)], 3: [(0, 2)], 4: [(2, 0)], 31: [(0, 30)], 32: [(5, 0)], 33: [(1, 16)], 34: [(1, 16)],
          62: [(1, 30)], 63: [(0, 30), (5, 0)], 64: [(6, 0)], 65: [(1, 0), (6, 0)], 66: [(1, 0), (6, 0)],
          127: [(0, 30), (5, 2)], 128: [(7, 0)], 129: [(1, 0), (7, 0)], 510: [(1, 30), (6, 6)], 511: [(0, 30), (5, 14)],
          512: [(9, 0)], 513: [(1, 0), (9, 0)], 514: [(1, 0), (9, 0)], 1000: [(3, 28), (8, 2)],
          1023: [(0, 30), (5, 30)], 1024: [(10, 0)], 1025: [(1, 0), (10, 0)]}
# First page and pages: log2 of the 4 KB pages and first page of the block that one ATC_INV covers (4.5.1).
BLOCKS = {(0, 1): (0, 0), (0, 2): (1, 0), (0, 3): (2, 0), (0, 33): (6, 0), (0, 511): (9, 0), (8, 4): (2, 8), (7, 4): (4, 0),
          (0x7ff, 2): (12, 0), (0x7ffff, 2): (20, 0)}


class Command:
    def __init__(self, text):
        self.name, *fields = text.split()
        self._fields = dict(field.split("=") for field in fields)

    def __getitem__(self, field):
        value = self._fields.get(field, "0")
        return int(value, 0) if value[0].isdigit() else value

    def moved(self, bytes_):
        copy = Command(self.name)
        copy._fields = {**self._fields, "Address": hex(self["Address"] + bytes_)}
        return copy


def commands_of(line):
    """The commands of a line; none if it is a register write."""
    found = []
    for text in line.split("; "):
        many = re.match(r"(\d+) x (.*) step (\w+)$", text)
        count, text, stride = (int(many[1]), many[2], int(many[3], 0)) if many else (1, text, 0)
        if not text.startswith(COMMANDS):
            return []
        found += [Command(text).moved(i * stride) if stride else Command(text) for i in range(count)]
    return found


def rounds(step):
    """What is synchronised together: [(commands without their CMD_SYNC, how many were published at a time)]."""
    found, commands, published = [], [], []
    for group in filter(None, map(commands_of, step.lines)):
        published.append(len(group))
        commands += group
        if group[-1].name == "SYNC":
            found.append((commands[:-1], published))
            commands, published = [], []
    return found


def names(step):
    return [c.name for line in step.lines for c in commands_of(line) if c.name not in ("SYNC", "PREFETCH_CONFIG")]


def syncs(step):
    return sum(c.name == "SYNC" for line in step.lines for c in commands_of(line))


RECORDS = {path.stem: record.read(path) for path in RECORDED.glob("*.txt")}


def each(*actions, kinds=KINDS, when=lambda machine, step: True):
    """Runs a test for every recorded step with one of these actions."""
    def over(test):
        def run(self):
            steps = [(m, s) for m in sorted(RECORDS) for s in RECORDS[m]
                     if s.action in actions and s.kind in kinds and when(m, s)]
            self.assertTrue(steps)
            for machine, step in steps:
                with self.subTest(machine=machine, step=step.name):
                    test(self, machine, step)
        return run
    return over


def has_ranges(machine, _step):
    return machine in RANGES


def has_ats(machine, step):
    return machine in ATS and step.kind == "pci"


class Recorded(unittest.TestCase):
    def one(self, machine, kind, process, action, which=0):
        steps = [s for s in RECORDS[machine] if (s.kind, s.process, s.action) == (kind, process, action)]
        return steps[which]

    @each("unmap", "protect", when=has_ranges)
    def test_range_commands_cover_the_pages_with_the_fewest_scales(self, machine, step):
        commands, _ = rounds(step)[0]
        self.assertEqual([(c["SCALE"], c["NUM"]) for c in commands], SPLITS[step.pages])
        at = MEMORY + step.first * PAGE
        for c in commands:
            self.assertEqual((c.name, c["Address"], c["TG"], c["TTL"], c["Leaf"]), ("TLBI_NH_VA", at, 1, 0, 0))
            at += (c["NUM"] + 1) * PAGE << c["SCALE"]

    @each("unmap", "protect", when=lambda m, s: m not in RANGES and s.pages < TABLE)
    def test_without_range_commands_up_to_511_pages_are_single_ones_in_batches_of_64(self, machine, step):
        commands, published = rounds(step)[0]
        self.assertEqual([c["Address"] for c in commands],
                         [MEMORY + (step.first + i) * PAGE for i in range(step.pages)])
        self.assertEqual({(c.name, c["TG"], c["Leaf"]) for c in commands}, {("TLBI_NH_VA", 0, 0)})
        full = (step.pages - 1) // BATCH
        self.assertEqual(published, [BATCH] * full + [step.pages - full * BATCH + 1])

    @each("unmap", "protect", "unmap_alone", when=lambda m, s: m not in RANGES and s.pages >= TABLE)
    def test_without_range_commands_512_pages_are_the_whole_address_space(self, machine, step):
        commands, _ = rounds(step)[0]
        self.assertEqual([c.name for c in commands], ["TLBI_NH_ASID"])
        if has_ats(machine, step):
            (atc,), _ = rounds(step)[1]
            self.assertEqual((atc.name, atc["Size"], atc["Address"]), ("ATC_INV", 52, 0))

    @each("unmap", "protect", when=lambda m, s: has_ats(m, s) and (m in RANGES or s.pages < TABLE))
    def test_one_aligned_block_is_invalidated_in_the_atc_after_the_tlb(self, machine, step):
        (atc,), _ = rounds(step)[1]
        last = step.first + step.pages - 1
        size = (step.first ^ last).bit_length()
        block = (size, step.first >> size << size)
        self.assertEqual(BLOCKS.get((step.first, step.pages), block), block)
        self.assertEqual((atc.name, atc["SSV"], atc["Global"]), ("ATC_INV", 1, 0))
        self.assertEqual((atc["Size"], (atc["Address"] - MEMORY) // PAGE), block)

    @each("bind", "unbind", "exit", "unmap", "unmap_alone", "protect", "permit", when=lambda m, s: not has_ats(m, s))
    def test_a_device_without_ats_gets_no_atc_invalidation(self, machine, step):
        self.assertNotIn("ATC_INV", names(step))

    @each("unmap_alone")
    def test_tables_left_without_memory_are_a_round_of_their_own(self, machine, step):
        tables = -(-step.pages // TABLE)
        per_round = 2 if has_ats(machine, step) else 1
        self.assertEqual(len(rounds(step)), 2 * per_round)
        commands, _ = rounds(step)[per_round]
        if machine in RANGES:
            covered = sum((c["NUM"] + 1) << c["SCALE"] for c in commands)
            self.assertEqual((commands[0]["Address"], covered), (MEMORY, tables * TABLE))
        else:
            self.assertEqual([c.name for c in commands], ["TLBI_NH_ASID"])

    @each("unmap_sparse", when=has_ranges)
    def test_only_what_is_present_is_invalidated(self, machine, step):
        commands, _ = rounds(step)[0]
        covered = sum((c["NUM"] + 1) << c["SCALE"] for c in commands)
        self.assertEqual((commands[0]["Address"], covered), (MEMORY + PAGE, step.pages - 2))

    @each("copy_on_write")
    def test_each_page_that_is_copied_is_invalidated_alone(self, machine, step):
        tlbis = [c for commands, _ in rounds(step) for c in commands if c.name == "TLBI_NH_VA"]
        self.assertEqual([c["Address"] for c in tlbis], [MEMORY + i * PAGE for i in range(step.pages)])

    @each("permit")
    def test_pages_of_the_process_alone_become_writable_in_one_round(self, machine, step):
        self.assertEqual(syncs(step), 2 if has_ats(machine, step) else 1)

    # The order and the number of CMD_SYNCs of each change of CD and STE: one word that the SMMU uses changes at a time.
    def test_entries_change_in_this_order(self):
        for machine in RECORDS:
            for kind in KINDS:
                atc = ["ATC_INV"] if machine in ATS and kind == "pci" else []
                cd, ste, tlbi = ["CFGI_CD"] * 2, ["CFGI_STE"] * 2, ["TLBI_NH_ASID"]
                release, clear = cd + tlbi + atc, cd + atc
                expected = {
                    ("a", "bind", 0): ["CFGI_CD"] + cd + ste + atc,  # the first one for a new leaf of the CD table
                    ("b", "bind", 0): cd + atc,
                    ("b", "unbind", 0): clear + tlbi,
                    ("b", "bind", 1): cd + atc,
                    ("b", "exit", 0): release + clear + tlbi,
                    ("c", "bind", 0): cd + atc,
                    ("c", "unbind", 0): clear + tlbi,
                    ("a", "exit", 0): release + clear + ste + atc + tlbi,
                    ("d", "bind", 0): cd + ste + atc,
                    ("d", "unbind", 0): clear + ste + atc + tlbi}
                for (process, action, which), order in expected.items():
                    step = self.one(machine, kind, process, action, which)
                    with self.subTest(machine=machine, step=step.name):
                        self.assertEqual(names(step), order)
                        self.assertEqual(syncs(step), len(order))

    def test_the_next_process_gets_the_tags_of_the_one_that_exited(self):
        for machine in RECORDS:
            for kind in KINDS:
                of_b, of_c = (self.one(machine, kind, p, action) for p, action in (("b", "exit"), ("c", "unbind")))
                tags = [{(f, c[f]) for line in s.lines for c in commands_of(line) for f in ("SubstreamID", "ASID") if c[f]}
                        for s in (of_b, of_c)]
                self.assertEqual(*tags)

    # Nobody waits for a CMD_RESUME.
    @each("read_missing", "write_missing", kinds=("platform",))
    def test_a_stalled_access_is_retried_where_the_process_may_do_it(self, machine, step):
        (resume,) = (c for line in step.lines for c in commands_of(line))
        self.assertEqual((resume.name, resume["Ac"], resume["Ab"]), ("RESUME", 1, 0))

    @each("write_outside", "write_read_only", kinds=("platform",))
    def test_a_stalled_access_is_aborted_where_the_process_may_not_do_it(self, machine, step):
        (resume,) = (c for line in step.lines for c in commands_of(line))
        self.assertEqual((resume.name, resume["Ac"], resume["Ab"]), ("RESUME", 0, 1))

    @each("read_missing", "write_missing", "write_outside", "write_read_only", kinds=("pci",))
    def test_6_12_serves_no_page_requests(self, machine, step):
        self.assertEqual(names(step), [])

    @each("probe", kinds=("boot",))
    def test_the_smmu_is_set_up_in_this_order(self, machine, step):
        order = ("CR0 CR1 CR2 STRTAB_BASE STRTAB_BASE_CFG CMDQ_BASE CMDQ_PROD CMDQ_CONS CR0 CFGI_STE_RANGE TLBI_NSNH_ALL "
                 "EVENTQ_BASE EVENTQ_PROD EVENTQ_CONS CR0 PRIQ_BASE PRIQ_PROD PRIQ_CONS CR0 CR0 IRQ_CTRL GERROR_IRQ_CFG0 "
                 "EVENTQ_IRQ_CFG0 PRIQ_IRQ_CFG0 IRQ_CTRL CR0").split()
        self.assertEqual([line.split()[0].rstrip(";") for line in step.lines][:len(order)], order)
        enabled = [set(line.split()[1:]) for line in step.lines if line.startswith("CR0")]
        self.assertTrue(all(a <= b for a, b in zip(enabled, enabled[1:])), "CR0 loses a bit")
        self.assertIn("SMMUEN=0x1", enabled[-1])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
