"""The guest's device tree: what QEMU says of its virt machine, with what the platform has in place of it."""
from .tools import run

_SMMU = "/smmuv3@9050000"
_PCIE = "/pcie@10000000"
_FIRST_DEVICE_SPI = 112  # virt's platform bus, which is empty
_SMMU_SPIS = {"irq_event": 74, "irq_pri": 75, "irq_cmd_sync": 76, "irq_gerror": 77}  # virt's own


def write(qemu_machine, platform, target):
    """`qemu_machine` is the beginning of QEMU's command line, `platform` a client of it. Returns the interrupt lines
    as {line of the platform: SPI of the guest}."""
    run([*qemu_machine, "-machine", f"dumpdtb={target}"], "writing virt's device tree")
    smmu = _get(target, _SMMU, "phandle")
    _set(target, _PCIE, "ats-supported")
    spis = {getattr(platform.info, name): spi for name, spi in _SMMU_SPIS.items()}
    for index in range(platform.info.endpoint_count):
        endpoint = platform.endpoint(index)
        if not endpoint.pcie:
            spis[endpoint.irq] = _FIRST_DEVICE_SPI + len(spis)
            _add_device(target, endpoint, spis[endpoint.irq], smmu)
    return spis


def _add_device(target, endpoint, spi, smmu):
    node = f"/accelerator@{endpoint.registers:x}"
    run(["fdtput", "-c", target, node], "fdtput")
    _set(target, node, "compatible", "smmu-vp,accelerator", kind="s")
    _set(target, node, "reg", endpoint.registers >> 32, endpoint.registers & 0xffffffff, 0, 0x4000)
    _set(target, node, "interrupts", 0, spi, 1)  # SPI, rising edge
    _set(target, node, "iommus", smmu, endpoint.stream_id)
    _set(target, node, "pasid-num-bits", 16)
    _set(target, node, "dma-can-stall")
    _set(target, node, "dma-coherent")


def _get(target, node, name):
    return int(run(["fdtget", "-t", "x", target, node, name], "fdtget"), 16)


def _set(target, node, name, *values, kind="x"):
    texts = [value if kind == "s" else f"{value:x}" for value in values]
    run(["fdtput", "-t", kind, target, node, name, *texts], "fdtput")
