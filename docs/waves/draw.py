#!/usr/bin/env python3
"""Draws the timing diagrams of this folder: each NAME.json becomes NAME.svg.

  docs/waves/draw.py [--check]      --check draws nothing and fails if a drawing differs from its source

The sources use WaveDrom's format, of which this supports: p 0 1 x 2..9 . | in "wave", "data", groups, head and foot.
Columns fit the longest label; a title longer than the drawing is wrapped."""
import html
import json
import pathlib
import sys
import textwrap

ROW, WAVE, SLOPE, LEAST_COLUMN = 30, 20, 5, 40
CHARACTER = 7.2  # average width at 12 px
FILLS = {"2": "#fff", "3": "#ffffb4", "4": "#ffe0b9", "5": "#b9e0ff", "6": "#ccfdfe", "7": "#cdfdc5", "8": "#f0c1fb", "9": "#f5c2c0"}
STYLE = """text{font:12px Helvetica,Arial,sans-serif}.name{fill:#0041c4;text-anchor:end}.mid{text-anchor:middle}
.title{font-size:14px;font-weight:bold}.tick{fill:#888}.w{fill:none;stroke:#000}.g{stroke:#ccc;stroke-dasharray:1 3}.b{fill:none;stroke:#0041c4}"""


def width(text):
    return CHARACTER * len(text)


def rows_of(signals, group=None):
    """Returns (signal, group) for each row."""
    for s in signals:
        if isinstance(s, list):
            yield from rows_of(s[1:], s[0])
        else:
            yield s, group


def segments(signal):
    """Returns the (kind, first column, end column, label) of a wave's segments."""
    found, data = [], list(signal.get("data", []))
    for column, c in enumerate(signal.get("wave", "")):
        if c in ".|":
            found[-1][2] = column + 1
        elif c == "p" and found and found[-1][0] == "p":
            found[-1][2] = column + 1
        else:
            found.append([c, column, column + 1, data.pop(0) if c in FILLS and data else ""])
    return found


def edge(kind, y):
    return {"0": y + WAVE, "1": y}.get(kind, y + WAVE / 2)


def draw_wave(signal, left, y, column):
    out, parts = [], segments(signal)
    middle, bottom = y + WAVE / 2, y + WAVE
    for n, (kind, first, end, label) in enumerate(parts):
        x0, x1 = left + first * column, left + end * column
        before = parts[n - 1][0] if n else kind
        after = parts[n + 1][0] if n + 1 < len(parts) else kind
        if kind == "p":
            points = []
            for c in range(first, end):
                x = left + c * column
                points += [(x, bottom), (x, y), (x + column / 2, y), (x + column / 2, bottom), (x + column, bottom)]
            out.append(polyline(points))
        elif kind in "01":
            level = edge(kind, y)
            start = [(x0, edge(before, y)), (x0 + SLOPE, level)] if before != kind else [(x0, level)]
            stop = [(x1, level)] if after in "01" else [(x1 - SLOPE, level), (x1, middle)]
            # The next level draws the slope from here.
            out.append(polyline(start + stop))
        else:
            fill = "url(#x)" if kind == "x" else FILLS[kind]
            points = [(x0, middle), (x0 + SLOPE, y), (x1 - SLOPE, y), (x1, middle), (x1 - SLOPE, bottom), (x0 + SLOPE, bottom)]
            out.append(f'<polygon class="w" style="fill:{fill}" points="{pairs(points)}"/>')
            if label:
                out.append(text((x0 + x1) / 2, middle + 4, label, "mid"))
    for c, mark in enumerate(signal.get("wave", "")):
        if mark == "|":  # time left out
            x = left + (c + 0.5) * column
            out.append(f'<polygon fill="#fff" points="{pairs([(x - 5, bottom + 3), (x + 1, y - 3), (x + 5, y - 3), (x - 1, bottom + 3)])}"/>')
            out += [polyline([(x - 5, bottom + 3), (x + 1, y - 3)]), polyline([(x - 1, bottom + 3), (x + 5, y - 3)])]
    return out


def pairs(points):
    return " ".join(f"{x:g},{y:g}" for x, y in points)


def polyline(points):
    return f'<polyline class="w" points="{pairs(points)}"/>'


def text(x, y, what, style):
    return f'<text x="{x:g}" y="{y:g}" class="{style}">{html.escape(what)}</text>'


def draw(source):
    rows = list(rows_of(source["signal"]))
    columns = max(len(s.get("wave", "")) for s, _ in rows)
    column = LEAST_COLUMN
    for s, _ in rows:
        for _, first, end, label in segments(s):
            column = max(column, (width(label) + 2 * SLOPE + 6) / (end - first))
    groups = any(g for _, g in rows)
    left = round(max(width(s.get("name", "")) for s, _ in rows) + 14 + (26 if groups else 0))
    right = round(left + columns * column)
    title = textwrap.wrap(source.get("head", {}).get("text", ""), int((right - 20) / (CHARACTER + 1.3)))
    top = 14 + 20 * len(title)
    bottom = top + ROW * len(rows)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{right + 10}" height="{bottom + 22}" viewBox="0 0 {right + 10} {bottom + 22}">',
           f"<style>{STYLE}</style>",
           '<defs><pattern id="x" width="6" height="6" patternUnits="userSpaceOnUse"><path d="M0,6 L6,0" stroke="#999"/></pattern></defs>',
           '<rect width="100%" height="100%" fill="#fff"/>']
    out += [text((right + 10) / 2, 20 + 20 * n, line, "mid title") for n, line in enumerate(title)]
    tick = source.get("foot", {}).get("tick")
    for c in range(columns + 1):
        x = left + c * column
        out.append(f'<line class="g" x1="{x:g}" y1="{top}" x2="{x:g}" y2="{bottom}"/>')
        if tick is not None:
            out.append(text(x, bottom + 14, str(tick + c), "mid tick"))
    for n, (signal, _) in enumerate(rows):
        y = top + ROW * n + (ROW - WAVE) / 2
        out.append(text(left - 8, y + WAVE / 2 + 4, signal.get("name", ""), "name"))
        out += draw_wave(signal, left, y, column)
    for name in dict.fromkeys(g for _, g in rows if g):
        members = [n for n, (_, g) in enumerate(rows) if g == name]
        y0, y1 = top + ROW * members[0] + 4, top + ROW * (members[-1] + 1) - 4
        out.append(f'<polyline class="b" points="{pairs([(28, y0), (24, y0 + 4), (24, y1 - 4), (28, y1)])}"/>')
        out.append(f'<text class="mid" transform="translate(16,{(y0 + y1) / 2:g}) rotate(-90)" fill="#0041c4">{html.escape(name)}</text>')
    return "\n".join(out + ["</svg>", ""])


def main(arguments):
    stale = []
    for source in sorted(pathlib.Path(__file__).parent.glob("*.json")):
        drawing = draw(json.loads(source.read_text()))
        target = source.with_suffix(".svg")
        if arguments == ["--check"]:
            if not target.exists() or target.read_text() != drawing:
                stale.append(target.name)
        else:
            target.write_text(drawing)
    if stale:
        print("not what their sources say, run docs/waves/draw.py:", *stale)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
