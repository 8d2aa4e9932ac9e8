// The workload file: reading returns what was written, and damaged files are refused.
#include <doctest/doctest.h>

#include <filesystem>

#include "testbench/runs/workload/crc.h"
#include "testbench/runs/workload/reader.h"
#include "tests/unit/workload_temporary.h"

namespace smmu_vp::tb::test {

namespace {

const std::vector<Vma> kVmas = {{0x1000, 0x3000, true, false, true, "prog"},
                                {0x3000, 0x4000, true, true, false, ""},
                                {0x7fff'ffff'e000, 0x7fff'ffff'f000, true, true, false, "[stack]"}};
const std::vector<Step> kSteps = {
    Access{0x3ff8, 8, true},
    Access{0x7fff'ffff'e010, 16, false},
    MapEvent{MapEvent::Kind::kMap, {0x8000, 0xa000, {true, true, false}, "data"}},
    Access{0x9000, 100, true},
    Access{0x1000, 1, false},
    MapEvent{MapEvent::Kind::kProtect, {0x8000, 0x9000, {true, false, false}, ""}},
    MapEvent{MapEvent::Kind::kUnmap, {0x2000, 0x9000, {}, ""}},
    Access{0x1000, 8, false},
    Access{0x9000, 3, false}};

std::vector<Step> read_all(const std::string& path) {
  WorkloadReader reader(path);
  std::vector<Step> all;
  while (const auto step = reader.next()) all.push_back(*step);
  return all;
}

// The error line of an unreadable file; empty if it can be read.
std::string error_of(const std::string& path) {
  try {
    read_all(path);
  } catch (const WorkloadError& error) {
    return error.what();
  }
  return "";
}

void append_word(std::vector<u8>& bytes, u32 value) {
  for (int i = 0; i < 4; ++i) bytes.push_back(static_cast<u8>(value >> (8 * i)));
}

// Appends a section as described in docs/workloads.md, with a correct checksum whatever its contents.
void append_section(std::vector<u8>& file, const char* tag, const std::vector<u8>& payload) {
  std::vector<u8> checked(tag, tag + 4);
  append_word(checked, static_cast<u32>(payload.size()));
  Crc32 crc;
  crc.add(checked);
  crc.add(payload);
  file.insert(file.end(), checked.begin(), checked.end());
  append_word(file, crc.value());
  file.insert(file.end(), payload.begin(), payload.end());
}

// One read-only page at 0x1000 and one writable at 0x2000, then `sections`, with matching counts.
std::vector<u8> file_with(const std::vector<std::pair<const char*, std::vector<u8>>>& sections, u8 loads,
                          u8 stores, u8 events = 0) {
  std::vector<u8> file = {'S', 'M', 'M', 'U', 'V', 'P', 'W', 'L', 2, 0, 0, 0};
  append_section(file, "INFO", {2, 'l', 's', 9, static_cast<u8>(loads + stores)});
  append_section(file, "VMAS", {2, 1, 1, 0b001, 0, 0, 1, 0b011, 1, 'h'});
  for (const auto& [tag, payload] : sections) append_section(file, tag, payload);
  append_section(file, "END ", {loads, stores, events});
  return file;
}
std::vector<u8> file_with(const std::vector<u8>& accesses, u8 loads, u8 stores) {
  return file_with({{"ACCS", accesses}}, loads, stores);
}

}  // namespace

TEST_CASE("the checksums are CRC-32 and CRC-32C by their published check values") {
  const std::string digits = "123456789";
  const std::vector<u8> bytes(digits.begin(), digits.end());
  Crc32 crc;
  crc.add(bytes);
  CHECK(crc.value() == 0xCBF4'3926);
  Crc32c crc_c;
  crc_c.add(bytes);
  CHECK(crc_c.value() == 0xE306'9283);
}

TEST_CASE("a workload reads back as it was written") {
  const TemporaryFile file;
  const u64 size = write_steps(file.path(), "sort file", kVmas, kSteps);
  CHECK(size == std::filesystem::file_size(file.path()));
  WorkloadReader reader(file.path());
  CHECK(reader.info().command == "sort file");
  CHECK(reader.info().vmas == kVmas);
  CHECK(read_all(file.path()) == kSteps);
  CHECK(reader.info().kept == 6);
  CHECK(reader.info().made == 6);
}

TEST_CASE("a long workload in more VMAs than are cached takes few bytes per access and loses none") {
  std::vector<Vma> vmas;
  for (u64 i = 0; i < 40; ++i)
    vmas.push_back({0x10'0000 * (i + 1), 0x10'0000 * (i + 1) + 0x2000, true, true, false, ""});
  std::vector<Step> accesses;
  u64 state = 1;
  for (u64 i = 0; i < 200'000; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    const u64 vma = (state >> 58) == 0 ? (state >> 40) % 40 : i % 3;
    accesses.push_back(Access{vmas[vma].start + i % 1000 * 8, 8, (state >> 50 & 1) != 0});
  }
  const TemporaryFile file;
  CHECK(write_steps(file.path(), "x", vmas, accesses) < accesses.size() * 4);
  CHECK(read_all(file.path()) == accesses);
}

TEST_CASE("a file written by hand from the format's description is read") {
  const TemporaryFile file;
  // A load of 4 bytes at 0x1010 in VMA 0, a store of 3 bytes at 0x2000 in VMA 1, a load of 8 at 0x1008 in VMA
  // 0 again.
  file.put(file_with({3, 0xf4, 0, 0x20, 0xff, 3, 1, 0, 0x16, 0x0f}, 2, 1));
  CHECK(read_all(file.path()) ==
        std::vector<Step>{Access{0x1010, 4, false}, Access{0x2000, 3, true}, Access{0x1008, 8, false}});
  CHECK(WorkloadReader(file.path()).info().made == 9);
}

TEST_CASE("a truncated file is refused at any length") {
  const TemporaryFile file;
  write_steps(file.path(), "sort", kVmas, kSteps);
  const std::vector<u8> whole = file.bytes();
  for (std::size_t n = 0; n < whole.size(); ++n) {
    file.put(std::span(whole).first(n));
    CHECK(error_of(file.path()).starts_with(file.path() + ": offset "));
  }
}

TEST_CASE("a file with any one damaged byte is refused") {
  const TemporaryFile file;
  write_steps(file.path(), "sort", kVmas, kSteps);
  const std::vector<u8> whole = file.bytes();
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const u8 flip : {u8{0x01}, u8{0x80}}) {
      std::vector<u8> damaged = whole;
      damaged[i] = static_cast<u8>(damaged[i] ^ flip);
      file.put(damaged);
      CHECK(!error_of(file.path()).empty());
    }
  }
}

TEST_CASE("events written by hand from their description are read, and apply to what follows") {
  const TemporaryFile file;
  // Map 2 pages "x" at 0x5000 to read and write; protect the upper one to read; unmap 0x1000. Then a store of
  // 1 byte at 0x5fff in VMA 1 (of 0x2000, 0x5000, 0x6000), a load of 1 byte at 0x6000 in VMA 2.
  file.put(file_with({{"EVTS", {3, 1, 5, 2, 0b011, 1, 'x', 3, 6, 1, 0b001, 2, 1, 1}},
                      {"ACCS", {2, 0xf1, 1, 0xfe, 0x3f, 0xf0, 2, 0}}},
                     1, 1, 3));
  CHECK(read_all(file.path()) ==
        std::vector<Step>{MapEvent{MapEvent::Kind::kMap, {0x5000, 0x7000, {true, true, false}, "x"}},
                          MapEvent{MapEvent::Kind::kProtect, {0x6000, 0x7000, {true, false, false}, ""}},
                          MapEvent{MapEvent::Kind::kUnmap, {0x1000, 0x2000, {}, ""}}, Access{0x5fff, 1, true},
                          Access{0x6000, 1, false}});
}

TEST_CASE("a file with correct checksums but invalid accesses is refused with the reason") {
  const TemporaryFile file;
  const auto error = [&file](const std::vector<u8>& accesses, u8 loads, u8 stores) {
    file.put(file_with(accesses, loads, stores));
    return error_of(file.path());
  };
  const auto has = [](const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
  };
  CHECK(has(error({1, 0xf1, 0, 0}, 0, 1), "a store at 0x1000 in a VMA without that right"));
  CHECK(has(error({1, 0xf6, 1, 0xf2, 0x3f}, 1, 0), "an access of 8 bytes at 0x2ff9 outside its VMA"));
  CHECK(has(error({1, 0xf0, 2, 0}, 1, 0), "an access in VMA 2 of 2"));
  CHECK(has(error({1, 0x00, 0}, 1, 0), "refers to no recent VMA"));
  CHECK(has(error({1, 0xfe, 0x81, 0x20, 1, 0}, 1, 0), "an access of 4097 bytes (limit 4096)"));
  CHECK(has(error({2, 0xf0, 0, 0}, 1, 0), "1 accesses where 2 were announced"));
  CHECK(has(error({1, 0xf0, 0, 0}, 2, 0), "END counts other loads, stores and events"));
  CHECK(has(error({1, 0xf0, 0}, 1, 0), "the section ends within a value"));
  CHECK(has(error({1, 0xf0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}, 1, 0),
            "more than 64 bits"));
  CHECK(error({1, 0xf0, 0, 0}, 1, 0).empty());
}

TEST_CASE("events that Linux would refuse are refused with the reason, others are accepted") {
  const TemporaryFile file;
  const auto error = [&file](const std::vector<u8>& events, const std::vector<u8>& accesses = {}) {
    std::vector<std::pair<const char*, std::vector<u8>>> sections = {{"EVTS", events}};
    if (!accesses.empty()) sections.push_back({"ACCS", accesses});
    file.put(file_with(sections, accesses.empty() ? 0 : 1, 0, events[0]));
    return error_of(file.path());
  };
  const auto has = [](const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
  };
  CHECK(has(error({1, 1, 0, 2, 0b011, 0}), "a map of 0x0 to 0x2000 over what is mapped at 0x1000"));
  CHECK(has(error({1, 3, 2, 2, 0b001}), "a protection of 0x2000 to 0x4000 with nothing mapped at 0x3000"));
  CHECK(has(error({1, 3, 0, 2, 0b001}), "a protection of 0x0 to 0x2000 with nothing mapped at 0x0"));
  CHECK(has(error({1, 1, 5, 0, 0b011, 0}), "an event whose range is empty or ends above 2^47"));
  // The page below 2^47, and one more.
  CHECK(has(error({1, 2, 0xff, 0xff, 0xff, 0xff, 0x7f, 2}), "ends above 2^47"));
  CHECK(error({1, 2, 0xff, 0xff, 0xff, 0xff, 0x7f, 1}).empty());
  CHECK(has(error({1, 4, 5, 1}), "unknown event 4"));
  CHECK(has(error({1, 1, 5, 1, 8, 0}), "unknown rights 0x8"));
  CHECK(has(error({2, 2, 5, 1}), "1 events where 2 were announced"));
  CHECK(has(error({1, 2, 5}), "the section ends within a value"));
  CHECK(has(error({1, 1, 5, 1, 0b011, 4, 'x'}), "the section ends within a text"));
  CHECK(has(error({1, 2, 1, 1}, {1, 0xf0, 1, 0}), "an access in VMA 1 of 1"));
  CHECK(has(error({1, 3, 1, 1, 0}, {1, 0xf0, 0, 0}), "a load at 0x1000 in a VMA without that right"));
  CHECK(error({1, 2, 5, 9}).empty());                     // unmaps nothing
  CHECK(error({1, 2, 0, 9}).empty());                     // unmaps everything, and holes
  CHECK(error({1, 3, 1, 2, 0b001}).empty());              // protects two areas at once
  CHECK(error({2, 2, 1, 1, 1, 1, 1, 0b011, 0}).empty());  // maps what was just unmapped
}

TEST_CASE("the error names the file, the offset and the reason on one line") {
  const TemporaryFile file;
  std::vector<u8> bytes = file_with({1, 0xf0, 0, 0}, 1, 0);
  bytes.push_back(0);
  file.put(bytes);
  // 12 for the head, then four sections with 12 bytes of head and 5, 10, 4 and 3 of payload.
  CHECK(error_of(file.path()) == file.path() + ": offset 82: bytes after the end");
  // The second event of a section that begins after 12 + (12 + 5) + (12 + 10) + 12.
  file.put(file_with({{"EVTS", {2, 2, 5, 1, 3, 5, 1, 0}}}, 0, 0, 2));
  CHECK(error_of(file.path()) ==
        file.path() + ": offset 67: a protection of 0x5000 to 0x6000 with nothing mapped at 0x5000");
}

TEST_CASE("a file with random bytes in a section is read, or refused in one line") {
  const TemporaryFile file;
  u64 state = 7;
  const auto random = [&state] {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<u8>(state >> 56);
  };
  unsigned read = 0;
  for (unsigned round = 0; round < 3000; ++round) {
    std::vector<u8> events = {static_cast<u8>(random() % 4)}, accesses = {static_cast<u8>(random() % 3)};
    for (unsigned n = random() % 16; n != 0; --n) events.push_back(random() % 7);
    for (unsigned n = random() % 12; n != 0; --n) accesses.push_back(random());
    file.put(file_with({{"EVTS", events}, {"ACCS", accesses}}, 0, 0, events[0]));
    const std::string error = error_of(file.path());
    read += error.empty() ? 1 : 0;
    CHECK((error.empty() || error.starts_with(file.path() + ": offset ")));
    CHECK(error.find('\n') == std::string::npos);
  }
  CHECK(read != 0);
}

TEST_CASE("a file that is no workload is refused") {
  const TemporaryFile file;
  CHECK(error_of(file.path()).find("cannot be opened: No such file") != std::string::npos);
  CHECK(error_of("/").find("is a directory") != std::string::npos);
  file.put(std::vector<u8>(100, 'x'));
  CHECK(error_of(file.path()).find("not a workload file") != std::string::npos);
  std::vector<u8> other = file_with({1, 0xf0, 0, 0}, 1, 0);
  other[8] = 3;
  file.put(other);
  CHECK(error_of(file.path()).find("version 3, but only version 2") != std::string::npos);
  other[8] = 1;
  file.put(other);
  CHECK(error_of(file.path()).find("version 1, from before memory maps could change: record") !=
        std::string::npos);
}

TEST_CASE("a workload that cannot be written is reported") {
  CHECK_THROWS_AS(write_steps("/nonexistent/x", "x", kVmas, {}), OutputError);
}

TEST_CASE("the shipped workloads are complete and mix loads and stores") {
  unsigned files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(SMMU_VP_WORKLOADS)) {
    if (entry.path().extension() != ".workload") continue;
    ++files;
    u64 stores = 0, accesses = 0;
    WorkloadReader reader(entry.path().string());
    while (const auto step = reader.next()) {
      if (const auto* access = std::get_if<Access>(&*step)) {
        ++accesses;
        stores += access->write ? 1 : 0;
      }
    }
    CHECK(accesses == reader.info().kept);
    CHECK(stores > 10'000);
    CHECK(accesses - stores > 10'000);
    CHECK(accesses > kDefaultReplay);
    CHECK(reader.info().vmas.size() > 5);
  }
  CHECK(files >= 2);
}

}  // namespace smmu_vp::tb::test
