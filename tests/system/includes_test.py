#!/usr/bin/env python3
"""includes.py detects every kind of include that the target's links do not cover, in a tree made for each case."""
import pathlib
import tempfile
import unittest

import includes


class Includes(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.rows, self.files = [], []

    def target(self, name, folder, sources="", links="", for_users=None, type="STATIC_LIBRARY"):
        self.rows.append({"name": name, "type": type, "folder": str(self.root / folder), "SOURCES": sources,
                          "LINK_LIBRARIES": links, "INTERFACE_LINK_LIBRARIES": links if for_users is None else for_users})

    def file(self, path, *headers):
        path = self.root / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"#include {header}\n" for header in headers))
        self.files.append(path)

    def problems(self):
        return includes.check(self.rows, self.root, self.files)[0]

    def sees(self, *words):
        problems = self.problems()
        self.assertEqual(len(problems), 1, problems)
        for word in words:
            self.assertIn(word, problems[0])

    def two_layers(self, links):
        self.target("spec", "spec", type="INTERFACE_LIBRARY")
        self.target("core", "core", "walk.cpp", links)
        self.file("spec/types.h", "<cstdint>")
        self.file("core/walk.h", '"spec/types.h"')
        self.file("core/walk.cpp", '"core/walk.h"', "<vector>", "<sys/stat.h>")

    def test_what_is_linked_may_be_included(self):
        self.two_layers("spec")
        self.assertEqual(self.problems(), [])

    def test_a_target_that_links_nothing_may_include_nothing_of_others(self):
        self.two_layers("")
        self.sees("core/walk.h: spec/types.h", "core does not link", "spec")

    def test_an_arrow_does_not_lead_back(self):
        self.two_layers("spec")
        self.file("spec/late.h", '"core/walk.h"')
        self.sees("spec/late.h: core/walk.h", "spec does not link")

    def test_a_template_is_held_as_what_is_made_of_it(self):
        self.two_layers("spec")
        self.target("made", "made", "model.cpp.in", "spec")
        self.file("made/model.cpp.in", '"spec/types.h"', '"core/walk.h"')
        self.sees("made/model.cpp.in: core/walk.h")

    def test_links_of_links_count_when_they_are_for_users(self):
        self.two_layers("spec")
        self.target("top", "top", "top.cpp", "core")
        self.file("top/top.cpp", '"spec/types.h"')
        self.assertEqual(self.problems(), [])

    def test_a_header_does_not_show_users_what_its_target_links_for_itself(self):
        self.two_layers("spec")
        self.target("closed", "closed", "closed.cpp", "$<BUILD_INTERFACE:core>", for_users="$<LINK_ONLY:core>")
        self.target("user", "user", "user.cpp", "closed")
        self.file("closed/closed.h", '"core/walk.h"')
        self.file("closed/closed.cpp", '"closed/closed.h"')
        self.file("user/user.cpp", '"closed/closed.h"')
        self.sees("closed/closed.h: core/walk.h", "user does not link")

    def test_of_two_libraries_in_a_folder_the_lower_does_not_include_the_upper(self):
        self.target("cache", "core", "cache.cpp;contract.h")
        self.target("core", "core", "walk.cpp", "cache")
        self.file("core/contract.h")
        self.file("core/ports.h")
        self.file("core/walk.cpp", '"core/ports.h"', '"core/cache.h"')
        self.file("core/cache.h", '"core/contract.h"')
        self.file("core/cache.cpp", '"core/cache.h"')
        self.assertEqual(self.problems(), [])
        self.file("core/cache.cpp", '"core/cache.h"', '"core/ports.h"')
        self.files.pop()
        self.sees("core/cache.cpp: core/ports.h", "cache does not link", "core")

    def test_a_header_of_two_libraries_that_do_not_know_each_other_must_be_listed(self):
        self.target("one", "both", "one.cpp")
        self.target("two", "both", "two.cpp")
        self.file("both/one.cpp", '"both/shared.h"')
        self.file("both/two.cpp")
        self.file("both/shared.h")
        self.sees("both/one.cpp: both/shared.h", "no target")

    def test_a_program_does_not_lend_its_headers(self):
        self.target("program", "cli", "main.cpp", type="EXECUTABLE")
        self.target("library", "run", "run.cpp")
        self.file("cli/options.h")
        self.file("cli/main.cpp", '"cli/options.h"')
        self.file("run/run.cpp", '"cli/options.h"')
        self.sees("run/run.cpp: cli/options.h", "library does not link")

    def test_headers_of_tests_are_read_with_each_test_that_includes_them(self):
        self.two_layers("spec")
        self.target("unit_core", "tests", "core.cpp", "core", type="EXECUTABLE")
        self.target("unit_spec", "tests", "spec.cpp", "spec", type="EXECUTABLE")
        self.file("tests/bench.h", '"core/walk.h"')
        self.file("tests/core.cpp", '"tests/bench.h"')
        self.file("tests/spec.cpp", '"tests/bench.h"')
        self.sees("tests/bench.h: core/walk.h", "unit_spec does not link")

    def test_headers_from_elsewhere_need_their_library(self):
        self.target("timed", "timed", "timed.cpp", "SystemC::systemc")
        self.target("plain", "plain", "plain.cpp")
        self.file("timed/timed.cpp", "<systemc>", "<tlm_utils/simple_target_socket.h>")
        self.file("plain/plain.cpp", "<tlm>")
        self.sees("plain/plain.cpp: tlm", "plain does not link SystemC::systemc")

    def test_headers_from_nowhere_are_seen(self):
        self.target("plain", "plain", "plain.cpp")
        self.file("plain/plain.cpp", "<boost/any.hpp>")
        self.sees("plain/plain.cpp: boost/any.hpp")

    def test_a_header_that_an_include_directory_finds_must_be_listed(self):
        self.target("abi", "api", "include/abi.h", type="INTERFACE_LIBRARY")
        self.target("user", "user", "user.cpp", "abi")
        self.file("api/include/abi.h")
        self.file("user/user.cpp", '"abi.h"', '"stray.h"')
        self.sees("user/user.cpp: stray.h", "no target lists it")

    def test_targets_that_are_to_stay_apart_do(self):
        self.target("timed", "timed", links="SystemC::systemc")
        self.target("core", "core")
        self.target("user", "user", links="timed")
        for others, names, problems in [(["SystemC::systemc", "timed"], ["core"], 0), (["SystemC::systemc"], ["core", "user"], 1),
                                        (["SystemC::systemc"], ["no_such_target"], 1), (["no_such_target"], ["core"], 1)]:
            self.assertEqual(len(includes.apart(self.rows, others, names)), problems)

    def test_a_file_of_no_target_is_seen(self):
        self.target("plain", "plain", "plain.cpp")
        self.file("plain/plain.cpp")
        self.file("plain/forgotten.cpp")
        self.sees("plain/forgotten.cpp", "no target compiles")


if __name__ == "__main__":
    unittest.main()
