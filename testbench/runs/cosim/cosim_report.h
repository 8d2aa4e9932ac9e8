// The results of smmu-vp-cosim: a table for people, JSON for programs.
#pragma once

#include <string>
#include <vector>

#include "testbench/runs/cosim/traffic.h"

namespace smmu_vp::tb {

struct ProfileResult {
  std::string profile;
  TrafficResult result;
  std::string kept;  // path without ending of what was kept of its first difference; empty: nothing
};

std::string table_head();
std::string table_row(const ProfileResult& profile);
// Each kind of operation: cycles from acceptance to answer, when answers are taken at once.
std::string latency_table(const TrafficResult& undisturbed);
std::string to_json(const std::string& title, u32 seed, const std::vector<ProfileResult>& profiles,
                    const TrafficResult& undisturbed);

}  // namespace smmu_vp::tb
