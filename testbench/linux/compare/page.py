"""The table of docs/fidelity.md: every reason, and how many lines of the records it covers."""

BEGIN, END = "<!-- made by ./vp linux --compare --keep -->", "<!-- end -->"
_SIDES = {"kernel": "kernel", "bundled": "bundled driver"}


def table(used):
    rows = ["| what differs | only in | lines | why | source |", "|---|---|---|---|---|"]
    rows += [f"| {r.what} | {_SIDES[r.side]} | {count} | {r.why} | {r.source} |" for r, count in used.items()]
    return "\n".join(rows)


def update(path, used):
    head, rest = path.read_text().split(BEGIN, 1)
    path.write_text(f"{head}{BEGIN}\n{table(used)}\n{END}{rest.split(END, 1)[1]}")
