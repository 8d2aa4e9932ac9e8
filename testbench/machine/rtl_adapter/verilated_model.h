// A Verilated class as a CacheModel. All configurations have the same port names, so one template serves them
// all; each configuration instantiates it in its own generated file.
#pragma once

#include <verilated.h>
#include <verilated_fst_c.h>

#include "testbench/machine/rtl_adapter/cache_model.h"
#include "testbench/machine/rtl_adapter/encoding.h"
#include "testbench/machine/rtl_adapter/rtl_runtime.h"

namespace smmu_vp::tb {

template <typename Verilated, typename Package>
class VerilatedModel final : public CacheModel {
  using encoding = Encoding<Package>;

 public:
  explicit VerilatedModel(const std::string& name) : rtl_(single_threaded(), name.c_str()) {
    rtl_.rst_ni = 0;
    for (int cycle = 0; cycle < 2; ++cycle) {
      fall();
      rise();
    }
    fall();
    rtl_.rst_ni = 1;
  }
  ~VerilatedModel() override {
    ::Verilated::threadContextp(&rtl_context());
    rtl_.final();
  }

  Edge settle(const Inputs& in) override {
    rtl_.clk_i = 0;
    drive(in);
    eval();
    return {.lookup_accepted = rtl_.lookup_valid_i && rtl_.lookup_ready_o,
            .fill_accepted = rtl_.fill_valid_i && rtl_.fill_ready_o,
            .invalidate_accepted = rtl_.inv_valid_i && rtl_.inv_ready_o,
            .lookup_committed = rtl_.lookup_commit_o != 0,
            .lookup_answered = rtl_.lookup_rsp_valid_o && rtl_.lookup_rsp_ready_i,
            .fill_answered = rtl_.fill_rsp_valid_o && rtl_.fill_rsp_ready_i,
            .invalidate_answered = rtl_.inv_done_valid_o && rtl_.inv_done_ready_i};
  }

  void rise() override {
    rtl_.clk_i = 1;
    eval();
  }
  void fall() override {
    rtl_.clk_i = 0;
    eval();
  }

  core::LookupResult lookup_answer() const override {
    core::LookupResult result;
    result.status = encoding::lookup_status(rtl_.lookup_rsp_o);
    if (result.status == core::LookupStatus::kHit)
      result.entry =
          encoding::decode_translation(rtl_.lookup_rsp_va_o, rtl_.lookup_rsp_pa_o, rtl_.lookup_rsp_attr_o);
    else
      result.mshr = encoding::lookup_mshr(rtl_.lookup_rsp_o);
    return result;
  }
  core::FillResult fill_answer() const override { return encoding::decode_fill(rtl_.fill_rsp_o); }
  core::InvalidateResult invalidate_answer() const override {
    return {.entries = rtl_.inv_done_entries_o, .mshrs_poisoned = rtl_.inv_done_poisoned_o};
  }

  core::ReferenceCache::Slot slot(const Place& at) override {
    if constexpr (requires(Verilated & rtl) { rtl.debug_valid_o; }) {
      return read_slot(rtl_, at);
    } else {
      return {};
    }
  }

  void trace(VerilatedFstC& file) override {
    rtl_context().traceEverOn(true);
    rtl_.trace(&file, 99);
  }

 private:
  // Otherwise Verilator creates an idle thread for each core, and at its end a forked process, which has none
  // of these threads, would wait for them forever.
  static VerilatedContext* single_threaded() {
    rtl_context().threads(1);
    ::Verilated::threadContextp(&rtl_context());
    return &rtl_context();
  }

  // A template, so that a cache without a debug port compiles.
  template <typename Rtl>
  core::ReferenceCache::Slot read_slot(Rtl& rtl, const Place& at) {
    rtl.debug_block_i = at.block_bank;
    rtl.debug_set_i = static_cast<u16>(at.set);
    rtl.debug_way_i = static_cast<u8>(at.way);
    eval();
    if (!rtl.debug_valid_o) return {};
    const core::LookupKey key = encoding::decode_key(rtl.debug_key_o, 0);
    return {.valid = true,
            .world = key.world,
            .vmid = key.vmid,
            .context = key.context,
            .granule = key.granule,
            .entry = encoding::decode_translation(rtl.debug_va_o, rtl.debug_pa_o, rtl.debug_attr_o)};
  }

  void drive(const Inputs& in) {
    rtl_.lookup_rsp_ready_i = in.take_lookup;
    rtl_.fill_rsp_ready_i = in.take_fill;
    rtl_.inv_done_ready_i = in.take_invalidate;
    rtl_.lookup_valid_i = in.lookup != nullptr;
    if (in.lookup != nullptr) {
      rtl_.lookup_key_i = encoding::key(*in.lookup);
      rtl_.lookup_va_i = in.lookup->va;
    }
    rtl_.fill_valid_i = in.fill != nullptr;
    if (in.fill != nullptr) {
      rtl_.fill_mshr_i = in.fill->mshr;
      rtl_.fill_present_i = in.fill->present;
      rtl_.fill_va_i = in.fill->entry.va;
      rtl_.fill_pa_i = in.fill->entry.pa;
      rtl_.fill_attr_i = encoding::attributes(in.fill->entry);
    }
    rtl_.inv_valid_i = in.invalidate != nullptr;
    if (in.invalidate != nullptr) {
      rtl_.inv_i = encoding::invalidation(*in.invalidate);
      rtl_.inv_first_i = in.invalidate->first;
      rtl_.inv_last_i = in.invalidate->last;
    }
  }

  void eval() {
    evaluating = this;
    rtl_.eval();
  }

  Verilated rtl_;
};

}  // namespace smmu_vp::tb
