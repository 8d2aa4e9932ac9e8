// The registers of pages 0 and 1: what software may read and write, and when (chapter 6). The ID registers
// determine which bits exist. The owner acts on changes.
#pragma once

#include <array>

#include "tlm/core/smmu_config.h"
#include "tlm/spec/registers.h"

namespace smmu_vp::core {

class RegisterFile {
 public:
  explicit RegisterFile(const SmmuConfig& config);

  // Software's accesses, aligned. Undefined locations are RES0, a 64-bit access is two of 32.
  u64 read(u32 offset, spec::RegisterSize size) const;
  void write(u32 offset, spec::RegisterSize size, u64 value);
  // The bits of a register that software can ever change; the others are read-only or RES0.
  u64 writable(const spec::Register& r) const;

  // The model's own access by architectural offset, which may also change bits
  // that are read-only to software.
  u32 word(u32 offset) const { return words_[index(offset)]; }
  u64 dword(u32 offset) const { return u64{words_[index(offset) + 1]} << 32 | words_[index(offset)]; }
  bool flag(u32 offset, spec::Field field) const { return (word(offset) & field.mask()) != 0; }
  void set_word(u32 offset, u32 value) { words_[index(offset)] = value; }

  // Which configuration errors are recorded (6.3.12).
  bool rec_cfg_ats() const { return flag(spec::offset::CR2, spec::CR2::REC_CFG_ATS); }
  bool recinvsid() const { return flag(spec::offset::CR2, spec::CR2::RECINVSID); }
  bool smmu_enabled() const { return flag(spec::offset::CR0, spec::CR0::SMMUEN); }
  // PRIQEN has no effect while SMMUEN is 0 (6.3.9.5).
  bool priq_enabled() const { return smmu_enabled() && flag(spec::offset::CR0, spec::CR0::PRIQEN); }
  // An interrupt source is enabled only once its Update is complete (6.3.16).
  bool interrupt_enabled(spec::Field source) const;

  // CR0 and IRQ_CTRL fields written but not acknowledged yet (6.3.9). acknowledge() completes their Update.
  u32 pending(u32 offset) const { return word(offset) ^ word(offset + 4); }
  void acknowledge(u32 offset, u32 bits);

  // Global errors (7.5). activate() returns false when the error was already active.
  bool error_active(spec::Field error) const;
  bool activate_error(spec::Field error);

 private:
  static constexpr u32 kWindow = 0x400;  // all registers of both pages are below this, at distinct offsets
  static constexpr std::size_t index(u32 offset) { return (offset & (kWindow - 1)) / 4; }
  struct Word {
    const spec::Register* owner = nullptr;
    u32 writable = 0;
  };

  u32 implemented(const spec::Register& r, unsigned half) const;
  bool guarded(const spec::Register& r) const;
  const Word* find(u32 offset) const;
  void write_word(u32 offset, u32 value);
  u32 writable_now(const Word& w) const;
  u32 readable(u32 offset) const;

  SmmuConfig config_;
  std::array<u32, kWindow / 4> words_{};
  std::array<Word, kWindow / 4> layout_{};
};

}  // namespace smmu_vp::core
