#!/usr/bin/env python3
"""Turns Verilator's XML of the flattened design into plain Verilog that Yosys reads.

usage: verilog_view.py DESIGN.xml > design.v

Verilator has resolved parameters, structs, functions and widths; what is left are variables, expressions whose operands
have equal widths, and always blocks. Loops are unrolled here, arrays become one register an element, the reset becomes synchronous. A
call that reports a failed assertion becomes `assert (0)` there, or `assume` for what the assertions ask of the
environment, so that what is proved is exactly what simulation checks.
"""
import itertools
import sys
import xml.etree.ElementTree as ET

ENVIRONMENT = {"FillOwned"}  # assertions about the user of the cache
BINARY = {"add": "+", "sub": "-", "and": "&", "or": "|", "xor": "^", "eq": "==", "neq": "!=", "lt": "<", "lte": "<=",
          "gt": ">", "gte": ">=", "shiftl": "<<", "shiftr": ">>", "logand": "&&", "logor": "||"}
SIGNED = {"lts": "<", "ltes": "<=", "gts": ">", "gtes": ">="}
UNARY = {"not": "~", "redor": "|", "redand": "&", "redxor": "^", "lognot": "!"}
IGNORED = {"comment", "stop", "display", "time"}


class View:
    def __init__(self, root):
        self.types = {t.get("id"): t for t in root.find("netlist/typetable") if t.get("id")}
        top = next(m for m in root.iter("module") if m.get("topModule") == "1")
        self.vars = {v.get("name"): v for v in top.findall("var")}
        self.scope = top.find("topscope/scope")
        # Some references leave out the outermost instance.
        for ref in self.scope.iter("varref"):
            if ref.get("name") not in self.vars:
                ref.set("name", next(v for v in self.vars if v.split(".", 1)[-1] == ref.get("name")))
        self.loops = {}   # loop variable -> its value now
        self.labels = {}  # assertion -> how often it occurred

    # Types.
    def element(self, id_):
        """Bits of a packed type, and the sizes of the unpacked dimensions round it."""
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
        place = self.place(node)
        if place:
            variable, offset, bits = place
            if offset == "0" and bits == self.width(self.vars[variable].get("dtype_id")):
                return self.name(variable)
            return f"{self.name(variable)}[{offset} +: {bits}]"
        tag, parts = node.tag, list(node)
        if tag == "sampled":
            return self.expression(parts[0])
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

    # Statements.
    def statements(self, nodes):
        nodes, lines, i = list(nodes), [], 0
        while i < len(nodes):
            following = nodes[i + 1] if i + 1 < len(nodes) else None
            if nodes[i].tag == "assign" and following is not None and following.tag == "while" \
                    and nodes[i][1].get("name") == self.loop_variable(following):
                lines += self.unrolled(nodes[i], following)
                i += 2
            else:
                lines += self.statement(nodes[i])
                i += 1
        return lines

    @staticmethod
    def loop_variable(loop):
        return next(v.get("name") for v in loop[1].iter("varref"))

    def unrolled(self, start, loop):
        variable = start[1].get("name")
        _, condition, body = loop[0], loop[1][0], list(loop[2])
        body += [statement for extra in loop[3:] for statement in extra]
        step = body.pop()
        lines = []
        self.loops[variable] = self.value(start[0])
        while self.value(condition):
            lines += self.statements(body)
            self.loops[variable] = self.value(step[0])
        del self.loops[variable]
        return lines

    def statement(self, node):
        tag, parts = node.tag, list(node)
        if tag in IGNORED:
            return []
        if tag == "begin":
            return self.statements(parts)
        if tag in ("assign", "assigndly"):
            arrow = "=" if tag == "assign" else "<="
            return self.assignment(parts[1], arrow, parts[0])
        if tag == "if":
            lines = [f"if ({self.expression(parts[0])}) begin", *self.statement(parts[1]), "end"]
            if len(parts) > 2:
                lines += ["else begin", *self.statement(parts[2]), "end"]
            return lines
        if tag == "case":
            lines = [f"case ({self.expression(parts[0])})"]
            for item in node.findall("caseitem"):
                labels = [p for p in item if p.tag == "const"]
                what = ", ".join(self.expression(p) for p in labels) or "default"
                lines += [f"{what}: begin", *self.statements([p for p in item if p.tag != "const"]), "end"]
            return lines + ["endcase"]
        if tag == "stmtexpr":
            return self.failure(parts[0])
        raise NotImplementedError(f"statement {tag} at {node.get('loc')}")

    def assignment(self, target, arrow, source):
        if source.tag == "initarray":
            name = target.get("name")
            return [f"{self.name(f'{name}[{i}]')} {arrow} {self.expression(item[0])};" for i, item in enumerate(source)]
        text = self.expression(source)
        if target.tag == "arraysel":
            return [f"if ({self.all_of(conditions)}) {self.name(element)} {arrow} {text};"
                    for conditions, element in self.elements(target)]
        return [f"{self.expression(target)} {arrow} {text};"]

    def failure(self, call):
        assertion = call[0].get("name").strip('"').split(":")[0]
        self.labels[assertion] = self.labels.get(assertion, 0) + 1
        verb = "assume" if assertion in ENVIRONMENT else "assert"
        return [f"{assertion}_{self.labels[assertion]}: {verb} (0);"]

    def written(self, node):
        names = {n[1].get("name") or next(v.get("name") for v in n[1].iter("varref"))
                 for n in node.iter() if n.tag == "assign"}
        loops = {self.loop_variable(n) for n in node.iter("while")}
        return sorted(names - loops)

    def always(self, node):
        body = [n for n in node if n.tag != "sentree"]
        if node.find("sentree") is not None:
            return ["always @(posedge clk_i) begin", *self.statements(body), "end"]
        # A default for all that is written, so that a temporary of a guarded search is no latch.
        defaults = [f"{self.name(n)} = 0;" for n in self.written(node)]
        return ["always @* begin", *defaults, *self.statements(body), "end"]

    def module(self):
        ports = [v for v in self.vars.values() if v.get("dir")]
        loops = {self.loop_variable(n) for n in self.scope.iter("while")}
        driven = {n for a in [*self.scope.findall("always"), *self.scope.findall("initial")] for n in self.registers(a)}
        yield "module design(" + ", ".join(v.get("name") for v in ports) + ");"
        for name, var in self.vars.items():
            if name in loops or var.get("param") or var.get("localparam"):
                continue
            kind = "reg" if name in driven else "wire"
            direction = (var.get("dir") + " ") if var.get("dir") else ""
            bits, sizes = self.element(var.get("dtype_id"))
            indices = itertools.product(*(range(size) for size in sizes))
            for element in ["".join(f"[{i}]" for i in index) for index in indices]:
                yield f"{direction}{kind} [{bits - 1}:0] {self.name(name + element)};"
        for node in self.scope:
            if node.tag in ("always", "initial"):  # a constant is set once
                yield from self.always(node)
            elif node.tag == "contassign" or (node.tag == "assignalias" and node[0].get("name") != node[1].get("name")):
                yield f"assign {self.expression(node[1])} = {self.expression(node[0])};"
        yield "endmodule"

    def registers(self, node):
        for n in node.iter():
            if n.tag in ("assign", "assigndly"):
                yield next(v.get("name") for v in ([n[1]] if n[1].tag == "varref" else n[1].iter("varref")))


def main():
    print("\n".join(View(ET.parse(sys.argv[1]).getroot()).module()))


main()
