"""Nonsense in all registers of the platform, from guest after guest: whatever they do, platform and QEMU live on."""
import json
import pathlib
import time

from . import guest, processes, qemu
from .places import BUILD
from .refusal import CLEAN, Failure
from .session import Session

ROUND_S = 60  # of the guest's time, at most
_SEED = "smmu_vp.fuzz="  # the kernel passes over words with a dot that no module claims
_WINDOW = "smmu_vp.window="
_COMMANDS = f"""{guest.COMMANDS_OF_SHELL}insmod /physical.ko
words() {{ tr " " "\\n" </proc/cmdline | sed -n "s/^$1//p"; }}
/fuzz $(words {_SEED} | tr : " ") $(words {_WINDOW})
"""


class _Round(Session):
    """`said` is how it ended."""
    _silence_s = 20

    def __init__(self, *arguments, seconds):
        super().__init__(*arguments)
        self._seconds = seconds
        self.said = ""

    def _further_words(self):
        return [f"{_SEED}{self._options.seed}:{self._seconds}",
                *(f"{_WINDOW}{base:#x}+{size:#x}" for base, size in qemu.windows(self._platform.control))]

    def _judge(self, console):
        ended = self._guest.poll()
        processes.end(self._guest)
        if ended is not None and ended < 0:
            raise Failure(f"QEMU died of signal {-ended}; see {self._out}")
        self._platform.control.record()
        json.loads((self._out / "summary.json").read_text())
        if not self._platform.alive():
            raise Failure(f"smmu-vp serve has ended; see {self._out / 'serve.log'}")
        self.said = f"{console.last('fuzz: ').removeprefix('fuzz: ') or 'no accesses'}; {console.trouble or 'the kernel lived'}"
        return CLEAN


def run(out, kernel, options, seconds):
    """Returns the exit status."""
    initramfs = BUILD / "guest" / f"fuzz-{kernel.name}.cpio"
    guest.initramfs(kernel, _COMMANDS, guest.fuzzer(kernel), initramfs)
    end = time.monotonic() + seconds
    rounds = 0
    while (left := end - time.monotonic()) > 0:
        one = _Round(pathlib.Path(out) / f"seed-{options.seed}", kernel, initramfs, options,
                     seconds=max(1, int(min(left, ROUND_S))))
        status = one.run()
        if status != CLEAN:
            return status
        print(f"seed {options.seed}: {one.said}", flush=True)
        options.seed += 1
        rounds += 1
    print(f"OK: platform and QEMU outlived {rounds} guests in {seconds} s")
    return CLEAN
