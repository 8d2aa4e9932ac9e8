#!/usr/bin/env python3
"""Turns Verilator's XML of the flattened design into plain Verilog that Yosys reads.

usage: verilog_view.py DESIGN.xml > design.v

Verilator has resolved parameters, structs, functions and widths; what remains are variables, expressions whose operands
have equal widths, and always blocks. Here loops are unrolled, an array becomes one register for each element, and the
reset becomes synchronous. A property that simulation checks becomes an output, KIND_NAME_NUMBER, that is 1 when it
fails, or when it is a cover point that is reached; KIND is the first word of its report (proof_macros.svh) or `assert`.
"""
import itertools
import sys
import xml.etree.ElementTree as ET

from verilog_expressions import Expressions

PROCESSES = {"always", "initial", "initialstatic"}
IGNORED = {"comment", "stop", "display", "time"}


class View(Expressions):
    def __init__(self, root):
        super().__init__({t.get("id"): t for t in root.find("netlist/typetable") if t.get("id")})
        top = next(m for m in root.iter("module") if m.get("topModule") == "1")
        self.vars = {v.get("name"): v for v in top.findall("var")}
        self.scope = top.find("topscope/scope")
        self.properties = []
        # Some references leave out the outermost instance.
        for ref in self.scope.iter("varref"):
            if ref.get("name") not in self.vars:
                ref.set("name", next(v for v in self.vars if v.split(".", 1)[-1] == ref.get("name")))

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
        """What simulation reports when a property fails: the output that stands for the property is 1."""
        *kind, name = call[0].get("name").strip('"').split(":")[0].split()
        property_ = f"{kind[0] if kind else 'assert'}_{name}_"
        property_ += str(sum(p.startswith(property_) for p in self.properties))
        self.properties.append(property_)
        return [f"{property_} = 1;"]

    def written(self, node):
        names = {n[1].get("name") or next(v.get("name") for v in n[1].iter("varref"))
                 for n in node.iter() if n.tag == "assign"}
        loops = {self.loop_variable(n) for n in node.iter("while")}
        return sorted(names - loops)

    def process(self, node):
        known = len(self.properties)
        body = self.statements(n for n in node if n.tag != "sentree")
        if node.tag == "initialstatic":
            return ["initial begin", *body, "end"]
        if next(node.iter("assigndly"), None) is not None:
            return ["always @(posedge clk_i) begin", *body, "end"]
        # Combinational; or a property, which samples the values before the clock edge; or a constant, set once.
        # Everything written has a default, so that a temporary of a guarded search is no latch.
        defaults = [f"{self.name(n)} = 0;" for n in [*self.written(node), *self.properties[known:]]]
        return ["always @* begin", *defaults, *body, "end"]

    def module(self):
        processes = [n for n in self.scope if n.tag in PROCESSES]
        driven = {n for p in processes for n in self.registers(p)}
        loops = {self.loop_variable(n) for n in self.scope.iter("while")}
        body = [line for p in processes for line in self.process(p)]
        for node in self.scope:
            if node.tag in ("contassign", "assignalias"):
                body += self.connection(*node)
        for property_ in self.properties:
            kind = property_.split("_")[0]
            if kind != "cover":
                body.append(f"check_{property_}: {'assume' if kind == 'assume' else 'assert'} property (!{property_});")

        # An undeclared name is an error, not a wire of one bit that nothing drives.
        yield "`default_nettype none"
        yield "module design(" + ", ".join([n for n, v in self.vars.items() if v.get("dir")]
                                           + self.properties) + ");"
        for property_ in self.properties:
            yield f"output reg {property_};"
        for name, var in self.vars.items():
            if name in loops or var.get("param") or var.get("localparam"):
                continue
            kind = "reg" if name in driven else "wire"
            bits = self.width(var.get("dtype_id"))
            for element in self.all_elements(name):
                yield f"{var.get('dir') or ''} {kind} [{bits - 1}:0] {self.name(element)};"
        yield from body
        yield "endmodule"

    def connection(self, source, target):
        """A continuous assignment, or a port that is an alias of what it is connected to."""
        if source.tag == target.tag == "varref":
            pairs = zip(self.all_elements(source.get("name")), self.all_elements(target.get("name")), strict=True)
            return [f"assign {self.name(t)} = {self.name(s)};" for s, t in pairs if s != t]
        return [f"assign {self.expression(target)} = {self.expression(source)};"]

    def all_elements(self, name):
        """The registers that an array is made of; of anything else its name."""
        sizes = self.element(self.vars[name].get("dtype_id"))[1]
        return [name + "".join(f"[{i}]" for i in index) for index in itertools.product(*map(range, sizes))]

    def registers(self, node):
        for n in node.iter():
            if n.tag in ("assign", "assigndly"):
                yield next(v.get("name") for v in ([n[1]] if n[1].tag == "varref" else n[1].iter("varref")))


def main():
    print("\n".join(View(ET.parse(sys.argv[1]).getroot()).module()))


main()
