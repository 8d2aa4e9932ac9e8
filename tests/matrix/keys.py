"""The configuration keys of the matrix and the values worth a run, taken from the program's own list."""
import json
import math
import subprocess
from dataclasses import dataclass

# Keys that lead to a verdict other than "clean": planted faults, and judging what the kernel's driver may do as well. They
# have their own tests.
PLANTED = ("driver.bug", "hardware.bug", ".misbehave.", "monitors.strict")
PLANTED_CHOICES = {"stale_cache"}
# A run that reaches this limit fails on purpose.
LIMITS = ("time_limit_ns",)
# The amount of work. The largest values would take hours and do not change the machine.
WORK = {
    "scenario.max_accesses": 20000, "scenario.churn_rounds": 40, "scenario.page_in_us": 200,
    "scenario.kill_window_us": 500, "scenario.largest_mb": 128, "scenario.rounds": 8,
    "scenario.readers": 64, "scenario.processes": 16, "scenario.pages": 32, "scenario.copies": 8,
    "scenario.resets": 4, "scenario.bytes": 1 << 20, "driver.max_tlbi_ops": 8192,
}


@dataclass(frozen=True)
class Key:
    name: str
    default: str
    values: tuple  # as text for --set, the default left out


def listed(program, what):
    out = subprocess.run([program, "list", what, "--json"], check=True, capture_output=True, text=True)
    return json.loads(out.stdout)


def number(text):
    return f"{int(float(text))}" if float(text) == int(float(text)) else text


def values_of(row):
    """The extremes of a number, each word of a choice, both values of a flag."""
    default, limits = row["default"].strip('"'), row.get("range", "")
    if default.startswith("["):
        words = limits.split("|")
        subsets = [[w] for w in words] + [words]
        return tuple("[" + ", ".join(f'"{w}"' for w in s) + "]" for s in subsets)
    if default in ("true", "false"):
        return ("true", "false")
    if "|" in limits:
        return tuple(w for w in limits.split("|") if w not in PLANTED_CHOICES)
    if ".." in limits:
        low, high = limits.split(",")[0].split("..")
        if row["name"] in WORK:
            high = str(WORK[row["name"]])
        if low.startswith("0x"):
            return (low, high)
        low, high = float(low), float(high)
        if high - low <= 4 and row.get("unit", "") == "":
            return tuple(number(str(low + i)) for i in range(int(high - low) + 1))
        middle = 2 ** round((math.log2(max(low, 1)) + math.log2(high)) / 2)
        step = 2 * low if "power of two" in limits else low + 1
        return tuple(dict.fromkeys(number(str(v)) for v in (low, min(step, high), middle, high)))
    return ()


def defaults_of(scenario):
    return dict(s.split("=", 1) for s in scenario.get("sets", []))


def endpoints_of(program, name):
    """How many endpoints a scenario's configuration has."""
    defaults = next(s for s in listed(program, "scenarios") if s["name"] == name)
    numbers = [int(k.split(".")[1]) for k in as_list(defaults, "sets") if k.startswith("endpoint.")]
    return max([1] + numbers) + 1


def as_list(row, field):
    value = row.get(field, [])
    return [value] if isinstance(value, str) else value


def keys_for(program, scenario):
    """Every key of a scenario's configuration that the matrix moves."""
    keys = []
    for row in listed(program, "config"):
        name = row["name"]
        if row.get("scenario", scenario) != scenario or name in LIMITS:
            continue
        if any(mark in name for mark in PLANTED) and not (scenario == "hostile_device" and "misbehave" in name):
            continue
        values = values_of(row)
        if not values:
            continue
        if name.startswith("endpoint.N."):
            for n in range(endpoints_of(program, scenario)):
                if "misbehave" in name and n != 0:
                    continue
                keys.append(Key(name.replace(".N.", f".{n}."), row["default"], values))
        else:
            keys.append(Key(name, row["default"], values))
    return keys
