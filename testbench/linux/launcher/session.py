"""One run: platform and guest side by side until one of them ends, and the verdict."""
import contextlib
import dataclasses
import os
import selectors
import signal
import sys
import termios
import tty

from . import device_tree, firmware, kallsyms, processes, qemu
from .console import SILENCE_S, Console
from .platform_process import Platform, smmu_vp
from .refusal import CLEAN, VIOLATION, Failure, Refusal, say

COMMAND_LINE = "console=ttyAMA0 console_msg_format=syslog panic=-1 page_poison=1 rdinit=/init nokaslr"
# What monitors let pass between two steps of the kernel. In a flood of faults a worker that answers one competes with hundreds
# of threads for its CPU: a stall has waited 294 ms while others were answered. The clock of a guest in real time goes on while
# its host is busy with others: a stall has waited 2.1 s on a host with ten times as many processes as CPUs.
GRACE_US, GRACE_IN_REAL_TIME_US = 1_000_000, 10_000_000
LEAVE_SHELL, END_OF_INPUT = b"\x1d", b"\x04"  # Ctrl-], Ctrl-D

_SIGNALS = signal.SIGINT, signal.SIGTERM, signal.SIGHUP


class Interrupted(Exception):
    def __init__(self, number):
        self.number = number


def _interrupt(number, _frame):
    raise Interrupted(number)


@dataclasses.dataclass
class Options:
    """What a session is told, by the names and with the defaults of the command line (`./vp linux --help`)."""
    cpu: str = qemu.CPU
    cpus: int = 2
    memory: int = 512  # MB
    seed: int = 1
    deterministic: bool = False
    set: tuple = ()
    append: tuple = ()
    record: str = "none"
    wave_window: str | None = None
    explain: tuple = ()
    shell: bool = False
    quiet: bool = False
    words: tuple = ()  # of the command that repeats the session, after `./vp linux`

    @classmethod
    def of(cls, arguments):
        return cls(**{field.name: getattr(arguments, field.name) for field in dataclasses.fields(cls)})


class Session:
    _silence_s = SILENCE_S

    def __init__(self, out, kernel, initramfs, options):
        self._out, self._kernel, self._initramfs, self._options = out, kernel, initramfs, options
        self._platform = self._guest = None

    def run(self):
        """Returns the exit status."""
        before = {number: signal.signal(number, _interrupt) for number in _SIGNALS}
        try:
            self._start()
            return self._judge(self._watch())
        except Interrupted as e:
            say(f"ended by {signal.Signals(e.number).name}; what was recorded is in {self._out}")
            return 128 + e.number
        finally:
            for number in _SIGNALS:
                signal.signal(number, signal.SIG_IGN)
            processes.end(self._guest)
            if self._platform:
                self._platform.end()
            for number, handler in before.items():
                signal.signal(number, handler)

    def _start(self):
        o = self._options
        ram_bytes = o.memory << 20
        ram = os.memfd_create("guest-ram")
        os.ftruncate(ram, ram_bytes)
        self._out.mkdir(parents=True, exist_ok=True)
        grace_us = GRACE_US if o.deterministic else GRACE_IN_REAL_TIME_US
        settings = [f"seed={o.seed}", f"monitors.grace_us={grace_us}", *o.set]
        self._platform = Platform(ram, ram_bytes, settings, self._out / "serve.log")
        control = self._platform.control
        self._look(control)
        control.record(str(self._out), o.record)
        control.repeated_by(["./vp", "linux", *o.words])
        control.name_functions(kallsyms.names(self._kernel))
        firmware.start(control)
        base = qemu.machine(o.cpu, o.cpus, ram_bytes)
        tree = self._out / "device_tree.dtb"
        spis = device_tree.write(base, self._platform.control, tree)
        files = self._kernel.image, self._initramfs, tree
        command_line = " ".join([COMMAND_LINE, *o.append, *self._further_words()])
        self._guest = qemu.start(base, self._platform, spis, ram, ram_bytes, files, command_line, o.seed,
                                 o.deterministic)
        os.close(ram)

    def _further_words(self):
        """Added to the kernel's command line."""
        return []

    def _look(self, control):
        try:
            if self._options.wave_window:
                control.wave_window(self._options.wave_window)
            for access in self._options.explain:
                if "@" not in access:
                    raise Refusal(f"--explain {access}: expected SID:SSID:VA:ACCESS@TIME")
                control.explain(access)
        except smmu_vp.Error as e:
            raise Refusal(str(e)) from None

    def _watch(self):
        with contextlib.ExitStack() as stack:
            log = stack.enter_context(open(self._out / "console.log", "wb"))
            console = Console(log, self._echo if self._options.shell else None, self._silence_s)
            selector = stack.enter_context(selectors.SelectSelector())  # input may be a file
            selector.register(self._guest.stdout, selectors.EVENT_READ)
            if self._options.shell and sys.stdin.isatty():
                before = termios.tcgetattr(sys.stdin)
                stack.callback(termios.tcsetattr, sys.stdin, termios.TCSADRAIN, before)
                tty.setraw(sys.stdin)
            typing = False
            while self._step(selector, console):
                if self._options.shell and console.up and not typing:  # what is typed before is lost
                    selector.register(sys.stdin, selectors.EVENT_READ)
                    typing = True
            return console

    def _step(self, selector, console):
        for key, _ in selector.select(timeout=1):
            data = os.read(key.fd, 65536)
            if key.fileobj is sys.stdin:
                if LEAVE_SHELL in data:
                    console.exit_status = 0
                    return False
                if not data:
                    selector.unregister(sys.stdin)
                self._guest.stdin.write(data or END_OF_INPUT)
                self._guest.stdin.flush()
            elif data:
                console.take(data)
            else:
                self._guest.wait()
                console.ended()
                return False
        if not self._platform.alive():
            raise Failure(f"smmu-vp serve has ended; see {self._out / 'serve.log'}")
        return not console.check_time(self._platform.control.now_ps() / 1e12) or self._options.shell

    @staticmethod
    def _echo(data):
        os.write(sys.stdout.fileno(), data)

    def _judge(self, console):
        """Tells the platform how the guest's programs ended, and has the run folder completed."""
        failed = self._guest.poll()  # of itself, not because we end it
        processes.end(self._guest)
        complaints = self._guest.stderr.read().decode(errors="replace").strip().splitlines()
        if complaints:
            (self._out / "qemu.log").write_text("\n".join(complaints) + "\n")
        if not self._platform.alive():
            raise Failure(f"smmu-vp serve has ended; see {self._out / 'serve.log'}")
        if complaints and failed and not console.up:
            raise Failure(complaints[0])
        control = self._platform.control
        for name, passed, skipped in console.results:
            if skipped:
                continue
            remarks = "; ".join(console.remarks[name])
            control.expect(passed, f"scenario {name}" + (f": {remarks}" if remarks else ""))
        if console.trouble:
            control.expect(False, console.trouble)
        elif console.planned is not None and console.planned != len(console.results):
            control.expect(False, f"{console.planned} scenarios were planned, {len(console.results)} ran")
        elif console.results and all(skipped for _, _, skipped in console.results):
            why = sum(console.remarks.values(), [])[:1] + [f"the kernel says: {e}" for e in console.errors[:1]]
            control.expect(False, "no scenario could run: " + "; ".join(why))
        elif console.exit_status:
            control.expect(False, f"the guest's program ended with exit status {console.exit_status}")
        try:
            control.finish()
        except smmu_vp.Error as e:  # the guest has left something in flight
            control.expect(False, str(e))
        verdict = control.record()
        clean = verdict.startswith("OK")
        self._report(console, clean)
        return CLEAN if clean else VIOLATION

    def _report(self, console, clean):
        if not clean or not self._options.quiet:
            sys.stdout.write((self._out / "account.txt").read_text())
        if not console.results:
            return
        passed = sum(1 for _, ok, skipped in console.results if ok and not skipped)
        print(f"{self._kernel.name}: {passed} of {len(console.results)} scenarios passed")
        why = {}
        for name, _, skipped in console.results:
            if skipped:
                why.setdefault("; ".join(console.remarks[name]), []).append(name.split()[0])
        for reason, names in why.items():
            print(f"  skipped, as {reason}: {', '.join(names)}")
