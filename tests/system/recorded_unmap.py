"""A program's unmaps invalidate while the device works for it: replays a workload written from docs/workloads.md and
checks the facts.   recorded_unmap.py PROGRAM FOLDER PAGE_SIZE"""
import json, os, struct, subprocess, sys, zlib

PAGE, ROUNDS = 4096, 12
KEPT, GIVEN = 0x1000_0000, 0x3000_0000  # areas: one stays, one, which no other process has, is mapped and unmapped
KEPT_PAGES, GIVEN_PAGES = 16, 16        # a multiple of 64 KB each


def varint(n):
    out = b""
    while n >= 0x80:
        out += bytes([n & 0x7F | 0x80])
        n >>= 7
    return out + bytes([n])


def section(tag, payload):
    head = tag + struct.pack("<I", len(payload))
    return head + struct.pack("<I", zlib.crc32(head + payload)) + payload


def accesses(area, start, pages, store):
    """One 8-byte access on each page of the given area; each encodes its area and distance."""
    out = varint(pages)
    for page in range(pages):
        out += bytes([store | 3 << 1 | 15 << 4]) + varint(area) + varint(2 * (PAGE if page else 0))
    return section(b"ACCS", out)


def workload():
    loads = stores = events = 0
    body = b""
    for _ in range(ROUNDS):
        body += section(b"EVTS", b"\x01\x01" + varint(GIVEN // PAGE) + varint(GIVEN_PAGES) + b"\x03\x00")
        body += accesses(1, GIVEN, GIVEN_PAGES, 1) + accesses(1, GIVEN, GIVEN_PAGES, 0)
        body += section(b"EVTS", b"\x01\x02" + varint(GIVEN // PAGE) + varint(GIVEN_PAGES))
        body += accesses(0, KEPT, KEPT_PAGES, 1) + accesses(0, KEPT, KEPT_PAGES, 0)
        loads, stores, events = loads + 32, stores + 32, events + 2
    vmas = varint(1) + varint(KEPT // PAGE) + varint(KEPT_PAGES) + b"\x03\x00"
    return (b"SMMUVPWL" + struct.pack("<I", 2)
            + section(b"INFO", b"\x04hand" + varint(loads + stores) * 2) + section(b"VMAS", vmas) + body
            + section(b"END ", varint(loads) + varint(stores) + varint(events)))


def main(program, folder, page_size):
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "hand.workload")
    with open(path, "wb") as file:
        file.write(workload())
    run = subprocess.run([program, "run", "sva_lifecycle", "--waves", "off", "--out", folder,
                          "--set", "scenario.neighbour=" + path, "--set", "driver.page_size=" + page_size],
                         capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    account = " ".join(run.stdout.split())
    said = f"neighbour: {ROUNDS * 64} of {ROUNDS * 64} accesses and {ROUNDS * 2} changes of the memory map replayed"
    assert said in account, account

    number = lambda text: int(text, 0)
    pasid_of, begun, unmaps, busy = {}, None, 0, 0
    for line in open(os.path.join(folder, "events.jsonl")):
        fact = json.loads(line)
        kind = fact["ev"]
        if kind == "sva.phase" and fact["phase"] == 1:
            pasid_of[fact["mm"]] = fact["pasid"]
        elif kind == "mm.invalidate_begin" and number(fact["start"]) == GIVEN \
                and number(fact["end"]) == GIVEN + GIVEN_PAGES * PAGE:
            begun = {"mm": fact["mm"], "tlbi": 0, "atc": 0, "dma": 0}
        elif begun is None:
            continue
        elif kind == "smmu.tlbi" and fact["by_va"] and number(fact["first"]) <= GIVEN:
            begun["tlbi"] += 1
        elif kind == "smmu.atc_inv" and fact["ssid"] == pasid_of[begun["mm"]] and number(fact["address"]) <= GIVEN \
                and number(fact["address"]) + (1 << fact["log2_size"]) >= GIVEN + GIVEN_PAGES * PAGE:
            assert begun["tlbi"], "the TLBs are invalidated before the ATC"
            begun["atc"] += 1
        elif kind == "dev.access" and fact["ssid"] == pasid_of[begun["mm"]] \
                and KEPT <= number(fact["va"]) < KEPT + KEPT_PAGES * PAGE:
            begun["dma"] += 1
        elif kind == "mm.invalidate_end" and fact["mm"] == begun["mm"] and number(fact["start"]) == GIVEN:
            assert begun["tlbi"] and begun["atc"], begun
            busy += 1 if begun["dma"] else 0
            unmaps += 1
            begun = None
    assert unmaps == ROUNDS, f"{unmaps} invalidations of what the program unmapped, {ROUNDS} unmaps"
    assert busy > ROUNDS // 2, f"the device was working for the process in {busy} of {ROUNDS}"


main(*sys.argv[1:])
