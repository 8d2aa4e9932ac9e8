"""What runs in the guest: busybox, the accelerator's driver, and the scenarios or the user's program."""
import re
import shutil

from . import debian, kernels
from .initramfs import Initramfs
from .places import BUILD, HERE, ROOT
from .refusal import say
from .tools import made, run, up_to_date

GUEST = HERE / "guest"


def scenarios():
    """Their names, in the order in which they run."""
    return re.findall(r"^SCENARIO\((\w+)\)", (GUEST / "scenarios/all.def").read_text(), re.MULTILINE)


def _program(name, patterns, *more):
    """Compiles the guest's sources of these patterns, which include what else is in `more`."""
    program = BUILD / "guest" / name
    if not up_to_date(program, GUEST, *more):
        sources = sorted(path for pattern in patterns for path in GUEST.glob(pattern))
        run([f"{kernels.CROSS}gcc", "-static", "-O2", "-Wall", "-Wextra", "-o", program, *sources],
            "compiling the guest's programs", BUILD / f"guest/{name}.log")
        made(program)
    return program


# First of what a shell needs whose commands are not all programs of ours.
COMMANDS_OF_SHELL = "/bin/busybox --install -s /bin\n"


def steps_program():
    """What the comparison with the bundled driver runs."""
    return _program("steps", ["accelerator.c", "steps/*.c"], ROOT / "testbench/runs/scenarios/driver_steps.def")


def _module(kernel, source, name):
    """A module for this kernel, built in a folder of its own so that kernels do not disturb each other."""
    folder = BUILD / source / kernel.name
    module = folder / f"smmu_vp_{name}.ko"
    if not up_to_date(module, GUEST / source, kernel.build / "Module.symvers", kernel.build / ".config"):
        say(f"building smmu_vp_{name} for {kernel.name}")
        shutil.copytree(GUEST / source, folder, dirs_exist_ok=True)
        run(["make", "-s", "-C", kernel.build, f"M={folder}", "ARCH=arm64", f"CROSS_COMPILE={kernels.CROSS}",
             "CONFIG_DEBUG_INFO_BTF_MODULES=", "modules"],
            f"building smmu_vp_{name} for {kernel.name}", folder / "build.log")
        made(module)
    return module


def fuzzer(kernel):
    """The files that nonsense is written with, by name in the guest."""
    return {"fuzz": _program("fuzz", ["fuzz/fuzz.c"]), "physical.ko": _module(kernel, "fuzz", "physical")}


def initramfs(kernel, commands, files, target):
    """Writes the guest's file system. `commands` is what its shell runs; `files` are further programs by name."""
    archive = Initramfs()
    archive.add("bin/busybox", (debian.unpacked("busybox-static", "busybox-static") / "bin/busybox").read_bytes())
    archive.add("init", _program("first_process", ["init/*.c"]).read_bytes())
    archive.add("run", commands.encode())
    archive.add("scenarios", _program("scenarios", ["*.c", "scenarios/*.c"]).read_bytes())
    if kernel.build:
        archive.add("driver.ko", _module(kernel, "driver", "accelerator").read_bytes())
    for name, path in files.items():
        archive.add(name, path.read_bytes())
    archive.write(target)
