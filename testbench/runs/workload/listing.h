// Parses the mappings of a recorded process (/proc/PID/maps) and selects those of the program.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "testbench/runs/workload/memory_map.h"

namespace smmu_vp::tb {

// Parses one line of /proc/PID/maps; keeps a file's name without its folder.
std::optional<Vma> parse_maps_line(std::string_view line);

// The memory map of a program before its first access: the mapped files except the recording tool's, and the
// area of the access, which is the stack.
std::vector<Vma> first_map(const std::vector<Vma>& listing, const Access& access);

// The events that make the access valid where no system call reported the mapping: a stack that has grown,
// memory that the kernel maps by itself. Pages that the listing does not show are mapped one by one: they
// existed when they were used.
std::vector<MapEvent> learn(const MemoryMap& map, const std::vector<Vma>& listing, const Access& access);

}  // namespace smmu_vp::tb
