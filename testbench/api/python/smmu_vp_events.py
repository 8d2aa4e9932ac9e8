"""Reads the events of a run: events.jsonl, or events.jsonl.zst without expanding it on disk.

    from smmu_vp_events import events
    for event in events("out/sva_lifecycle/events.jsonl.zst", kinds=["smmu.command", "pcie.*"], pasids=[1]):
        print(event["t_ps"], event["ev"])
"""
import ctypes
import json

ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"  # RFC 8878, 3.1.1
PIECE = 1 << 16


class _Buffer(ctypes.Structure):
    """ZSTD_inBuffer and ZSTD_outBuffer."""
    _fields_ = [("data", ctypes.c_void_p), ("size", ctypes.c_size_t), ("position", ctypes.c_size_t)]


def _expanded(file):
    """The pieces that a compressed file expands to. Raises ValueError if it is damaged or not complete."""
    zstd = ctypes.CDLL("libzstd.so.1")
    zstd.ZSTD_createDCtx.restype = ctypes.c_void_p
    zstd.ZSTD_decompressStream.restype = ctypes.c_size_t
    zstd.ZSTD_decompressStream.argtypes = [ctypes.c_void_p, ctypes.POINTER(_Buffer), ctypes.POINTER(_Buffer)]
    zstd.ZSTD_isError.argtypes = [ctypes.c_size_t]
    zstd.ZSTD_freeDCtx.argtypes = [ctypes.c_void_p]
    context = zstd.ZSTD_createDCtx()
    room = ctypes.create_string_buffer(2 * PIECE)
    left = 0  # of the frame, 0 at its end
    try:
        while piece := file.read(PIECE):
            source = _Buffer(ctypes.cast(piece, ctypes.c_void_p), len(piece), 0)
            full = False
            while source.position < source.size or full:
                out = _Buffer(ctypes.cast(room, ctypes.c_void_p), len(room), 0)
                left = zstd.ZSTD_decompressStream(context, out, source)
                if zstd.ZSTD_isError(left):
                    raise ValueError(f"{file.name}: damaged")
                full = out.position == out.size and left != 0
                yield room.raw[:out.position]
        if left:
            raise ValueError(f"{file.name}: the file ends within its contents")
    finally:
        zstd.ZSTD_freeDCtx(context)


def _lines(file):
    magic = file.read(len(ZSTD_MAGIC))
    file.seek(0)
    if magic != ZSTD_MAGIC:
        yield from file
        return
    rest = b""
    for piece in _expanded(file):
        *whole, rest = (rest + piece).split(b"\n")
        yield from whole
    if rest:
        yield rest


def _taken(kind, patterns):
    return any(kind.startswith(p[:-1]) if p.endswith("*") else kind == p for p in patterns)


def _pasid(event):
    """The PASID that an event names, or None. In pcie.controls `pasid` is a flag."""
    named = event.get("ssid", event.get("pasid")) if event.get("ssv", True) else None
    return None if isinstance(named, bool) else named


def events(path, kinds=None, pasids=None, start_ps=0, end_ps=None):
    """Yields each event as a dict, in the order of simulated time; only those that the arguments let through.

    kinds: names as in `smmu-vp list facts`, or beginnings such as "smmu.*". pasids: events that name one of them. The
    period includes both of its ends. Raises OSError, or ValueError if the file is damaged.
    """
    with open(path, "rb") as file:
        for line in _lines(file):
            event = json.loads(line)
            if event["t_ps"] < start_ps or (end_ps is not None and event["t_ps"] > end_ps):
                continue
            if kinds is not None and not _taken(event["ev"], kinds):
                continue
            if pasids is not None and _pasid(event) not in pasids:
                continue
            yield event
