"""Commands and register writes as text: the fields that are not zero, by the manual's names."""
import json
import subprocess

# Fields that say nothing about a driver: what is said elsewhere, where its memory is, numbers that hardware chooses.
_OMITTED = {"Opcode", "ADDR", "MSIAddress", "STAG", "PRGIndex"}
# Tags, which software chooses freely: renamed in the order in which they appear.
_TAGS = {"ASID": "A", "VMID": "V", "SubstreamID": "P"}


class Decoder:
    """Of one record: equal tags have equal names in all of it."""

    def __init__(self, program):
        self._commands = {c["name"]: c["fields"] for c in _list(program, "commands")}
        self._registers = {int(r["offset"], 16): r for r in _list(program, "registers")}
        self._names = {kind: {} for kind in _TAGS.values()}

    def command(self, name, words):
        """A text, and the address in it (None if there is none), which is not part of the text."""
        value, parts, address = words[0] | words[1] << 64, [name.removeprefix("CMD_")], None
        for field in self._commands[name]:
            number = _bits(value, field)
            if field.get("address") and field["name"] == "Address":
                address = number << field["lsb"] % 64
            elif number and field["name"] not in _OMITTED:
                parts.append(self._value(field["name"], number))
        return " ".join(parts), address

    def register(self, offset, value):
        register = self._registers[offset]
        parts = [register["name"]]
        for field in sorted(register["fields"], key=lambda f: f["lsb"]):
            number = _bits(value, field)
            if number and field["name"] not in _OMITTED:
                parts.append(f"{field['name']}={number:#x}")
        return " ".join(parts) if register["fields"] or not value else f"{register['name']} {value:#x}"

    def name_of(self, offset):
        return self._registers[offset]["name"]

    def _value(self, name, number):
        if name in _TAGS:
            known = self._names[_TAGS[name]]
            return f"{name}={_TAGS[name]}{known.setdefault(number, len(known) + 1)}"
        return f"{name}={number:#x}"


def _bits(value, field):
    return value >> field["lsb"] & (1 << field["msb"] - field["lsb"] + 1) - 1


def _list(program, what):
    return json.loads(subprocess.run([program, "list", what, "--json"], check=True, capture_output=True, text=True).stdout)
