"""Where two records of the same steps differ."""
import dataclasses
import difflib


@dataclasses.dataclass(frozen=True)
class Difference:
    step: object
    kernel: tuple   # lines that only the kernel's record has at this place
    bundled: tuple  # and only the bundled driver's


def between(kernel, bundled):
    """Steps must be the same in both: it is an error of the comparison if they are not."""
    names = [[step.name for step in record] for record in (kernel, bundled)]
    if names[0] != names[1]:
        odd = next(a or b for a, b in zip(names[0] + [None], names[1] + [None]) if a != b)
        raise ValueError(f"the records have different steps, from {odd!r} on")
    found = []
    for ours, theirs in zip(kernel, bundled):
        matcher = difflib.SequenceMatcher(None, ours.lines, theirs.lines, autojunk=False)
        found += [Difference(ours, tuple(ours.lines[a:b]), tuple(theirs.lines[c:d]))
                  for tag, a, b, c, d in matcher.get_opcodes() if tag != "equal"]
    return found
