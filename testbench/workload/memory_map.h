// The memory map of a recorded process, learnt while it runs: its kernel's listing (/proc/PID/maps) is
// consulted whenever the program touches what is not known yet.
#pragma once

#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "testbench/workload/workload.h"

namespace smmu_vp::tb {

// One line of /proc/PID/maps; a file's name without its folder.
std::optional<Vma> parse_maps_line(std::string_view line);

class MemoryMap {
 public:
  // Adds an area; where areas overlap, rights add up and the first name stays.
  void add(const Vma& vma);
  // Whether every byte is known with the right the access needs.
  bool covers(const Access& access) const;
  // Learns from the areas of a listing: mapped files, and whatever holds the access. What the listing does
  // not show (unmapped again already) is taken page by page: it was there when it was used.
  void learn(const std::vector<Vma>& listing, const Access& access);

  // Sorted, disjoint, neighbours of one kind joined.
  std::vector<Vma> areas() const;

 private:
  void split_at(u64 va);
  std::map<u64, Vma> areas_;  // by start
};

// The access in pieces that lie in one area each.
void split_access(const std::vector<Vma>& vmas, const Access& access, std::vector<Access>& pieces);

}  // namespace smmu_vp::tb
