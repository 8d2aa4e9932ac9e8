#!/usr/bin/env python3
"""Draws a part of a run's timeline.json as SVG for the README, similar to Perfetto's view.

  docs/pictures/timeline.py OUT SVG [FROM_US TO_US]

Without times it draws the first unmap whose arrows end in an Invalidate Completion, with a margin."""
import collections
import html
import json
import sys
import zlib

LEFT, WIDTH, ROW, BAR, COUNTER = 250, 1010, 19, 15, 30
COLOURS = ["#a3c9f1", "#b7e1b0", "#f6d186", "#f2b5a7", "#d3c0ee", "#aee3df", "#e6d2b5", "#f0bfdc"]
STYLE = "text{font:11px Helvetica,Arial,sans-serif}.group{font-weight:bold}.name{text-anchor:end}.tick{fill:#666;text-anchor:middle}"
CHARACTER = 6.2


def load(path):
    with open(path) as f:
        events = json.load(f)["traceEvents"]
    names = collections.defaultdict(dict)
    for e in events:
        if e["ph"] == "M":
            key = e["pid"] if e["name"].startswith("process") else (e["pid"], e["tid"])
            names[e["name"]][key] = next(iter(e["args"].values()))
    return events, names


def default_window(events):
    flows = collections.defaultdict(list)
    for e in events:
        if e["ph"] in "stf" and e["name"] == "unmap":
            flows[e["id"]].append(e)
    completions = {(e["pid"], e["tid"], e["ts"]) for e in events if e["name"] == "Invalidate Completion" and e["ph"] == "X"}
    for way in flows.values():
        last = way[-1]
        if (last["pid"], last["tid"], last["ts"]) in completions:
            span = last["ts"] - way[0]["ts"]
            return way[0]["ts"] - 4 * span, last["ts"] + 1.6 * span
    sys.exit("no unmap ends in an Invalidate Completion; give FROM_US and TO_US")


class Drawing:
    def __init__(self, begin, end):
        self.begin, self.end, self.y, self.out, self.place = begin, end, 26, [], {}

    def x(self, ts):
        return LEFT + (min(max(ts, self.begin), self.end) - self.begin) / (self.end - self.begin) * WIDTH

    def text(self, x, y, what, style=""):
        self.out.append(f'<text x="{x:.1f}" y="{y:.1f}" class="{style}">{html.escape(what)}</text>')

    def group(self, name):
        self.out.append(f'<rect x="0" y="{self.y}" width="{LEFT + WIDTH + 10}" height="{ROW - 2}" fill="#e8eaed"/>')
        self.text(6, self.y + 12, name, "group")
        self.y += ROW

    def track(self, key, name, slices):
        self.text(LEFT - 6, self.y + 12, name, "name")
        self.place[key] = self.y
        top, deepest, ends = self.y, 0, []
        for e in slices:
            while ends and ends[-1] < e["ts"] + 0.0005:  # half a nanosecond
                ends.pop()
            self.y = top + len(ends) * ROW
            deepest = max(deepest, len(ends))
            ends.append(e["ts"] + e.get("dur", 0))
            x0, x1 = self.x(e["ts"]), self.x(e["ts"] + e.get("dur", 0))
            colour = COLOURS[zlib.crc32(e["name"].encode()) % len(COLOURS)]
            if e["ph"] == "i":
                self.out.append(f'<path d="M{x0:.1f},{self.y + 2} l4,{BAR - 2} h-8 z" fill="#555"/>')
                continue
            self.out.append(f'<rect x="{x0:.1f}" y="{self.y + 1}" width="{max(x1 - x0, 1):.1f}" height="{BAR}" fill="{colour}" stroke="#fff" stroke-width="0.5"/>')
            if CHARACTER * len(e["name"]) < x1 - x0:
                self.text(x0 + 3, self.y + 12, e["name"])
        self.y = top + (deepest + 1) * ROW

    def counter(self, name, values):
        before = [v for t, v in values if t <= self.begin]
        points, now = [], before[-1] if before else 0
        most = max([now] + [v for t, v in values if self.begin < t < self.end])
        base = self.y + COUNTER - 6
        level = lambda v: base - (v / most if most else 0) * (COUNTER - 8)
        points = [(LEFT, base), (LEFT, level(now))]
        for t, v in values:
            if self.begin < t < self.end:
                points += [(self.x(t), level(now)), (self.x(t), level(v))]
                now = v
        points += [(LEFT + WIDTH, level(now)), (LEFT + WIDTH, base)]
        self.out.append(f'<polygon points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}" fill="#b9d3f3" stroke="#4a7ebb"/>')
        self.text(LEFT - 6, self.y + 16, f"{name} (up to {most})", "name")
        self.y += COUNTER

    def arrow(self, a, b):
        if (a["pid"], a["tid"]) not in self.place or (b["pid"], b["tid"]) not in self.place:
            return
        xa, ya = self.x(a["ts"]), self.place[(a["pid"], a["tid"])] + BAR / 2
        xb, yb = self.x(b["ts"]), self.place[(b["pid"], b["tid"])] + BAR / 2
        bend = max(14, abs(xb - xa) / 2)
        self.out.append(f'<path d="M{xa:.1f},{ya} C{xa + bend:.1f},{ya} {xb - bend:.1f},{yb} {xb:.1f},{yb}" fill="none" stroke="#c0392b" stroke-width="1.3" marker-end="url(#tip)"/>')

    def svg(self):
        height = self.y + 8
        axis = []
        step = 10 ** len(str(int((self.end - self.begin) / 10))) / 10 or 1
        while (self.end - self.begin) / step > 14:
            step *= 2
        tick = (int(self.begin / step) + 1) * step
        while tick < self.end:
            axis.append(f'<line x1="{self.x(tick):.1f}" y1="20" x2="{self.x(tick):.1f}" y2="{height}" stroke="#ddd"/>')
            axis.append(f'<text x="{self.x(tick):.1f}" y="14" class="tick">{tick:g} us</text>')
            tick += step
        head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 10}" height="{height}" viewBox="0 0 {LEFT + WIDTH + 10} {height}">'
        tip = '<defs><marker id="tip" markerWidth="7" markerHeight="6" refX="6" refY="3" orient="auto"><path d="M0,0 L7,3 L0,6 z" fill="#c0392b"/></marker></defs>'
        return "\n".join([head, f"<style>{STYLE}</style>", tip, '<rect width="100%" height="100%" fill="#fff"/>'] + axis + self.out + ["</svg>", ""])


def main(arguments):
    out, target = arguments[:2]
    events, names = load(out + "/timeline.json")
    begin, end = map(float, arguments[2:4]) if len(arguments) > 2 else default_window(events)
    tracks, counters, flows = collections.defaultdict(list), collections.defaultdict(list), collections.defaultdict(list)
    for e in events:
        if e["ph"] in "Xi" and e["ts"] < end and e["ts"] + e.get("dur", 0) > begin:
            tracks[(e["pid"], e["tid"])].append(e)
        elif e["ph"] == "C":
            counters[(e["pid"], e["name"])].append((e["ts"], *e["args"].values()))
        elif e["ph"] in "stf":
            flows[e["id"]].append(e)
    drawing = Drawing(begin, end)
    for pid in sorted(names["process_name"], key=names["process_sort_index"].get):
        here = sorted((k for k in tracks if k[0] == pid), key=lambda k: names["thread_sort_index"][k])
        shown = sorted((k for k in counters if k[0] == pid), key=lambda k: k[1])
        shown = [k for k in shown if any(v for t, v in counters[k] if begin < t < end)]
        if here or shown:
            drawing.group(names["process_name"][pid])
        for key in shown:
            drawing.counter(key[1], sorted(counters[key]))
        for key in here:
            # Draw an outer slice before the slices in it.
            drawing.track(key, names["thread_name"][key], sorted(tracks[key], key=lambda e: (e["ts"], -e.get("dur", 0))))
    for way in flows.values():
        if begin <= way[0]["ts"] and way[-1]["ts"] <= end:
            for a, b in zip(way, way[1:]):
                drawing.arrow(a, b)
    with open(target, "w") as f:
        f.write(drawing.svg())


if __name__ == "__main__":
    main(sys.argv[1:])
