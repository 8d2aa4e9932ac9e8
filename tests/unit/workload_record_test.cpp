// Recording real programs from end to end.
#include <doctest/doctest.h>

#include <unistd.h>

#include <array>
#include <cstdlib>
#include <sstream>

#include "testbench/runs/workload/memory_map.h"
#include "testbench/runs/workload/reader.h"
#include "testbench/runs/workload/record.h"
#include "tests/unit/workload_temporary.h"

namespace smmu_vp::tb::test {

namespace {

bool valgrind_is_there() {
  const bool there = std::system("valgrind --version > /dev/null 2>&1") == 0;
  if (!there) MESSAGE("valgrind is not installed: nothing recorded");
  return there;
}

// A recording of record_program.cpp with the argument `what`.
class Recording {
 public:
  explicit Recording(const std::string& what, u64 skip = 0, u64 limit = 2'000'000)
      : result(record({{SMMU_VP_WORKLOAD_PROGRAM, what}, file_.path(), skip, limit})) {
    WorkloadReader reader(file_.path());
    info = reader.info();
    MemoryMap map(info.vmas);
    while (const auto step = reader.next()) {
      steps.push_back(*step);
      if (const auto* event = std::get_if<MapEvent>(&*step)) map.apply(*event);
      if (marked_at_ == 0 && is_mark(*step)) marked_at_ = steps.size();
    }
  }
  // The events from the program's mark on; before it, the dynamic loader was active.
  std::vector<MapEvent> events() const {
    REQUIRE(marked_at_ != 0);
    std::vector<MapEvent> events;
    for (std::size_t i = marked_at_; i < steps.size(); ++i) {
      if (const auto* event = std::get_if<MapEvent>(&steps[i])) events.push_back(*event);
    }
    return events;
  }
  bool told(std::string_view text) const {
    for (const std::string& line : report(result)) {
      if (line.find(text) != std::string::npos) return true;
    }
    return false;
  }

 private:
  TemporaryFile file_;
  std::size_t marked_at_ = 0;
  // The program maps and unmaps 1013 pages at its start.
  static bool is_mark(const Step& step) {
    const auto* event = std::get_if<MapEvent>(&step);
    return event != nullptr && event->kind == MapEvent::Kind::kUnmap &&
           event->area.end - event->area.start == 1013 * kWorkloadPage;
  }

 public:
  RecordResult result;
  WorkloadInfo info;
  std::vector<Step> steps;
};

// "map 4 rw, unmap 1": kinds, pages and rights.
std::string text_of(const std::vector<MapEvent>& events) {
  std::ostringstream text;
  for (const MapEvent& e : events) {
    const Rights& r = e.area.rights;
    const std::string rights = std::string(r.read ? "r" : "") + (r.write ? "w" : "") + (r.execute ? "x" : "");
    text << (e.kind == MapEvent::Kind::kMap     ? "map "
             : e.kind == MapEvent::Kind::kUnmap ? "unmap "
                                                : "protect ")
         << (e.area.end - e.area.start) / kWorkloadPage
         << (e.kind == MapEvent::Kind::kUnmap ? "" : " " + (rights.empty() ? "-" : rights)) << "; ";
  }
  return text.str();
}

}  // namespace

TEST_CASE("a real program is recorded, and omitted accesses are counted") {
  if (!valgrind_is_there()) return;
  const TemporaryFile file;
  const RecordResult result = record({{"sh", "-c", "exit 3"}, file.path(), 100, 5000});
  CHECK(result.exit_status == 3);
  CHECK(result.skipped == 100);
  CHECK(result.beyond_limit > 0);
  CHECK(result.loads + result.stores >= 5000);
  CHECK(result.loads + result.stores + result.skipped + result.beyond_limit == result.made);
  CHECK(result.file_bytes == file.bytes().size());

  WorkloadReader reader(file.path());
  CHECK(reader.info().command == "sh -c exit 3");
  CHECK(reader.info().made == result.made);
  CHECK(reader.info().kept == result.loads + result.stores);
  u64 accesses = 0, events = 0;
  while (const auto step = reader.next()) ++(std::holds_alternative<Access>(*step) ? accesses : events);
  CHECK(accesses == result.loads + result.stores);
  CHECK(events == result.events);
  bool stack = false;
  for (const Vma& vma : reader.info().vmas) stack |= vma.name == "[stack]" && vma.rights.write;
  CHECK(stack);
}

TEST_CASE("a program's map, unmap and protect calls are recorded in order") {
  if (!valgrind_is_there()) return;
  CHECK(text_of(Recording("unmap").events()) == "map 4 rw; unmap 1; unmap 3; ");
  CHECK(text_of(Recording("protect").events()) ==
        "map 4 rw; protect 1 r; protect 2 -; protect 4 rw; unmap 4; ");
  CHECK(text_of(Recording("remap").events()) == "map 2 rw; unmap 2; map 32 rw; unmap 31; unmap 1; ");
  CHECK(text_of(Recording("brk").events()) == "map 16 rw; unmap 8; ");
  CHECK(text_of(Recording("discard").events()) == "map 4 rw; unmap 2; map 2 rw; unmap 4; ");
}

TEST_CASE("events are recorded between the accesses before and after them") {
  if (!valgrind_is_there()) return;
  const Recording r("unmap");
  // It stores 1 to each of its 4 pages before it unmaps the first, and reads the last one afterwards.
  u64 start = 0;
  unsigned stores_before = 0, loads_after = 0, unmapped = 0;
  for (const Step& step : r.steps) {
    if (const auto* event = std::get_if<MapEvent>(&step)) {
      const u64 pages = (event->area.end - event->area.start) / kWorkloadPage;
      if (event->kind == MapEvent::Kind::kMap && pages == 4) {
        start = event->area.start;
        stores_before = 0;
      }
      unmapped += start != 0 && event->kind == MapEvent::Kind::kUnmap && event->area.start == start ? 1 : 0;
      continue;
    }
    const Access& access = std::get<Access>(step);
    if (start == 0 || access.va < start || access.va >= start + 4 * kWorkloadPage) continue;
    if (unmapped == 0) stores_before += access.write ? 1 : 0;
    if (unmapped == 1) loads_after += access.write ? 0 : 1;
  }
  CHECK(unmapped == 1);
  CHECK(stores_before == 4);
  CHECK(loads_after == 1);
}

TEST_CASE("skipped accesses still update the memory map") {
  if (!valgrind_is_there()) return;
  const Recording whole("unmap"), late("unmap", 20'000);
  CHECK(late.result.skipped == 20'000);
  CHECK(late.info.vmas.size() > whole.info.vmas.size());  // the libraries are there already
  CHECK(late.result.events < whole.result.events);
  CHECK_THROWS_WITH_AS(Recording("unmap", 1'000'000'000), doctest::Contains("leaves out all"), WorkloadError);
}

TEST_CASE("the program's end is reported") {
  if (!valgrind_is_there()) return;
  SUBCASE("a reservation beyond the tool's means") {
    const Recording r("reserve");
    CHECK(r.result.refused_bytes == u64{64} << 30);
    CHECK(r.told("asked for 64 GB of address space at once and was refused"));
    CHECK(r.told("exit status was 9"));
  }
  SUBCASE("a crash") {
    const Recording r("crash");
    CHECK(r.result.exit_status == 128 + 11);
    CHECK(r.told("killed by signal 11"));
  }
  SUBCASE("a child, whose accesses are not the program's") {
    const Recording r("fork");
    CHECK(r.result.children == 1);
    CHECK(r.told("child process"));
  }
  SUBCASE("a child that lives on does not hold the recording up") {
    std::array<int, 2> hold{};
    REQUIRE(pipe(hold.data()) == 0);
    setenv("HOLD", std::to_string(hold[0]).c_str(), 1);
    const Recording r("leave");
    CHECK(r.result.exit_status == 0);
    CHECK(write(hold[1], "x", 1) == 1);  // if the recording waited for the child, it would never end
  }
  SUBCASE("another program in its place") {
    const Recording r("exec");
    CHECK(r.result.executed == "/bin/true");
    CHECK(r.told("went on as /bin/true (exec)"));
  }
  SUBCASE("threads") {
    const Recording r("threads");
    CHECK(r.result.threads == 3);
    CHECK(r.told("3 threads"));
  }
  SUBCASE("nothing to tell") {
    const Recording r("unmap");
    CHECK(report(r.result).size() == 3);
    CHECK(r.told("a run replays the first 4000 of them"));
  }
}

TEST_CASE("a command that cannot be recorded is refused with the reason before it is run") {
  const auto reason = [](const std::string& command) {
    try {
      record({{command}, "/dev/null", 0, 10});
    } catch (const WorkloadError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(reason("no_such_program") == "no_such_program: there is no such program in PATH");
  CHECK(reason("/no/such") == "/no/such: cannot be run: No such file or directory");
  CHECK(reason("/") == "/: cannot be run: is a directory");
  CHECK(reason("/etc/passwd") == "/etc/passwd: cannot be run: is no executable file");
  const TemporaryFile file;
  file.put(std::vector<u8>(10, 'x'));
  std::filesystem::permissions(file.path(), std::filesystem::perms::all | std::filesystem::perms::set_uid);
  CHECK(reason(file.path()).find("set-user-ID") != std::string::npos);
}

TEST_CASE("an invalid command line gives one line and exit status 2") {
  const auto status = [](std::vector<const char*> words) {
    words.insert(words.begin(), "record");
    return record_main(static_cast<int>(words.size()), words.data());
  };
  CHECK(status({}) == 2);
  CHECK(status({"--limit", "many", "--", "true"}) == 2);
  CHECK(status({"--limit", "0", "--", "true"}) == 2);
  CHECK(status({"-o", "/nonexistent/x", "--", "true"}) == 2);
  CHECK(status({"-o", "/nonexistent/x", "--", "no_such_program"}) == 2);
}

}  // namespace smmu_vp::tb::test
