#!/usr/bin/env python3
"""Compares a run's waves and GTKWave layout with its events.jsonl.

  waves_check.py OUT [--violation] [--until PS]

OUT holds waves.vcd, waves.gtkw and events.jsonl of one run. Commands are decoded here by the bit numbers of the
manual's chapter 4. --violation: a monitor must have found one. --until: the configured end of the waves."""
import json
import re
import sys

problems = []


def read_vcd(path):
    """Signals by full name: [(time, value)…]."""
    scope, names, waves, now, defined = [], {}, {}, 0, False
    with open(path) as f:
        for line in f:
            word = line.split()
            if not word:
                continue
            if word[0] == "$scope":
                scope.append(word[2])
            elif word[0] == "$upscope":
                scope.pop()
            elif word[0] == "$var":
                name = ".".join(scope + [word[4]])
                names.setdefault(word[3], []).append(name)
                waves[name] = []
            elif word[0] == "$enddefinitions":
                defined = True
            elif not defined:
                continue
            elif word[0].startswith("#"):
                now = int(word[0][1:])
            elif word[0][0] == "b":
                for name in names[word[1]]:
                    waves[name].append((now, int(word[0][1:], 2) if set(word[0][1:]) <= {"0", "1"} else None))
            elif word[0][0] in "01":
                for name in names[word[0][1:]]:
                    waves[name].append((now, int(word[0][0])))
    return waves


def value_at(wave, t):
    value = 0
    for when, v in wave:
        if when > t:
            break
        value = v
    return value


def check_commands(facts, waves, until):
    commands = [f for f in facts if f["ev"] == "smmu.command" and f["t_ps"] <= until]
    for n, c in enumerate(commands):
        if n + 1 < len(commands) and commands[n + 1]["t_ps"] == c["t_ps"]:
            continue  # several at once show the last
        w0, w1 = int(c["w0"], 16), int(c["w1"], 16)
        opcode = w0 & 0xFF
        expected = {"command": opcode}
        if opcode in (0x11, 0x12, 0x21, 0x22):  # CMD_TLBI_*_ASID, *_VA
            expected["asid"] = w0 >> 48
        if opcode in (0x12, 0x13, 0x22, 0x23, 0x40):  # … and CMD_ATC_INV
            expected["va"] = w1 & ~0xFFF
        if opcode in (0x03, 0x05, 0x40, 0x41, 0x44):
            expected["stream_id"] = w0 >> 32
        if opcode in (0x05, 0x40, 0x41):
            expected["pasid"] = w0 >> 12 & 0xFFFFF
        if opcode == 0x46:
            expected.update(asid=0, va=0, stream_id=0, pasid=0)
        for name, value in expected.items():
            shown = value_at(waves["tlm.smmu.cmdq." + name], c["t_ps"])
            if shown != value:
                problems.append(f"{c['name']} at {c['t_ps']} ps: {name} shows {shown:#x}, not {value:#x}")
    return len(commands)


def check_flag(facts, waves, fact, flag, count):
    times = [f["t_ps"] for f in facts if f["ev"] == fact]
    rises = [t for t, v in waves["tlm.judgement." + flag] if v == 1]
    if rises[:1] != times[:1]:
        problems.append(f"{flag} rises at {rises[:1]}, the first {fact} is at {times[:1]}")
    if value_at(waves["tlm.judgement." + count], 1 << 63) != len(times) & 0xFFFF:
        problems.append(f"{count} does not count {len(times)}")
    return times


def check_layout(path, facts, waves):
    with open(path) as f:
        lines = f.read().splitlines()
    shown = [re.sub(r"^\+\{[^}]*\} ", "", line) for line in lines if re.match(r"^(\+\{|[a-z])", line)]
    for name in shown:
        if re.sub(r"\[\d+:\d+\]$", "", name) not in waves:
            problems.append(f"the layout shows {name}, which the waves lack")
    markers = next(line for line in lines if line.startswith("*-")).split()[2:]
    names = {line[13]: line[14:] for line in lines if line.startswith("[markername] ")}
    placed = {names[chr(ord("A") + i)]: int(t) for i, t in enumerate(markers) if t != "-1"}
    live, expected = set(), {}
    for f in facts:
        if f["ev"] == "sva.phase":
            (live.add if f["phase"] == 1 else live.discard if f["phase"] == 3 else id)(f["mm"])
            what = {2: "quiesced", 3: "unbound"}.get(f["phase"])
        else:
            what = {"monitor.violation": "violation", "cache.mismatch": "mismatch"}.get(f["ev"])
            if f["ev"] == "mm.release_begin" and f["mm"] in live:
                what = "killed"
        if what:
            expected.setdefault(what, f["t_ps"])
    if placed != expected:
        problems.append(f"markers {placed}, expected {expected}")
    return placed


def main(arguments):
    out = arguments[0]
    with open(out + "/events.jsonl") as f:
        facts = [json.loads(line) for line in f]
    waves = {re.sub(r"^TOP\.", "", k): v for k, v in read_vcd(out + "/waves.vcd").items()}
    until = int(arguments[arguments.index("--until") + 1]) if "--until" in arguments else 1 << 63
    commands = check_commands(facts, waves, until)
    violations = check_flag(facts, waves, "monitor.violation", "violation", "violations")
    check_flag(facts, waves, "cache.mismatch", "cache_mismatch", "cache_mismatches")
    if bool(violations) != ("--violation" in arguments):
        problems.append(f"{len(violations)} violations")
    markers = check_layout(out + "/waves.gtkw", facts, waves)
    print(f"{len(waves)} signals, {commands} commands, markers {markers}")
    print(*problems[:20], sep="\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
