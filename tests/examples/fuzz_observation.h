// Random calls that observe the machine, sensible ones and nonsense.
#pragma once

#include <cstddef>
#include <filesystem>
#include <initializer_list>
#include <string>

#include "tests/examples/fuzz_random.h"
#include "tests/support/c_abi.h"

class ObservingCalls {
 public:
  explicit ObservingCalls(Random& random) : random_(random) {
    std::string name = (std::filesystem::temp_directory_path() / "smmu-vp-fuzz-XXXXXX").string();
    if (::mkdtemp(name.data()) != nullptr) folder_ = name;
  }
  ObservingCalls(const ObservingCalls&) = delete;
  ObservingCalls& operator=(const ObservingCalls&) = delete;
  ~ObservingCalls() {
    std::error_code none;
    std::filesystem::remove_all(folder_, none);
  }

  // Calls that return something.
  smmu_vp_status look(smmu_vp_handle* vp) {
    char text[300];
    char* const to = random_.one_in(20) ? nullptr : text;
    const std::size_t n = random_.below(sizeof text);
    smmu_vp_finding finding{};
    switch (random_.below(8)) {
      case 0:
      case 1:
        return smmu_vp_explain(
            vp, words({"0x100:1:0x4000000000:rw", "8:-:0x4000001000:x", "0x100:3:1:rp", "8:1"}), to, n);
      case 2:
        return smmu_vp_violation(vp, random_.below(4), random_.one_in(20) ? nullptr : &finding);
      case 3:
        return smmu_vp_counters(vp, to, n);
      case 4:
        return smmu_vp_records(vp, words({"commands", "events", "page_requests"}), to, n);
      case 5:
        return smmu_vp_note(vp, words({"a note", "two\nlines", ""}));
      case 6:
        return smmu_vp_phase(vp, words({"a phase", "another", ""}));
      default:
        return smmu_vp_monitors(vp, to, n);
    }
  }

  // Calls that write files.
  smmu_vp_status record(smmu_vp_handle* vp) {
    if (random_.one_in(2)) return smmu_vp_record(vp, nullptr, nullptr);
    const char* const places[] = {folder_.c_str(), folder_.c_str(), "/dev/null/x", "", nullptr};
    const char* const place = places[random_.below(std::size(places))];
    if (random_.one_in(4)) return smmu_vp_dump(vp, place);
    return smmu_vp_record(vp, place,
                          words({"events", "waves,latency", "timeline", "none", "report", "all", ""}));
  }

 private:
  // What such a call expects, or any bytes.
  const char* words(std::initializer_list<const char*> sensible) {
    if (random_.one_in(30)) return nullptr;
    if (!random_.one_in(4)) return sensible.begin()[random_.below(sensible.size())];
    for (char& c : bytes_) c = static_cast<char>(random_.next());
    bytes_[random_.below(sizeof bytes_)] = '\0';
    bytes_[sizeof bytes_ - 1] = '\0';
    return bytes_;
  }

  Random& random_;
  std::string folder_;
  char bytes_[24] = {};
};
