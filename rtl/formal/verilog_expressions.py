"""Expressions of Verilator's XML as Verilog text; verilog_view.py does the rest."""

BINARY = {"add": "+", "sub": "-", "and": "&", "or": "|", "xor": "^", "eq": "==", "neq": "!=", "lt": "<", "lte": "<=",
          "gt": ">", "gte": ">=", "shiftl": "<<", "shiftr": ">>", "eqwild": "==", "logand": "&&", "logor": "||"}
SIGNED = {"lts": "<", "ltes": "<=", "gts": ">", "gtes": ">="}
UNARY = {"not": "~", "redor": "|", "redand": "&", "redxor": "^", "lognot": "!", "negate": "-"}


class Expressions:
    def __init__(self, types):
        self.types = types  # Verilator's identifier -> description of the type
        self.loops = {}     # variable of a loop being unrolled -> its current value

    # Types.
    def element(self, id_):
        """Bits of a packed type, and the sizes of the unpacked dimensions around it."""
        t = self.types[id_]
        if t.tag == "unpackarraydtype":
            left, right = (self.constant(c) for c in t.find("range"))
            bits, sizes = self.element(t.get("sub_dtype_id"))
            return bits, [abs(left - right) + 1] + sizes
        if t.tag in ("refdtype", "enumdtype"):
            return self.element(t.get("sub_dtype_id"))
        if t.tag == "structdtype":
            return sum(self.width(m.get("sub_dtype_id")) for m in t.findall("memberdtype")), []
        if t.get("left") is None:
            return 32 if t.get("name") in ("int", "integer") else 1, []
        return int(t.get("left")) - int(t.get("right")) + 1, []

    def width(self, id_):
        return self.element(id_)[0]

    @staticmethod
    def constant(node):
        digits = node.get("name").split("'")[1].lstrip("s")
        return int(digits[1:], {"h": 16, "d": 10, "b": 2}[digits[0]])

    @staticmethod
    def name(text):
        return "\\" + text.replace("$", "_") + " "

    # Expressions.
    def value(self, node):
        """The number an expression has while loops are unrolled, or None."""
        if node.tag == "const":
            return self.constant(node)
        if node.tag == "varref":
            return self.loops.get(node.get("name"))
        parts = [self.value(n) for n in node]
        if None in parts or not parts or node.get("dtype_id") is None:
            return None
        mask = (1 << self.width(node.get("dtype_id"))) - 1

        def signed(x, n):
            bits = self.width(n.get("dtype_id"))
            return x - (1 << bits) if x >> (bits - 1) & 1 else x

        if node.tag == "sel":
            return parts[0] >> parts[1] & ((1 << parts[2]) - 1)
        if node.tag in ("add", "sub"):
            return (parts[0] + parts[1] if node.tag == "add" else parts[0] - parts[1]) & mask
        if node.tag in SIGNED:
            parts = [signed(p, n) for p, n in zip(parts, node)]
        compare = {"gt": lambda a, b: a > b, "lt": lambda a, b: a < b, "gte": lambda a, b: a >= b,
                   "lte": lambda a, b: a <= b, "eq": lambda a, b: a == b, "neq": lambda a, b: a != b}
        kind = node.tag.rstrip("s") if node.tag in SIGNED else node.tag
        return int(compare[kind](*parts)) if kind in compare else None

    def place(self, node):
        """(variable, offset, bits) of a variable or a part of it; None for anything else."""
        if node.tag == "sampled":
            return self.place(node[0])
        if node.tag == "varref" and node.get("name") not in self.loops:
            return node.get("name"), "0", self.element(node.get("dtype_id"))[0]
        if node.tag == "arraysel" and self.value(node[1]) is not None:
            inner = self.place(node[0])
            return inner and (f"{inner[0]}[{self.value(node[1])}]", "0", self.width(node.get("dtype_id")))
        if node.tag == "sel":
            inner = self.place(node[0])
            return inner and (inner[0], f"{inner[1]} + {self.index(node[1])}", self.constant(node[2]))
        return None

    def elements(self, node):
        """Of an arraysel: (condition that the indices name it, element) for every element that they can name."""
        if node.tag == "sampled":
            return self.elements(node[0])
        if node.tag == "varref":
            return [([], node.get("name"))]
        size = self.element(node[0].get("dtype_id"))[1][0]
        known = self.value(node[1])
        bits = self.width(node[1].get("dtype_id"))
        named = []
        for conditions, prefix in self.elements(node[0]):
            for i in range(min(size, 1 << bits)) if known is None else [known]:
                here = [] if known is not None else [f"{self.expression(node[1])} == {bits}'d{i}"]
                named.append((conditions + here, f"{prefix}[{i}]"))
        return named

    @staticmethod
    def all_of(conditions):
        return " && ".join(f"({c})" for c in conditions) or "1'b1"

    def index(self, node):
        known = self.value(node)
        return str(known) if known is not None else f"(32'({self.expression(node)}))"

    def expression(self, node):
        bits = self.width(node.get("dtype_id")) if node.get("dtype_id") in self.types else 1
        known = self.value(node)
        if known is not None:
            return f"{bits}'h{known:x}"
        if node.tag == "sampled":
            return self.expression(node[0])
        place = self.place(node)
        if place:
            variable, offset, bits = place
            if node.tag != "sel":
                return self.name(variable)
            return f"{self.name(variable)}[{offset} +: {bits}]"
        tag, parts = node.tag, list(node)
        if tag == "arraysel":
            *others, (_, text) = self.elements(node)
            text = self.name(text)
            for conditions, element in reversed(others):
                text = f"({self.all_of(conditions)} ? {self.name(element)} : {text})"
            return text
        if tag == "cexpr":  # "assertions are on"
            return "1'b1"
        if tag == "sel":
            return f"({self.constant(parts[2])}'(({self.expression(parts[0])}) >> {self.index(parts[1])}))"
        if tag == "extend":
            return f"{{{bits - self.width(parts[0].get('dtype_id'))}'b0, {self.expression(parts[0])}}}"
        if tag == "concat":
            return "{" + ", ".join(self.expression(p) for p in parts) + "}"
        if tag == "cond":
            return "(" + " ? ".join(self.expression(p) for p in parts[:2]) + f" : {self.expression(parts[2])})"
        if tag in BINARY:
            return f"({self.expression(parts[0])} {BINARY[tag]} {self.expression(parts[1])})"
        if tag in SIGNED:
            return f"($signed({self.expression(parts[0])}) {SIGNED[tag]} $signed({self.expression(parts[1])}))"
        if tag in UNARY:
            return f"({UNARY[tag]}{self.expression(parts[0])})"
        if tag == "onehot0":
            inner = self.expression(parts[0])
            return f"(({inner} & ({inner} - 1'b1)) == 0)"
        raise NotImplementedError(f"expression {tag} at {node.get('loc')}")
