"""Why the bundled driver differs from the kernel where it does. A difference that none of these covers is a mistake of
the bundled driver."""
import dataclasses
import re


@dataclasses.dataclass(frozen=True)
class Reason:
    what: str
    steps: str   # pattern of the names of steps
    side: str    # who alone writes the line: kernel or bundled
    lines: str   # pattern of the line
    why: str
    source: str  # where the kernel decides it; the manual's section

    def covers(self, step, side, line):
        return side == self.side and re.search(self.steps, step.name) and re.search(self.lines, line)


_DRIVER = "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c"

REASONS = [
    Reason("sizes of the queues, as the kernel sets them", "probe", "kernel", r"^(CMDQ|EVENTQ|PRIQ)_BASE ",
           "The kernel takes the largest queues that the SMMU supports and its page allocator gives.",
           f"{_DRIVER}: arm_smmu_init_queues(), arm_smmu_init_one_queue()"),
    Reason("sizes of the queues, as the bundled driver sets them", "probe", "bundled", r"^(CMDQ|EVENTQ|PRIQ)_BASE ",
           "They are small, so that wraps and overflows happen: `driver.cmdq_log2`, `driver.evtq_log2`, `driver.priq_log2`.",
           "3.5.1"),
    Reason("PRIQ_IRQ_CFG2 is written", "probe", "bundled", r"^PRIQ_IRQ_CFG2$",
           "Where it exists (IDR0.MSI), its LO bit decides when the PRI queue interrupts, by wire too, and resets to an UNKNOWN "
           "value. The kernel relies on 0.",
           f"6.3.36; {_DRIVER}: arm_smmu_write_msi_msg() writes it, only with MSIs"),
    Reason("STEs of the root ports", "probe", "kernel", r"^(CFGI_STE Leaf=0x1; SYNC .*|PREFETCH_CONFIG)$",
           "The kernel attaches every PCI function that `iommu-map` names, the bundled driver only those that it drives.",
           "drivers/iommu/of_iommu.c: of_iommu_configure(); drivers/iommu/iommu.c: iommu_probe_device()"),
    Reason("a first-level stream table entry is invalidated", "probe", "bundled", r"^CFGI_STE StreamID=\w+; SYNC",
           "The SMMU may have cached the invalid entry, as any structure that it can reach. The kernel says so for CD tables, "
           "but sends nothing for the stream table.",
           f"3.21.3; {_DRIVER}: arm_smmu_init_l2_strtab(), arm_smmu_alloc_cd_ptr()"),
    Reason("page requests are answered", "^pci a (read|write)_", "bundled", r"^(PRIQ_CONS \+1|PRI_RESP )",
           "6.12 does not enable the Page Request Interface of devices. The bundled driver follows the design of the patches "
           "for it: what is missing is paged in.",
           f"{_DRIVER}: arm_smmu_handle_ppr()"),
]


def explained(difference, used):
    """What of a difference has no reason, as [(side, line)]; counts the rest in `used`, by reason."""
    left = []
    for side in ("kernel", "bundled"):
        for line in getattr(difference, side):
            reason = next((r for r in REASONS if r.covers(difference.step, side, line)), None)
            if reason:
                used[reason] += 1
            else:
                left.append((side, line))
    return left


def judged(found):
    """Of [(machine, difference)]: the lines without a reason as [(machine, step, side, line)], and how many lines each
    reason covers."""
    used, left = dict.fromkeys(REASONS, 0), []
    for machine, difference in found:
        left += [(machine, difference.step, side, line) for side, line in explained(difference, used)]
    return left, used
