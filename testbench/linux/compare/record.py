"""What a driver wrote to the SMMU, step by step: made from the events of a run, and kept as text. A line is a register
write, or the commands that one write of CMDQ_PROD published."""
import dataclasses
import json
import re

from .decode import Decoder

_BEGIN = re.compile(r"step (\w+) (\w) (\w+) (\d+) (\d+)$")
_END = re.compile(r"step ends$")


@dataclasses.dataclass
class Step:
    kind: str     # of device
    process: str  # its letter
    action: str
    first: int    # page
    pages: int
    lines: list = dataclasses.field(default_factory=list)

    @property
    def name(self):
        return f"{self.kind} {self.process} {self.action} {self.first} {self.pages}"

    @staticmethod
    def named(name):
        kind, process, action, first, pages = name.split()
        return Step(kind, process, action, int(first), int(pages))


_INDEX = {"CMDQ": "PROD", "EVENTQ": "CONS", "PRIQ": "CONS"}  # what software writes of each queue


class _Index:
    """A queue's index that software moves on."""

    def __init__(self):
        self.value, self.entries = 0, 1

    def moved_by(self, value):
        value &= 2 * self.entries - 1  # the wrap bit counts, the overflow bit does not
        moved = (value - self.value) % (2 * self.entries)
        self.value = value
        return moved


class _Commands:
    """Commands in the order in which they were published. Those published together make one line of a step."""

    def __init__(self):
        self._groups = []  # [lines of the step, place in them, how many commands, those that were consumed]

    def published(self, count, lines):
        lines.append("published but never consumed")
        self._groups.append([lines, len(lines) - 1, count, []])

    def consumed(self, command):
        lines, place, count, commands = self._groups[0]
        commands.append(command)
        if len(commands) == count:
            lines[place] = "; ".join(_folded(commands))
            self._groups.pop(0)


def _folded(commands):
    """Commands that differ only in evenly spaced addresses are written once."""
    texts, at = [], 0
    while at < len(commands):
        text, address = commands[at]
        count, stride = 1, None
        while at + count < len(commands) and address is not None and commands[at + count][0] == text:
            gap = commands[at + count][1] - commands[at + count - 1][1]
            if stride not in (None, gap):
                break
            stride, count = gap, count + 1
        if address is not None:
            text += f" Address={address:#x}"
        texts.append(f"{count} x {text} step {stride:#x}" if count > 1 else text)
        at += count
    return texts


class _Recorder:
    """Takes events in order. What comes before the first step is `probe`, what comes after the last one `shutdown`."""

    def __init__(self, program):
        self._decoder, self._commands = Decoder(program), _Commands()
        self._queues = {name: _Index() for name in _INDEX}
        self.steps = [Step("boot", "-", "probe", 0, 0)]
        self._lines = self.steps[0].lines

    def take(self, event):
        kind = event["ev"]
        if kind in ("os.printk", "scenario.note"):
            self._said(event["text"])
        elif kind == "smmu.reg_write":
            self._written(int(event["offset"], 16), int(event["value"], 16))
        elif kind == "smmu.command":
            self._commands.consumed(self._decoder.command(event["name"], [int(event["w0"], 16), int(event["w1"], 16)]))

    def _said(self, text):
        if begin := _BEGIN.search(text):
            self.steps.append(Step.named(" ".join(begin.groups())))
            self._lines = self.steps[-1].lines
        elif _END.search(text):
            self._lines = []

    def _written(self, offset, value):
        name = self._decoder.name_of(offset)
        queue, _, register = name.rpartition("_")
        if register == "BASE" and queue in self._queues:
            self._queues[queue].entries = 1 << (value & 31)
        moved = self._queues[queue].moved_by(value) if _INDEX.get(queue) == register else 0
        if moved and queue == "CMDQ":
            self._commands.published(moved, self._lines)
        else:
            self._lines.append(f"{name} +{moved}" if moved else self._decoder.register(offset, value))

    def finished(self):
        self.steps.append(Step("boot", "-", "shutdown", 0, 0, self._lines))
        return self.steps


def from_events(path, program):
    recorder = _Recorder(program)
    with open(path) as file:
        for line in file:
            recorder.take(json.loads(line))
    return recorder.finished()


def write(steps, path):
    path.write_text("".join(f"step {s.name}\n" + "".join(f"  {line}\n" for line in s.lines) for s in steps))


def read(path):
    steps = []
    for line in path.read_text().splitlines():
        if line.startswith("step "):
            steps.append(Step.named(line[5:]))
        elif not line.startswith("#"):
            steps[-1].lines.append(line[2:])
    return steps
