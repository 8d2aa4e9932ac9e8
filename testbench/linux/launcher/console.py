"""What the guest prints: the results of scenarios, and signs that it has died or hangs."""
import re
import time

from .refusal import Refusal

# A guest that hangs is one for which both have passed: time of its own, and of its host, which may be busy with others.
BOOT_S, BOOT_GUEST_S = 180, 20          # until its first process runs
SILENCE_S, SILENCE_GUEST_S = 150, 20    # between two lines
LONGEST_S = 1200                        # without a line, even if its own time stands still
ALONE_S, ALONE_GUEST_S = 300, 40        # between two lines of programs: a kernel that hangs reports its stalls for ever
FIRST_S = 120                           # likewise, until the first byte: what runs is no kernel

_TAP = re.compile(r"(not )?ok \d+ - (.*?)( # SKIP)?$")
_EXIT = re.compile(r"guest: exit status (\d+)")
_ERROR = 3  # KERN_ERR
_LEVEL = re.compile(r"<(\d+)>(.*)")


class Console:
    """Lines of the guest as they come. `results` are [(name, passed, skipped)], `trouble` is what ended it early."""

    def __init__(self, log, echo, silence_s=SILENCE_S):
        self._log, self._echo, self._silence_s = log, echo, silence_s
        self._rest = b""
        self._began = self._last = time.monotonic()
        self._program = self._began  # when one last printed
        self._guest_s = self._last_guest_s = self._program_guest_s = 0.0
        self._lines = []
        self._remarks = []
        self._printed = False
        self.up = False
        self.exit_status = None
        self.planned = None
        self.results = []
        self.remarks = {}
        self.errors = []  # of the kernel
        self.trouble = None

    def take(self, data):
        self._printed |= bool(data)
        self._log.write(data)
        self._log.flush()
        self._last, self._last_guest_s = time.monotonic(), self._guest_s
        if self._echo:
            self._echo(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._line(line.decode(errors="replace").rstrip("\r"))

    def _line(self, line):
        kernel = _LEVEL.match(line)
        text = kernel[2] if kernel else line
        if text.strip():
            self._lines.append(text.strip())
        if "Kernel panic - not syncing" in text and not self.trouble:
            self.trouble = f"the kernel panicked: {text[text.index('not syncing: ') + len('not syncing: '):]}"
        if kernel:
            if int(kernel[1]) & 7 <= _ERROR:
                self.errors.append(text.split("] ", 1)[-1])
            return
        self._program, self._program_guest_s = time.monotonic(), self._guest_s
        if text == "guest: up":
            self.up = True
        elif status := _EXIT.match(text):
            self.exit_status = int(status[1])
        elif text.startswith("1.."):
            self.planned = (self.planned or 0) + int(text[3:])  # a script may run scenarios more than once
        elif text.startswith("# "):
            self._remarks.append(text[2:])
        elif result := _TAP.match(text):
            self.results.append((result[2], not result[1], bool(result[3])))
            self.remarks[result[2]], self._remarks = self._remarks, []

    def check_time(self, guest_s):
        """Finds out that the guest hangs; `guest_s` is its own time, in seconds."""
        now, self._guest_s = time.monotonic(), guest_s
        silent_s = now - self._last
        if not self._printed and silent_s > FIRST_S:
            self.trouble = f"the kernel has printed nothing within {FIRST_S} s: is this an arm64 kernel with a PL011 console?"
            return self.trouble
        if not self.up and now - self._began > BOOT_S and guest_s > BOOT_GUEST_S:
            self.trouble = f"the kernel has not started its first process within {BOOT_S} s{self._last_line()}"
        elif silent_s > LONGEST_S or silent_s > self._silence_s and guest_s - self._last_guest_s > SILENCE_GUEST_S:
            self.trouble = f"the guest has printed nothing for {silent_s:.0f} s{self._last_line()}"
        elif self.up and now - self._program > ALONE_S and guest_s - self._program_guest_s > ALONE_GUEST_S:
            self.trouble = f"only the kernel has printed for {now - self._program:.0f} s{self._last_line()}"
        return self.trouble

    def ended(self):
        """The guest is off: was that its own will?"""
        if self.trouble or self.exit_status is not None:
            return
        if not self._lines:
            self.trouble = "the kernel printed nothing: is it an arm64 kernel with a PL011 console?"
        else:
            self.trouble = f"the guest ended before its programs did{self._last_line()}"

    def last(self, begins=""):
        """The last line that begins so; empty if there is none."""
        return next((line for line in reversed(self._lines) if line.startswith(begins)), "")

    def _last_line(self):
        return f"; its last line: {self.last()}" if self._lines else "; it printed nothing"
