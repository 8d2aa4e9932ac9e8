// Configuration space of an endpoint function: a type 0 header with one 64-bit BAR, and the PCI Express,
// MSI-X, Power Management, PASID, ATS and Page Request capabilities; Access Control Services if the device has several functions.
#pragma once

#include "tlm/pcie/config_bytes.h"
#include "tlm/pcie/endpoint_config.h"

namespace smmu_vp::pcie {

// Called after a configuration write took effect.
class ConfigEvents {
 public:
  virtual ~ConfigEvents() = default;
  virtual void controls_changed() = 0;  // what ConfigSpace::controls() says
  virtual void ats_control_changed() = 0;
  virtual void pri_control_changed(bool was_enabled) = 0;
  virtual void pri_reset() = 0;
  virtual void msix_control_changed() = 0;
  virtual void function_level_reset() = 0;
  virtual bool transactions_pending() const = 0;  // for reads of Device Status
};

// What software lets the function do beside plain DMA.
struct Controls {
  bool pasid = false, ats = false, pri = false;  // the Enable bits
  u32 allocation = 0;                            // Outstanding Page Request Allocation, as written
  bool operator==(const Controls&) const = default;
};

struct FunctionKind {
  u16 device_id;
  bool integrated = false;  // into the root complex, without a link (1.3.2.3)
};

class ConfigSpace : private ConfigBytes {
 public:
  // Offsets of the capabilities.
  static constexpr unsigned kExpress = 0x40, kMsix = 0x80, kPower = 0x90, kPasid = 0x100, kAts = 0x110,
                            kPri = 0x120, kAcs = 0x130;
  static constexpr unsigned kMaxPasidWidth = 20;
  static constexpr unsigned kInvalidateQueueDepth = 32;

  ConfigSpace(const FunctionKind& kind, const LinkConfig& link, const PriConfig& pri, u64 bar0_bytes,
              ConfigEvents& events);

  u32 read(unsigned offset, unsigned bytes) const;
  void write(unsigned offset, unsigned bytes, u32 value);
  // Function Level Reset and power-on: sets every register to its reset value.
  void reset();
  void set_multi_function();

  // Current settings, for the rest of the function.
  bool memory_enabled() const;
  bool bus_master() const;
  u64 bar0() const;
  u64 bar0_bytes() const { return bar0_bytes_; }
  // Whether BAR 0 decodes a memory request to `address`.
  bool claims(u64 address) const { return memory_enabled() && address - bar0() < bar0_bytes_; }
  unsigned max_payload() const { return max_payload_; }
  unsigned max_read_request() const { return max_read_request_; }
  bool msix_enabled() const;
  bool msix_masked() const;
  bool pasid_enabled() const { return pasid_enabled_; }
  bool ats_enabled() const { return ats_enabled_; }
  unsigned stu_log2() const { return stu_log2_; }
  bool pri_enabled() const;
  u32 pri_allocation() const;
  Controls controls() const;
  bool prg_response_pasid_required() const { return pri_.prg_response_pasid_required; }
  // PRI Status, which the page requester updates.
  u16 pri_status() const;
  void set_pri_status(u16 status);

 private:
  void define_header(u16 device_id);
  void define_express(bool integrated);
  void define_capabilities();
  void define_extended();
  bool writable_now(unsigned offset) const;
  // In D3hot a function only answers configuration requests (5.3.1.4.1).
  bool powered() const;
  // The controls whose change sets something going.
  struct Switches {
    u32 ats;
    bool pri_enabled;
  };
  void after_write(const ConfigPlace& written, const Switches& before);
  void cache_controls();

  LinkConfig link_;
  PriConfig pri_;
  u64 bar0_bytes_;
  ConfigEvents& events_;
  // Decoded on write, as every DMA reads them.
  unsigned max_payload_ = 128, max_read_request_ = 512, stu_log2_ = 12;
  bool pasid_enabled_ = false, ats_enabled_ = false;
};

}  // namespace smmu_vp::pcie
