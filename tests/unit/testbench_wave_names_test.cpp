// The viewer shows the names that the waves carry.
#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "testbench/observe/trace_sinks/wave_names.h"

using namespace smmu_vp::tb;

namespace {

// A filter file has one line per value: binary digits, a space, the name.
void check_filter(const WaveNames& names) {
  std::ifstream file(SMMU_VP_WAVES "/filters/" + names.type + ".txt");
  REQUIRE(file);
  std::size_t i = 0;
  for (std::string line; std::getline(file, line); ++i) {
    std::istringstream in(line);
    std::string digits, name;
    in >> digits >> name;
    REQUIRE(i < names.names.size());
    CHECK(std::stoull(digits, nullptr, 2) == names.values[i]);
    CHECK(name == names.names[i]);
  }
  CHECK(i == names.names.size());
}

}  // namespace

TEST_CASE("the viewer's filters name every command, event and phase that the waves can show") {
  check_filter(command_names());
  check_filter(event_names());
  check_filter(phase_names());
}
