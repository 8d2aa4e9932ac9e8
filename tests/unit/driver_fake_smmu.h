// The minimum of an SMMU that the driver's sequences need: control registers acknowledge themselves; commands
// are consumed when they are published, and recorded in order with the stores around them.
#pragma once

#include <string>
#include <vector>

#include "tests/unit/driver_fake_os.h"
#include "tlm/spec/commands.h"

namespace smmu_vp::sw_test {

class FakeSmmu : public FakeDevice {
 public:
  static constexpr u64 kBase = 0x2b40'0000;
  static constexpr u32 kIrqEvent = 32, kIrqPri = 33, kIrqGerror = 34;

  explicit FakeSmmu(FakeOs& os);

  u64 read(u64 offset, unsigned bytes) override;
  void write(u64 offset, unsigned bytes, u64 value) override;

  void set_register(u32 offset, u64 value) { registers_[offset] = value; }
  // While held, published commands stay in the queue.
  void hold(bool on) {
    held_ = on;
    consume();
  }
  void put_event(const std::array<u64, 4>& record);
  void put_page_request(const std::array<u64, 2>& entry, bool raise = true);
  void set_priq_overflow();

  struct Write {
    u32 offset;
    u64 value;
  };
  std::vector<Write> writes;            // registers, in order
  std::vector<spec::Command> commands;  // consumed, in order
  // The names of the commands from `first` on, with "dwN" for stores to the 64-byte entry at `entry`, in the
  // order observed: "CFGI_CD SYNC dw0 ...".
  std::string steps(u64 entry) const;
  // Clears the record.
  void forget();
  std::size_t count(spec::Opcode opcode) const;

 private:
  struct Step {
    std::size_t stores_before;
    std::string name;
  };
  void consume();
  void put(u32 base_offset, u32 prod_offset, const u64* words, unsigned bytes);

  FakeOs& os_;
  std::map<u32, u64> registers_;
  std::vector<Step> steps_;
  bool held_ = false;
};

// A function's name without its CMD_ prefix.
std::string short_name(const spec::Command& c);

}  // namespace smmu_vp::sw_test
