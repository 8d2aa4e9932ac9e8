// The workload file: what is written is read back, and nothing damaged is believed.
#include <doctest/doctest.h>

#include <filesystem>

#include "testbench/workload/crc.h"
#include "testbench/workload/reader.h"
#include "testbench/workload/writer.h"
#include "tests/unit/workload_temporary.h"

namespace smmu_vp::tb::test {

namespace {

const std::vector<Vma> kVmas = {{0x1000, 0x3000, true, false, true, "prog"},
                                {0x3000, 0x4000, true, true, false, ""},
                                {0x7fff'ffff'e000, 0x7fff'ffff'f000, true, true, false, "[stack]"}};
const std::vector<Access> kAccesses = {{0x3ff8, 8, true},  {0x7fff'ffff'e010, 16, false}, {0x3000, 100, true},
                                       {0x1000, 1, false}, {0x7fff'ffff'e000, 64, true},  {0x3000, 3, false}};

std::vector<Access> read_all(const std::string& path) {
  WorkloadReader reader(path);
  std::vector<Access> all;
  while (const auto access = reader.next()) all.push_back(*access);
  return all;
}

// The line an unreadable file gives; empty when it was read after all.
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

// A section as docs/workloads.md has it, with a right checksum whatever it says.
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

// One read-only page at 0x1000 and one writable at 0x2000, then `accesses` and the counts.
std::vector<u8> file_with(const std::vector<u8>& accesses, const std::vector<u8>& counts) {
  std::vector<u8> file = {'S', 'M', 'M', 'U', 'V', 'P', 'W', 'L', 1, 0, 0, 0};
  append_section(file, "INFO", {2, 'l', 's'});
  append_section(file, "VMAS", {2, 1, 1, 0b001, 0, 0, 1, 0b011, 1, 'h'});
  append_section(file, "ACCS", accesses);
  append_section(file, "END ", counts);
  return file;
}

}  // namespace

TEST_CASE("The checksums are CRC-32 and CRC-32C by their published check values") {
  const std::string digits = "123456789";
  const std::vector<u8> bytes(digits.begin(), digits.end());
  Crc32 crc;
  crc.add(bytes);
  CHECK(crc.value() == 0xCBF4'3926);
  Crc32c crc_c;
  crc_c.add(bytes);
  CHECK(crc_c.value() == 0xE306'9283);
}

TEST_CASE("A workload is read back as it was written") {
  const TemporaryFile file;
  const u64 size = write_workload(file.path(), {"sort file", kVmas}, kAccesses);
  CHECK(size == std::filesystem::file_size(file.path()));
  WorkloadReader reader(file.path());
  CHECK(reader.info().command == "sort file");
  CHECK(reader.info().vmas == kVmas);
  CHECK(read_all(file.path()) == kAccesses);
}

TEST_CASE("A long workload in more VMAs than are remembered takes few bytes an access and loses none") {
  std::vector<Vma> vmas;
  for (u64 i = 0; i < 40; ++i)
    vmas.push_back({0x10'0000 * (i + 1), 0x10'0000 * (i + 1) + 0x2000, true, true, false, ""});
  std::vector<Access> accesses;
  u64 state = 1;
  for (u64 i = 0; i < 200'000; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    const u64 vma = (state >> 58) == 0 ? (state >> 40) % 40 : i % 3;
    accesses.push_back({vmas[vma].start + i % 1000 * 8, 8, (state >> 50 & 1) != 0});
  }
  const TemporaryFile file;
  CHECK(write_workload(file.path(), {"x", vmas}, accesses) < accesses.size() * 4);
  CHECK(read_all(file.path()) == accesses);
}

TEST_CASE("A file written by hand from its description is read") {
  const TemporaryFile file;
  // A load of 4 bytes at 0x1010 in VMA 0, a store of 3 bytes at 0x2000 in VMA 1, a load of 8 at 0x1008 in VMA
  // 0 again.
  file.put(file_with({3, 0xf4, 0, 0x20, 0xff, 3, 1, 0, 0x16, 0x0f}, {2, 1}));
  CHECK(read_all(file.path()) ==
        std::vector<Access>{{0x1010, 4, false}, {0x2000, 3, true}, {0x1008, 8, false}});
}

TEST_CASE("A file that ends early is refused, wherever it ends") {
  const TemporaryFile file;
  write_workload(file.path(), {"sort", kVmas}, kAccesses);
  const std::vector<u8> whole = file.bytes();
  for (std::size_t n = 0; n < whole.size(); ++n) {
    file.put(std::span(whole).first(n));
    CHECK(error_of(file.path()).starts_with(file.path() + ": offset "));
  }
}

TEST_CASE("A file with one damaged byte is refused, whichever it is") {
  const TemporaryFile file;
  write_workload(file.path(), {"sort", kVmas}, kAccesses);
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

TEST_CASE("A file whose checksums are right but whose contents are not is refused with the reason") {
  const TemporaryFile file;
  const auto error = [&file](const std::vector<u8>& accesses, const std::vector<u8>& counts) {
    file.put(file_with(accesses, counts));
    return error_of(file.path());
  };
  const auto has = [](const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
  };
  CHECK(has(error({1, 0xf1, 0, 0}, {0, 1}), "a store at 0x1000 in a VMA without that right"));
  CHECK(has(error({1, 0xf6, 1, 0xf2, 0x3f}, {1, 0}), "an access of 8 bytes at 0x2ff9 outside its VMA"));
  CHECK(has(error({1, 0xf0, 2, 0}, {1, 0}), "an access in VMA 2 of 2"));
  CHECK(has(error({1, 0x00, 0}, {1, 0}), "refers to no recent VMA"));
  CHECK(has(error({1, 0xfe, 0x81, 0x20, 1, 0}, {1, 0}), "an access of 4097 bytes (limit 4096)"));
  CHECK(has(error({2, 0xf0, 0, 0}, {1, 0}), "1 accesses where 2 were announced"));
  CHECK(has(error({1, 0xf0, 0, 0}, {2, 0}), "END counts other accesses"));
  CHECK(has(error({1, 0xf0, 0}, {1, 0}), "the section ends within a value"));
  CHECK(has(error({1, 0xf0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}, {1, 0}),
            "more than 64 bits"));
  CHECK(error({1, 0xf0, 0, 0}, {1, 0}).empty());
}

TEST_CASE("The error names the file, the offset and the reason on one line") {
  const TemporaryFile file;
  std::vector<u8> bytes = file_with({1, 0xf0, 0, 0}, {1, 0});
  bytes.push_back(0);
  file.put(bytes);
  // 12 for the head, then four sections with 12 bytes of head and 3, 10, 4 and 2 of payload.
  CHECK(error_of(file.path()) == file.path() + ": offset 79: bytes after the end");
}

TEST_CASE("What is no workload file is refused") {
  const TemporaryFile file;
  CHECK(error_of(file.path()).find("cannot be opened: No such file") != std::string::npos);
  CHECK(error_of("/").find("is a directory") != std::string::npos);
  file.put(std::vector<u8>(100, 'x'));
  CHECK(error_of(file.path()).find("not a workload file") != std::string::npos);
  std::vector<u8> newer = file_with({1, 0xf0, 0, 0}, {1, 0});
  newer[8] = 2;
  file.put(newer);
  CHECK(error_of(file.path()).find("version 2, but only version 1") != std::string::npos);
}

TEST_CASE("A workload that cannot be written says so") {
  CHECK_THROWS_AS(write_workload("/nonexistent/x", {"x", kVmas}, {}), WorkloadError);
}

TEST_CASE("The shipped workloads are whole and mix loads and stores") {
  unsigned files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(SMMU_VP_WORKLOADS)) {
    if (entry.path().extension() != ".workload") continue;
    ++files;
    u64 stores = 0, all = 0;
    WorkloadReader reader(entry.path().string());
    for (; const auto access = reader.next(); ++all) stores += access->write ? 1 : 0;
    CHECK(stores > 10'000);
    CHECK(all - stores > 10'000);
    CHECK(reader.info().vmas.size() > 10);
  }
  CHECK(files >= 2);
}

}  // namespace smmu_vp::tb::test
