"""What boot firmware does to the machine before it starts a kernel."""

_FUNCTION_BYTES, _BUS_BYTES = 0x1000, 0x100000
_FIRST_EXTENDED_CAPABILITY = 0x100
_ACS = 0x000d  # PCI Express Base Specification, 7.7.8
# Source Validation, P2P Request Redirect, P2P Completion Redirect, Upstream Forwarding
_REDIRECT_UPSTREAM = 1 << 0 | 1 << 2 | 1 << 3 | 1 << 4


def start(platform):
    """Has every function of bus 0 send requests to the SMMU instead of to its peers, and check their source: without
    both, endpoints share an IOMMU group with their root port. A kernel that boots by device tree relies on it: it asks for
    Access Control Services when it has already enumerated the root ports."""
    for function in range(platform.info.ecam_base, platform.info.ecam_base + _BUS_BYTES, _FUNCTION_BYTES):
        acs = _extended_capability(platform, function, _ACS)
        if acs:
            possible = platform.mmio_read(acs + 4, 2)
            platform.mmio_write(acs + 6, 2, possible & _REDIRECT_UPSTREAM)


def _extended_capability(platform, function, wanted):
    """Address of a function's extended capability; None if there is none."""
    if platform.mmio_read(function, 2) == 0xffff:
        return None
    at = _FIRST_EXTENDED_CAPABILITY
    while at:
        header = platform.mmio_read(function + at, 4)
        if header & 0xffff == wanted:
            return function + at
        at = header >> 20
    return None
