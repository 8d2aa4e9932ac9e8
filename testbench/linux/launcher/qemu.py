"""QEMU's command line: Debian's own, with the plugin."""
import subprocess

from . import processes
from .places import BUILD, HERE
from .tools import made, run, up_to_date

PROGRAM = "qemu-system-aarch64"
CPU = "cortex-a76"


def plugin():
    library = BUILD / "smmu_vp_qemu.so"
    if not up_to_date(library, HERE / "qemu"):
        run(["gcc", "-O2", "-Wall", "-Wextra", "-fPIC", "-shared", "-fvisibility=hidden", "-o", library,
             *sorted((HERE / "qemu").glob("*.c"))], "compiling the plugin for QEMU", BUILD / "plugin.log")
        made(library)
    return library


def machine(cpu, cpus, ram_bytes):
    """The part of the command line that the device tree depends on."""
    return [PROGRAM, "-nodefaults", "-no-user-config", "-display", "none", "-machine",
            "virt,iommu=smmuv3,gic-version=3,highmem=off,dtb-randomness=off", "-cpu", cpu, "-smp", str(cpus),
            "-m", f"{ram_bytes >> 20}M"]


def windows(control):
    """[(first address, bytes)]: the parts of the guest's address space that are the platform's."""
    endpoints = [control.endpoint(index) for index in range(control.info.endpoint_count)]
    return [(control.info.smmu_base, control.info.smmu_size), (control.info.ecam_base, control.info.ecam_size),
            (control.layout.pcie_window_base, control.layout.pcie_window_size),
            *((e.registers, 0x4000) for e in endpoints if not e.pcie)]


def start(base, platform, spis, ram_fd, ram_bytes, files, command_line, seed, deterministic):
    """`files` are kernel, initramfs and device tree."""
    connection = platform.take_connection()
    arguments = [f"{plugin()}", f"fd={connection.fileno()}",
                 *(f"window={start:#x}+{size:#x}" for start, size in windows(platform.control)),
                 *(f"spi={line}:{spi}" for line, spi in spis.items())]
    image, initramfs, device_tree = files
    time = ["-icount", "shift=2,sleep=off", "-rtc", "clock=vm,base=2000-01-01"] if deterministic else []
    command = [*base, *time, "-seed", str(seed), "-no-reboot",
               "-object", f"memory-backend-file,id=ram,share=on,size={ram_bytes},mem-path=/proc/self/fd/{ram_fd}",
               "-machine", "memory-backend=ram",
               "-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console",
               "-kernel", image, "-initrd", initramfs, "-dtb", device_tree, "-append", command_line,
               "-plugin", ",".join(arguments)]
    process = processes.start(command, pass_fds=[ram_fd, connection.fileno()], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    connection.close()
    return process
