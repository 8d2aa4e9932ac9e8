"""`vp linux`: a real arm64 Linux kernel in QEMU drives the platform (docs/linux.md)."""
import argparse
import pathlib
import signal
import sys

from compare import compare
from launcher import fuzz, guest, kernels
from launcher.places import BUILD
from launcher.refusal import Failure, Refusal, USAGE
from launcher.session import Options, Session

SCENARIOS = "/scenarios"


# What goes with --compare, which decides about the machine itself.
_WITH_COMPARE = {"compare", "keep", "kernel", "out"}


def _arguments():
    p = argparse.ArgumentParser(prog="vp linux", description="Boots a real arm64 Linux kernel in Debian's QEMU, with "
                                "this platform as its SMMU, PCIe and devices, and runs scenarios in it.")
    p.add_argument("scenario", nargs="*", default=[], help="names of scenarios (default: all)")
    p.add_argument("--kernel", help="'stock' (Debian's own), an Image, or a source tree; default: Debian's "
                   "linux-source-6.12, built once")
    p.add_argument("--cpu", default=Options.cpu, metavar="MODEL", help=f"of QEMU's (default {Options.cpu}); its features decide "
                   "what the kernel does, range TLBIs for example")
    p.add_argument("--cpus", type=int, default=Options.cpus, choices=range(1, 5), metavar="N",
                   help=f"1 to 4 (default {Options.cpus})")
    p.add_argument("--memory", type=int, default=Options.memory, metavar="MB",
                   help=f"RAM of the guest (default {Options.memory})")
    p.add_argument("--seed", type=int, default=Options.seed, metavar="N",
                   help=f"of platform and guest (default {Options.seed})")
    p.add_argument("--deterministic", action="store_true",
                   help="the guest counts instructions: two runs of a seed are the same")
    p.add_argument("--script", type=pathlib.Path, metavar="FILE", help="run this script or static arm64 program instead")
    p.add_argument("--fuzz", type=int, metavar="SECONDS",
                   help="for so long, guests write nonsense to all registers; judged is whether the platform lives")
    p.add_argument("--shell", action="store_true", help="a shell in the guest; Ctrl-] leaves it")
    p.add_argument("--compare", action="store_true", help="compare the bundled driver with this kernel (docs/fidelity.md)")
    p.add_argument("--keep", action="store_true", help="with --compare: replace the recordings and the table of reasons")
    p.add_argument("--out", type=pathlib.Path, metavar="DIR", help="of the outputs (default out/linux)")
    p.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a key of the configuration")
    p.add_argument("--append", action="append", default=[], metavar="TEXT", help="added to the kernel's command line")
    p.add_argument("--record", metavar="LIST",
                   help="of events, timeline, waves, latency, report, or none (default: all, waves only with --wave-window)")
    p.add_argument("--wave-window", metavar="START:END", help="of the waves, such as 1200ms:1300ms")
    p.add_argument("--explain", action="append", default=[], metavar="SID:SSID:VA:ACCESS@TIME",
                   help="explain this translation step by step, at that time")
    p.add_argument("--quiet", action="store_true", help="print only what failed")
    options = p.parse_args()
    if options.compare:
        refused = [name for name, value in vars(options).items()
                   if name not in _WITH_COMPARE and value != p.get_default(name)]
        if refused:
            raise Refusal(f"--compare takes no {' and no '.join(refused)}: both drivers get machines of its own")
    elif options.keep:
        raise Refusal("--keep replaces the recordings of --compare, and needs it")
    options.words = [word for word in sys.argv[1:] if word != "--quiet"]
    if options.record is None:
        options.record = "none" if options.fuzz else "events,timeline,latency,report" + (",waves" if options.wave_window else "")
    if options.wave_window and "waves" not in options.record.split(","):
        raise Refusal(f"--wave-window {options.wave_window}: there are no waves with --record {options.record}")
    return options


def _commands(options):
    """What the guest's shell runs, and the files that it needs."""
    if options.shell:
        return guest.COMMANDS_OF_SHELL + "setsid cttyhack sh\n", {}
    if options.script:
        if not options.script.is_file():
            raise Refusal(f"--script {options.script}: no such file")
        return guest.COMMANDS_OF_SHELL + "/script\n", {"script": options.script}
    unknown = set(options.scenario) - set(guest.scenarios())
    if unknown:
        raise Refusal(f"there is no scenario {min(unknown)}; there are {', '.join(guest.scenarios())}")
    return " ".join([SCENARIOS, *options.scenario]) + "\n", {}


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # until the session has its own handler
    try:
        options = _arguments()
        commands, files = _commands(options)
        out = (options.out or pathlib.Path("out/linux")).resolve()
        kernel = kernels.find(options.kernel)
        if options.compare:
            return compare.run(kernel, out / "compare", options.keep)
        if options.fuzz:
            if not kernel.build:
                raise Refusal(f"--fuzz: no module can be built for {kernel.name}, which is an image alone")
            return fuzz.run(out, kernel, Options.of(options), options.fuzz)
        initramfs = BUILD / "guest" / f"initramfs-{kernel.name}.cpio"
        guest.initramfs(kernel, commands, files, initramfs)
        return Session(out, kernel, initramfs, Options.of(options)).run()
    except (Refusal, Failure) as e:
        print(f"vp linux: {e}", file=sys.stderr)
        return e.status
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
