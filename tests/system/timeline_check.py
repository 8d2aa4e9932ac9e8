#!/usr/bin/env python3
"""Loads timeline.json as Perfetto's trace processor does and reports what a viewer would lose.

  timeline_check.py OUT [--flow NAME]…

OUT holds timeline.json and events.jsonl of one run. Written from the importer's rules, not from the writer:
  - times are microseconds; multiplied by 1000 and rounded they are nanoseconds;
  - events are taken in order of time, those of one time in order of the file;
  - a slice that begins inside another of its thread and ends after it is not drawn where it belongs; nor is one
    deeper than 512;
  - a flow's event binds to the slice that is on top of its thread's stack when the event comes.
Facts counted in events.jsonl are compared with the slices and counters. Each --flow is a kind that must exist."""
import collections
import json
import math
import re
import sys

MAX_DEPTH = 512
problems = collections.Counter()
examples = {}


def problem(kind, example=""):
    problems[kind] += 1
    examples.setdefault(kind, example)


def nanoseconds(us):
    if us == math.trunc(us):
        return int(us) * 1000
    return math.floor(us * 1000.0 + 0.5)


class Slice:
    def __init__(self, event, ts, dur):
        self.event, self.ts, self.dur, self.end = event, ts, dur, ts + dur
        self.name, self.args = event["name"], event.get("args", {})
        self.track = (event["pid"], event["tid"])


def stack_for(stack, ts, dur):
    """Pops ended slices; returns whether a slice of `dur` may begin here."""
    while stack:
        top = stack[-1]
        if top.end < ts or (top.end == ts and not (top.dur == 0 and dur == 0)):
            stack.pop()
        else:
            break
    return all(not (ts < s.end < ts + dur) for s in stack) and len(stack) < MAX_DEPTH


def load(path):
    with open(path) as f:
        events = json.load(f)["traceEvents"]
    timed = [e for e in events if e["ph"] != "M"]
    timed.sort(key=lambda e: nanoseconds(e["ts"]))  # stable
    return events, timed


def play(timed):
    """The slices drawn, the flows by (name, id) as lists of slices, the counters as lists of (ns, value)."""
    stacks = collections.defaultdict(list)
    slices, flows, counters, ended = [], {}, collections.defaultdict(list), set()
    for e in timed:
        ts, phase = nanoseconds(e["ts"]), e["ph"]
        stack = stacks[(e["pid"], e["tid"])]
        if phase in "Xi":
            dur = nanoseconds(e["dur"]) if phase == "X" else 0
            if phase == "X" and dur == 0:
                problem("slice of no length, which is not an instant", e)
            if not stack_for(stack, ts, dur):
                problem("slice dropped", e)
                continue
            stack.append(Slice(e, ts, dur))
            slices.append(stack[-1])
        elif phase in "stf":
            key = (e.get("cat"), e["name"], e["id"])
            if not stack or not (stack[-1].ts <= ts < max(stack[-1].end, stack[-1].ts + 1)):
                problem("flow event outside any slice", e)
                continue
            if (phase == "s") != (key not in flows):
                problem("flow step without start, or started twice", e)
                continue
            if key in ended:
                problem("flow continues after its end", e)
            if phase == "f":
                ended.add(key)
                if e.get("bp") != "e":
                    problem("flow end bound to the next slice", e)
            flows.setdefault(key, []).append(stack[-1])
        elif phase == "C":
            for series, value in e["args"].items():
                counters[(e["pid"], e["name"], series)].append((ts, value))
        else:
            problem("unknown phase", e)
    for key in flows.keys() - ended:
        problem("flow without end", key)
    return slices, flows, counters


def highest(changes):
    """The largest number open at once, from (time, +1 or -1) in order."""
    now = most = 0
    for _, step in changes:
        now += step
        most = max(most, now)
    return most


def drawn(counters, name):
    return {(name_, series): values for (_, name_, series), values in counters.items() if name_.startswith(name)}


def check_counters(facts, counters):
    """No counter is below zero, and each reaches the maximum from the facts; within a nanosecond the last value counts."""
    for key, values in counters.items():
        if min(v for _, v in values) < 0:
            problem("counter below zero", key)
    expected, accesses = collections.defaultdict(list), collections.defaultdict(list)
    for f in facts:
        t = f["t_ps"] // 1000
        if f["ev"] == "smmu.walk_begin":
            expected["walks in progress"].append((t, 1))
        elif f["ev"] == "smmu.walk_end":
            expected["walks in progress"].append((t, -1))
        elif f["ev"] == "dev.access":
            name = "outstanding DMA of %s" % f["sid"]
            begin = (f["t_ps"] - f["latency_ps"]) // 1000
            if begin < t:
                accesses[name] += [(begin, 1), (t, -1)]
        elif f["ev"] == "smmu.atc_inv":
            expected["ATC invalidations in flight to %s" % f["sid"]].append((t, 1))
        elif f["ev"] == "smmu.atc_inv_done":
            expected["ATC invalidations in flight to %s" % f["sid"]].append((t, -1))
    # Facts are in time order, but an access is announced when it ends.
    expected.update({name: sorted(changes) for name, changes in accesses.items()})
    for name, changes in expected.items():
        shown = drawn(counters, name)
        if not shown:
            problem("no counter", name)
            continue
        most = max(v for values in shown.values() for _, v in values)
        if most != highest(changes):
            problem("counter with another maximum than the facts", (name, most, highest(changes)))
    fill = {"CMDQ": "command queue", "EVENTQ": "event queue", "PRIQ": "page request queue"}
    for queue in {f["queue"] for f in facts if f["ev"] == "smmu.queue"}:
        if not drawn(counters, fill[queue] + " fill"):
            problem("no counter", fill[queue])


def check_names(events, slices):
    threads = {(e["pid"], e["tid"]) for e in events if e["ph"] == "M" and e["name"] == "thread_name"}
    processes = {e["pid"] for e in events if e["ph"] == "M" and e["name"] == "process_name"}
    ordered = [e["pid"] for e in events if e["ph"] == "M" and e["name"] == "process_sort_index"]
    if set(ordered) != processes or len(set(ordered)) != len(ordered):
        problem("process without an order of its own", ordered)
    for s in slices:
        if s.track not in threads or s.track[0] not in processes:
            problem("slice on a track without a name", s.event)
        if re.search(r"0x[0-9a-f]{4,}|\b[0-9a-f]{8,}\b", s.name):
            problem("address in a name", s.name)
        if {"w0", "w1", "w2", "w3"} & s.args.keys():
            problem("raw words in args", s.event)


def names_of(events, kind):
    return {(e["pid"], e["tid"]): e["args"]["name"] for e in events if e["ph"] == "M" and e["name"] == kind}


def check_flows(facts, events, flows, wanted):
    """Each kind exists; each fault that the driver handled has a flow that ends in its access, or a reason why not;
    each unmap that sent invalidations has a flow that ends in its last completion."""
    track = {k: re.sub(r" \+\d+$", "", v) for k, v in names_of(events, "thread_name").items()}
    kinds = collections.Counter(name for _, name, _ in flows)
    for name in wanted:
        if not kinds[name]:
            problem("no flow", name)
    ends = collections.Counter()
    for (_, name, _), way in flows.items():
        if len(way) < 2:
            problem("flow of one slice", name)
        tracks = [track[s.track] for s in way]
        ends[(name, way[-1].name)] += 1
        if name == "stalled access" and "fault handling" in tracks:
            if not {"event queue", "command queue"} <= set(tracks) or not any(t.startswith("iopf/") for t in tracks):
                problem("stall without queue, handler or response", tracks)
        if name == "page request" and "fault handling" in tracks:
            if not {"page request queue", "command queue"} <= set(tracks) or not any(t.startswith("iopf/") for t in tracks):
                problem("page request without queue, handler or response", tracks)
        if name == "unmap" and any("ATC invalidations" in t for t in tracks) and way[-1].name != "Invalidate Completion":
            problem("unmap that does not end in the Invalidate Completion", [s.name for s in way])
    # From the facts.
    served = sum(f["ev"] == "iopf.end" for f in facts)
    handled = sum("fault handling" in [track[s.track] for s in way] for way in flows.values())
    if served > handled:
        problem("served fault that no flow leads through", (served, handled))
    retried = sum(f["ev"] == "smmu.end" and f["result"] == "retried" for f in facts)
    again = sum(n for (name, end), n in ends.items() if name == "stalled access" and end == "untranslated")
    if retried != again:
        problem("retried stall without a flow to the retried access", (retried, again))
    return kinds


def main(arguments):
    out, wanted = arguments[0], [a for i, a in enumerate(arguments) if i and arguments[i - 1] == "--flow"]
    events, timed = load(out + "/timeline.json")
    with open(out + "/events.jsonl") as f:
        facts = [json.loads(line) for line in f]
    slices, flows, counters = play(timed)
    check_names(events, slices)
    check_counters(facts, counters)
    kinds = check_flows(facts, events, flows, wanted)
    print(f"{len(slices)} slices drawn, {problems['slice dropped']} dropped; flows {dict(kinds)}; "
          f"{sum(map(len, counters.values()))} changes of {len(counters)} counters")
    for kind, count in problems.items():
        print(f"{count} x {kind}: {examples[kind]}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
