"""The machines on which both drivers perform the steps, and how either is run there."""
import dataclasses
import subprocess
import sys

from launcher import guest
from launcher.places import ADDRESS_MAP, BUILD, PROGRAM
from launcher.platform_process import DEFAULTS
from launcher.refusal import CLEAN, VIOLATION, Failure
from launcher.session import Options, Session

@dataclasses.dataclass
class Machine:
    """What both drivers are told, each in its way."""
    cpu: str             # model of QEMU's
    keys: tuple = ()     # of the platform's configuration
    kernel: tuple = ()   # words of the kernel's command line
    bundled: tuple = ()  # keys of the scenario


# Range commands, which are mandatory from SMMUv3.2 on, go with a CPU that has range TLBIs: without them a kernel invalidates
# 512 pages and more as a whole before it asks the SMMU's driver.
_RIL = {"cpu": "max", "keys": ("smmu.features.oas_bits=52",)}  # its output addresses are as large as that CPU's
_NO_RIL = {"cpu": "cortex-a76", "keys": ("smmu.features.version=3.1", "smmu.features.ril=false")}
_NO_ATS = {"kernel": ("pci=noats",), "bundled": ("scenario.ats=false",)}
MACHINES = {
    "ats_ril": Machine(**_RIL),
    "ats": Machine(**_NO_RIL),
    "ril": Machine(**_RIL, **_NO_ATS),
    "plain": Machine(**_NO_RIL, **_NO_ATS),
}
# A device's traffic without a PASID is not translated, as with the bundled driver; every step is logged.
_COMMAND_LINE = ["iommu.passthrough=1", "printk.devkmsg=on"]
_MEMORY_MB = 512
_SEED = 1


def run_kernel(kernel, machine, out):
    """Returns the file with the events of the run."""
    initramfs = BUILD / "guest" / f"initramfs-steps-{kernel.name}.cpio"
    guest.initramfs(kernel, "/steps\n", {"steps": guest.steps_program()}, initramfs)
    m = MACHINES[machine]
    options = Options(cpu=m.cpu, cpus=1, memory=_MEMORY_MB, seed=_SEED, deterministic=True, quiet=True, set=m.keys,
                      append=(*_COMMAND_LINE, *m.kernel), record="events", words=("--compare",))
    status = Session(out, kernel, initramfs, options).run()
    if status >= 128:  # a signal
        sys.exit(status)
    if status:
        raise Failure(f"the kernel did not perform the steps on the machine {machine!r}; see {out / 'account.txt'}")
    return out / "events.jsonl"


def run_bundled(machine, out, program=PROGRAM, bug="none"):
    """The same for the bundled driver, with one of its bugs planted (`smmu-vp list bugs`)."""
    m = MACHINES[machine]
    keys = [f"memory.size={_MEMORY_MB << 20}", f"seed={_SEED}", f"driver.bug={bug}", *DEFAULTS, *m.keys, *m.bundled]
    command = [program, "run", "driver_steps", "--config", ADDRESS_MAP, "--record", "events", "--out", out, "--quiet"]
    for key in keys:
        command += ["--set", key]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode != CLEAN and (bug == "none" or done.returncode != VIOLATION):
        raise Failure(f"the bundled driver did not perform the steps on the machine {machine!r}: "
                      f"{done.stderr.strip() or out / 'account.txt'}")
    return out / "events.jsonl"
