#!/usr/bin/env python3
"""Checks every #include of the tree against the links of the target that compiles it.

usage: includes.py TARGETS ROOT FOLDER...            every file of these folders under ROOT
       includes.py TARGETS --apart A,B TARGET...     none of these targets links A or B, even indirectly

TARGETS is the file that targets.cmake writes. A target may include its own headers and those of the targets that it
links, and of those that they link for their users. A header belongs to the target that names it among its sources; else
to the target that compiles the .cpp of the same name; else to the target of its folder.
"""
import json
import pathlib
import re
import sys

HEADERS, SOURCES = {".h", ".def", ".inc"}, {".c", ".cpp", ".in"}
NO_TARGETS = "testbench/linux"  # for the guest and for QEMU: other compilers build these, without CMake
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]', re.MULTILINE)
# The owners of headers outside this tree. None: the compiler or the system.
EXTERNAL = [(re.compile(pattern), target) for pattern, target in [
    (r"systemc(\.h)?|tlm(\.h)?|tlm_utils/.*", "SystemC::systemc"),
    (r"verilated.*|svdpi\.h|V@TAG@.*", "smmu_vp_verilated"),
    (r"fmt/.*", "fmt::fmt"),
    (r"nlohmann/.*", "nlohmann_json::nlohmann_json"),
    (r"CLI/.*", "CLI11::CLI11"),
    (r"toml\+\+/.*", "tomlplusplus::tomlplusplus"),
    (r"zstd\.h", "zstd::libzstd_shared"),
    (r"doctest/.*", "doctest::doctest"),
    (r"benchmark/.*", "benchmark::benchmark"),
    (r"[a-z_0-9]+|[a-z_0-9]+\.h|(sys|linux|sanitizer)/.*", None)]]


class Target:
    def __init__(self, row):
        self.name, self.folder = row["name"], pathlib.Path(row["folder"])
        self.is_program = row["type"] == "EXECUTABLE"
        self.sources = {self.folder / source for source in row["SOURCES"].split(";") if source}
        # LINK_ONLY: a private link of a static library, whose headers are not for its users.
        self.for_users = {link for link in links(row["INTERFACE_LINK_LIBRARIES"]) if "LINK_ONLY" not in link}
        self.direct = {link for link in links(row["LINK_LIBRARIES"])} | self.for_users


def links(value):
    return [re.sub(r"^\$<BUILD_INTERFACE:(.*)>$", r"\1", link) for link in value.split(";") if link]


class Tree:
    def __init__(self, rows, root):
        self.targets = {row["name"]: Target(row) for row in rows}
        self.listed, self.folders = {}, {}
        for target in self.targets.values():
            if target.folder != root:
                self.folders.setdefault(target.folder, set()).add(target.name)
            for source in target.sources:
                self.listed.setdefault(source, set()).add(target.name)
        self.by_stem = {}
        for source, names in self.listed.items():
            self.by_stem.setdefault(source.with_suffix(""), set()).update(names)

    def closure(self, name):
        """All targets whose headers the target may include, including itself."""
        seen, ahead = {name}, set(self.targets[name].direct)
        while ahead:
            link = ahead.pop()
            seen.add(link)
            if link in self.targets:
                ahead |= self.targets[link].for_users - seen
        return seen

    def owners(self, header):
        """The targets that a header belongs to; none if unknown."""
        for table, key in ((self.listed, header), (self.by_stem, header.with_suffix(""))):
            if key in table:
                return table[key]
        folder = next((folder for folder in header.parents if folder in self.folders), None)
        names = self.folders.get(folder, set())
        programs = {name for name in names if self.targets[name].is_program}
        # Of several libraries in a folder, the one that links all the others.
        return programs or {name for name in names if names <= self.closure(name)}


def check(rows, root, files):
    """(problems, number of includes) of all `files`."""
    tree = Tree(rows, root)
    texts, problems, followed = {}, {}, set()
    listed_headers = [path for path in tree.listed if path.suffix in HEADERS]
    owners = {path: tree.owners(path) for path in [*files, *listed_headers] if path.suffix in HEADERS}

    def includes(path):
        if path not in texts:
            texts[path] = INCLUDE.findall(path.read_text()) if path.exists() else []
        return texts[path]

    def find(path, name):
        """The included file, given by its path from the top or found in an include directory."""
        near = [place for place in (root / name, path.parent / name) if place in owners]
        return near[0] if near else next((header for header in listed_headers if str(header).endswith("/" + name)), None)

    def fault(path, name, text, header=None):
        followed.add(header)
        problems.setdefault((path, name), f"{path.relative_to(root)}: {name}: {text}")

    def follow(target, path, allowed, seen):
        seen.add(path)
        followed.add(path)
        for quote, name in includes(path):
            header = find(path, name)
            if header is None:
                owner = next((owner for pattern, owner in EXTERNAL if pattern.fullmatch(name)), "")
                if quote == '"' and not owner or owner == "":
                    fault(path, name, "no target lists it among its sources, and includes.py does not know it")
                elif owner and owner not in allowed:
                    fault(path, name, f"{target.name} does not link {owner}")
            elif not owners[header] & allowed:
                of = " or ".join(sorted(owners[header])) or "no target; one must list it among its sources"
                fault(path, name, f"{target.name} does not link its owner, {of}", header)
            elif header not in seen:
                follow(target, header, allowed, seen)

    for target in tree.targets.values():
        own = set() if target.is_program else {path for path, names in owners.items() if target.name in names}
        allowed, seen = tree.closure(target.name), set()
        for path in sorted(own | target.sources & set(files)):
            if path not in seen:
                follow(target, path, allowed, seen)
    lost = [f"{path.relative_to(root)}: no target compiles or includes it" for path in files if path not in followed]
    return [*problems.values(), *lost], sum(len(includes(path)) for path in files)


def apart(rows, others, names):
    """Problems: targets that link one of the others."""
    tree = Tree(rows, None)
    linked = set().union(*(target.direct for target in tree.targets.values()))
    unknown = {*names, *others} - set(tree.targets) - (linked & set(others))
    return [f"no target is called or links {name}" for name in sorted(unknown)] or [
        f"{name} links {other}" for name in names for other in others if other in tree.closure(name)]


def main():
    rows = [row for row in json.loads(pathlib.Path(sys.argv[1]).read_text()) if row]
    if sys.argv[2] == "--apart":
        problems = apart(rows, sys.argv[3].split(","), sys.argv[4:])
    else:
        root = pathlib.Path(sys.argv[2])
        files = [path for folder in sys.argv[3:] for path in sorted((root / folder).rglob("*"))
                 if path.suffix in HEADERS | SOURCES and root / NO_TARGETS not in path.parents]
        problems, includes = check(rows, root, files)
        print(f"{includes} includes of {len(files)} files, {len(rows)} targets", flush=True)
        if not includes:
            problems.append("nothing was looked at")
    sys.exit("\n".join(problems) or 0)


if __name__ == "__main__":
    main()
