"""The report as a terminal shows it: its width, its colours, and the commands that a failed run suggests.

usage: account_test.py PROGRAM DIRECTORY
"""

import fcntl
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import termios
import unittest

PROGRAM, WORK = sys.argv[1:3]
ESCAPE = re.compile("\x1b\\[[0-9;]*m")
# A bug that causes every kind of line: violations, unexpected rows, expectations, a kernel log.
FAILING = ["run", "sva_lifecycle", "--set", "driver.bug=no_atc_inv", "--waves", "off"]


def environment(**more):
    plain = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "NO_COLOR", "TERM")}
    return plain | {"TERM": "xterm"} | more


def on_terminal(columns, arguments, **more):
    """The output of the program on a terminal of this width."""
    process, terminal = pty.fork()
    if process == 0:
        fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        os.execve(PROGRAM, [PROGRAM, *arguments], environment(**more))
    written = b""
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # the other end is closed
            part = b""
        if not part:
            break
        written += part
    os.waitpid(process, 0)
    # The progress line is cleared at the end of a run; a slow machine shows it, a fast one does not.
    return re.sub(r"[^\n]*\r\x1b\[K", "", written.decode().replace("\r\n", "\n"))


def to_file(arguments, **more):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, env=environment(**more))


def widest(text):
    return max(len(line) for line in ESCAPE.sub("", text).split("\n"))


def commands(text):
    """The commands that a report suggests, as a user copies them."""
    found, lines = [], iter(text.split("\n"))
    for line in lines:
        if not line.startswith("    " + PROGRAM):
            continue
        while line.endswith("\\"):
            line += "\n" + next(lines)
        found.append(line)
    return found


class Account(unittest.TestCase):
    def out(self, name):
        """A folder relative to the current one: no line can be narrower than a path that has to be copied whole."""
        shutil.rmtree(name, ignore_errors=True)
        return ["--out", name]

    def test_lines_fit_the_terminal(self):
        for columns in (80, 97, 140):
            text = on_terminal(columns, FAILING + self.out("fits"))
            self.assertIn("First cause", text)
            self.assertLessEqual(widest(text), columns)

    def test_the_measured_tables_fit_too(self):
        text = on_terminal(80, ["run", "invalidation_cost", "--set", "scenario.largest_mb=1", "--waves", "off"]
                           + self.out("tables"))
        self.assertIn("without range commands", text)
        self.assertLessEqual(widest(text), 80)

    def test_a_narrower_terminal_gets_80_columns(self):
        self.assertLessEqual(widest(on_terminal(40, ["run", "smoke", "--waves", "off"] + self.out("narrow"))), 80)

    def test_columns_of_the_environment_count_on_a_terminal_only(self):
        arguments = FAILING + self.out("columns")
        wide, narrow = on_terminal(80, arguments, COLUMNS="130"), on_terminal(130, arguments, COLUMNS="80")
        self.assertGreater(widest(wide), 80)
        self.assertLessEqual(widest(narrow), 80)
        clock = re.compile(r"simulated in .* s")
        self.assertEqual(clock.sub("", to_file(arguments).stdout), clock.sub("", to_file(arguments, COLUMNS="80").stdout))

    def test_colours_show_on_a_terminal_that_wants_them(self):
        arguments = ["run", "smoke", "--waves", "off"] + self.out("colours")
        self.assertRegex(on_terminal(100, arguments), ESCAPE)
        self.assertNotIn("\x1b", on_terminal(100, arguments, NO_COLOR="1"))
        self.assertNotIn("\x1b", on_terminal(100, arguments, TERM="dumb"))
        self.assertNotIn("\x1b", to_file(arguments).stdout)

    def test_the_commands_of_a_failed_run_show_its_first_cause(self):
        out = self.out("a folder with 'quotes' $HOME")
        failed = to_file(["run", "sva_lifecycle", "--seed", "5", "--set", "driver.bug=no_atc_inv"] + out)
        self.assertEqual(failed.returncode, 1)
        offered = commands(failed.stdout)
        self.assertEqual([c.split()[-2] for c in offered], ["--wave-window", "--explain"])
        cause = re.search(r"First cause\n  (.* at .* \(\d+ ps\))", failed.stdout).group(1)
        whole = os.path.getsize(os.path.join(out[1], "waves.fst"))
        for command in offered:
            again = subprocess.run(["sh", "-c", command], capture_output=True, text=True, env=environment())
            self.assertEqual(again.returncode, 1, again.stderr)
            self.assertIn(cause, again.stdout)
            if "--explain" in command:
                self.assertIn("explain " + command.split()[-1], again.stdout)
                self.assertNotIn("the run ended before", again.stdout)
            else:
                self.assertLess(os.path.getsize(os.path.join(out[1], "waves.fst")), whole)

    def test_a_translated_access_is_reported_at_the_address_of_its_process(self):
        text = to_file(FAILING + self.out("translated")).stdout
        accused = re.findall(r"PASID \d+ reads (0x[0-9a-f]+) at physical\s+(0x[0-9a-f]+)\s+\(translated", text)
        self.assertTrue(accused)
        for address, physical in accused:
            self.assertNotEqual(address, physical)

    def test_a_lockstep_difference_keeps_to_the_columns_and_says_what_differs(self):
        arguments = ["run", "unmap_race", "--waves", "off", "--set", "smmu.tbu.tlb.impl=lockstep",
                     "--set", "smmu.tbu.tlb.sets=8", "--set", "smmu.tbu.tlb.block_entries=4",
                     "--set", "smmu.tbu.tlb.mshrs=4", "--set", "smmu.tbu.tlb.rtl=stale_cache"]
        text = ESCAPE.sub("", on_terminal(80, arguments + self.out("lockstep")))
        self.assertLessEqual(widest(text), 80)
        found = re.search(r"\n  cache_lockstep .* violation[^\n]*\n((?: {4,}.*\n)+)", text)
        self.assertTrue(found, text)
        report = " ".join(found.group(1).split())
        self.assertRegex(report, r"tbu0_tlb: operation \d+, ")
        # Fields with equal values on both sides are left out.
        for rtl, reference in re.findall(r"(\S+) in the RTL, (\S+) in the reference", report):
            self.assertNotEqual(rtl, reference.rstrip(".;"))

    def test_caches_that_nothing_is_compared_with_are_not_judged(self):
        text = to_file(["run", "smoke", "--waves", "off", "--set", "smmu.tbu.tlb.impl=reference",
                        "--set", "endpoint.0.atc.impl=reference"] + self.out("reference")).stdout
        self.assertRegex(text, r"cache_lockstep +0 checks  not judged")
        self.assertRegex(text, r"\nOK; not judged: ")
        lockstep = to_file(["run", "smoke", "--waves", "off", "--set", "smmu.tbu.tlb.impl=lockstep"]
                           + self.out("compared")).stdout
        self.assertRegex(lockstep, r"cache_lockstep +[1-9]\d* checks  clean")


if __name__ == "__main__":
    os.makedirs(WORK, exist_ok=True)
    os.chdir(WORK)
    unittest.main(argv=sys.argv[:1])
