#!/usr/bin/env python3
"""Compares the answers to ATS Translation Requests with stream.py: rights, address, size, flags in descriptors.

    python3 ats.py --seed 7 --seconds 60 smmu.features.oas_bits=52
"""
import runner
from case import events_text
from stream import Memory, Request, Unknown
from vmsa import CLASS_IN, Fault

REQUESTS = 10
PASID = 1
SUCCESS, COMPLETER_ABORT = 0, 3  # a DMA's status
STU = 12  # log2 of the smallest translation unit


def request(case, va, asked, pasid):
    """One Translation Request. False if its outcome does not depend on translation."""
    stream, memory = case.stream, Memory(case.machine)
    case.what = f"Translation Request for 0x{va:x}, PASID {pasid}, {asked}"
    case.trace = memory.trace
    cached = stream.cd_is_cached
    try:
        wanted = stream.complete(memory, va, asked)
    except Unknown:
        stream.cd_is_cached = cached
        return False
    unasked = unasked_descriptor(case, wanted, memory)
    how = dict(pasid=pasid, privileged=asked.privileged, execute=asked.execute)
    result, events = case.machine.request(va, asked.no_write, **how)
    case.expect("no event", not events, events_text(events))
    status = COMPLETER_ABORT if wanted.aborted else SUCCESS
    case.expect(f"status {status}", result.status == status, result.status)
    if not wanted.aborted:
        compare_completion(case, va, asked, wanted, result, memory)
    if unasked:
        pa, word = unasked
        found = case.machine.load(pa)
        case.expect(f"descriptor 0x{pa:x} still 0x{word:016x}", found == word, f"0x{found:016x}")
    return True


def unasked_descriptor(case, wanted, memory):
    """Stage 2's descriptor of an IPA that must not be translated, unless stage 1's walk used it: (PA, word)."""
    stage2 = case.stream.stage2
    if wanted.unasked is None or not stage2:
        return None
    try:
        leaf = stage2.leaf(Memory(case.machine), wanted.unasked, stage2.fault(wanted.unasked, CLASS_IN))
    except (Fault, Unknown):
        return None
    return None if leaf.pa in memory.updates else (leaf.pa, leaf.descriptor)


def compare_completion(case, va, asked, wanted, result, memory):
    found = bool(result.r), bool(result.w), bool(result.exe), bool(result.priv)
    rights = wanted.read, wanted.write, wanted.execute, asked.privileged  # Priv is returned as requested (13.7.1)
    case.expect("(R, W, Exe, Priv) " + str(rights), found == rights, found)
    size, address = result.translated_size, result.translated_address
    if not (wanted.read or wanted.write):  # 3.9.1.2; whether AF was set is UNKNOWN (3.13.2)
        case.expect("a size of STU", size == 1 << STU, f"0x{size:x}")
        return
    translated = address + (va & (size - 1))
    case.expect(f"address 0x{wanted.address:x}", translated == wanted.address, f"0x{address:x} of 0x{size:x} bytes")
    case.expect(f"at most 2**{wanted.span} bytes", 1 << STU <= size <= 1 << max(wanted.span, STU), f"0x{size:x}")
    case.compare_updates(memory)


def play(case):
    rnd = case.rnd
    for _ in range(REQUESTS):
        va = case.near()
        pasid = PASID if case.substreams and rnd.random() < .7 else None
        privileged, execute = pasid is not None and rnd.random() < .5, pasid is not None and rnd.random() < .4  # 13.7
        if rnd.random() < .4:  # so that the request may find a TLB entry
            case.access(va, False, privileged, execute, pasid)
        asked = Request(rnd.random() < .45, privileged, execute)
        if request(case, va, asked, pasid):
            yield


if __name__ == "__main__":
    runner.run(__doc__, play, ats=True)
