// Configuration keys of memory, address map, link and endpoints.
#include "testbench/machine/config/keys_internal.h"

namespace smmu_vp::tb {

namespace {

Key kind_key() {
  std::vector<std::string> names;
  std::string help;
  for (const DeviceKind& kind : kDeviceKinds) {
    names.emplace_back(kind.name);
    help += (help.empty() ? "" : "; ") + std::string(kind.name) + ": " + std::string(kind.help);
  }
  return word_key("endpoint.N.kind", std::move(names), help + ".", SMMU_VP_AT(choice(c.endpoints[n].kind)));
}

}  // namespace

std::vector<Key> device_keys() {
  std::vector<Key> keys = {
      number_key("memory.base", "address", 4096, double(0x7fff'ffff'f000), "First physical address of RAM.",
                 SMMU_VP_AT(&c.memory.base)),
      number_key("memory.size", "bytes", 1 << 20, double(u64{1} << 40), "Size of RAM, a multiple of 4096.",
                 SMMU_VP_AT(&c.memory.size)),
      number_key("memory.latency_ns", "ns", 0, 1e4, "Time from request to first byte.",
                 SMMU_VP_AT(&c.memory.latency_ns)),
      number_key("memory.bandwidth_gbps", "Gbit/s", 1, 1e5, "Transfer rate of RAM.",
                 SMMU_VP_AT(&c.memory.bandwidth_gbps)),
      number_key("memory.host_address", "address", 0, double(u64{1} << 47),
                 "Host virtual address at which RAM is mapped; 0: the host chooses.",
                 SMMU_VP_AT(&c.memory.host_address)),
      text_key("memory.file",
               "File whose bytes are the RAM, shared with every process that maps it; missing, it is made. "
               "It keeps "
               "its contents at power-on. Empty: RAM of this process alone, zero at power-on.",
               SMMU_VP_AT(&c.memory.file)),
      number_key("memory.file_offset", "bytes", 0, double(u64{1} << 62),
                 "Where RAM begins in memory.file, a multiple of 4096.", SMMU_VP_AT(&c.memory.file_offset)),

      number_key(
          "pcie.ecam_base", "address", 0, 0xffff'ffff'0000,
          "Configuration space of bus 0, those of the further buses behind it; a multiple of its size.",
          SMMU_VP_AT(&c.pcie.ecam_base)),
      power_key("pcie.ecam_size", "bytes", 1 << 20, 1 << 28, "1 MB for each bus.",
                SMMU_VP_AT(&c.pcie.ecam_size)),
      number_key("pcie.window_base", "address", 0, 0xfff0'0000,
                 "First address for BARs, a multiple of 1 MB. The window ends below 4 GB.",
                 SMMU_VP_AT(&c.pcie.window_base)),
      number_key("pcie.window_size", "bytes", 1 << 20, 0xfff0'0000,
                 "Size of the window for BARs, a multiple of 1 MB.", SMMU_VP_AT(&c.pcie.window_size)),
      number_key("platform.devices_base", "address", 0, 0xffff'ffff'0000,
                 "Registers of the first platform device, those of the others behind it, 64 KB each; a "
                 "multiple of 64 KB.",
                 SMMU_VP_AT(&c.platform.devices_base)),
      number_key("platform.doorbell_base", "address", 0, 0xffff'ffff'f000,
                 "The page where a 32-bit write of N raises interrupt line N; a multiple of 4096.",
                 SMMU_VP_AT(&c.platform.doorbell_base)),
      number_key(
          "platform.foreign_doorbell_base", "address", 0, 0xffff'ffff'f000,
          "MSIs written from here on are for an interrupt controller outside the platform, such as the "
          "GITS_TRANSLATER of a GICv3, and are announced to it (docs/serve.md); a multiple of 4; 0: none.",
          SMMU_VP_AT(&c.platform.foreign_doorbell_base)),
      number_key("platform.foreign_doorbell_size", "bytes", 4, 1 << 28, "A multiple of 4.",
                 SMMU_VP_AT(&c.platform.foreign_doorbell_size)),
      number_key("platform.smmu_device_id", "", 0, 0xffff'ffff,
                 "DeviceID of the SMMU's own MSIs at the foreign doorbell; that of a device is its StreamID.",
                 SMMU_VP_AT(&c.platform.smmu_device_id)),

      number_key("link.gen", "", 1, 5, "PCI Express generation.", SMMU_VP_AT(&c.link.generation)),
      power_key("link.lanes", "lanes", 1, 16, "Lanes.", SMMU_VP_AT(&c.link.lanes)),
      number_key("link.latency_ns", "ns", 0, 1e5, "One-way latency, in addition to the time on the wire.",
                 SMMU_VP_AT(&c.link.latency_ns)),
      power_key("link.mps", "bytes", 128, 4096, "Max_Payload_Size.", SMMU_VP_AT(&c.link.mps)),
      power_key("link.mrrs", "bytes", 128, 4096, "Max_Read_Request_Size.", SMMU_VP_AT(&c.link.mrrs)),
      number_key("link.posted_headers", "credits", 0, 2047,
                 "Posted header credits each end advertises; 0 is infinite.",
                 SMMU_VP_AT(&c.link.posted_headers)),
      number_key("link.posted_data", "credits", 0, 32767,
                 "Posted data credits each end advertises, 16 bytes each; 0 is infinite.",
                 SMMU_VP_AT(&c.link.posted_data)),
      number_key("link.non_posted_headers", "credits", 0, 2047,
                 "Non-posted header credits each end advertises; 0 is infinite.",
                 SMMU_VP_AT(&c.link.non_posted_headers)),

      kind_key(),
      number_key("endpoint.N.stream_id", "", 0, 0xffff,
                 "StreamID; for a PCIe function its RequesterID: below 0x100 it is integrated into the root "
                 "complex, on bus 0, else behind the root port of its bus.",
                 SMMU_VP_AT(&c.endpoints[n].stream_id)),
      number_key("endpoint.N.channels", "channels", 1, 64, "Jobs that run concurrently.",
                 SMMU_VP_AT(&c.endpoints[n].accelerator.channels)),
      number_key("endpoint.N.queue_depth", "descriptors", 1, 4096, "Slots of the work queue.",
                 SMMU_VP_AT(&c.endpoints[n].accelerator.queue_depth)),
      number_key("endpoint.N.outstanding", "accesses", 1, 64,
                 "Pages of a copy, fill or checksum that each channel has in flight.",
                 SMMU_VP_AT(&c.endpoints[n].accelerator.outstanding)),
      word_key("endpoint.N.atc.impl", {"reference", "rtl", "lockstep"},
               "Implementation of the ATC's translation cache.", SMMU_VP_AT(choice(c.endpoints[n].atc.impl))),
      cache_rtl_key("endpoint.N.atc.rtl", SMMU_VP_AT(&c.endpoints[n].atc.rtl)),
      power_key("endpoint.N.atc.entries", "entries", 1, 16384, "Pages the ATC holds.",
                SMMU_VP_AT(&c.endpoints[n].atc.entries)),
      power_key("endpoint.N.atc.ways", "ways", 1, 16, "Ways of the ATC's page bank.",
                SMMU_VP_AT(&c.endpoints[n].atc.ways)),
      power_key("endpoint.N.atc.block_entries", "entries", 1, 64, "Entries of the ATC's block bank.",
                SMMU_VP_AT(&c.endpoints[n].atc.block_entries)),
      number_key("endpoint.N.atc.mshrs", "entries", 1, 64, "Translation requests in flight.",
                 SMMU_VP_AT(&c.endpoints[n].atc.mshrs)),
      replacement_key("endpoint.N.atc.replacement", SMMU_VP_AT(choice(c.endpoints[n].atc.replacement))),
      number_key("endpoint.N.atc.hit_ns", "ns", 0, 1e4, "Time of one lookup (reference only).",
                 SMMU_VP_AT(Nanoseconds{&c.endpoints[n].atc.hit_ps})),
      number_key("endpoint.N.ats.translations", "translations", 1, 8,
                 "Pages that one Translation Request asks for.",
                 SMMU_VP_AT(&c.endpoints[n].ats.translations)),
      number_key("endpoint.N.ats.paths", "traffic classes", 1, 8,
                 "Upstream traffic classes; an Invalidate Request is completed on each of them.",
                 SMMU_VP_AT(&c.endpoints[n].ats.paths)),
      number_key("endpoint.N.pri.capacity", "requests", 1, 4096, "Outstanding Page Request Capacity.",
                 SMMU_VP_AT(&c.endpoints[n].pri.capacity)),
      number_key("endpoint.N.pri.pages_per_group", "pages", 1, 32,
                 "Most pages of its job that a fault requests in one page request group.",
                 SMMU_VP_AT(&c.endpoints[n].pri.pages_per_group)),
      flag_key("endpoint.N.pri.pasid_in_response", "PRG Response PASID Required.",
               SMMU_VP_AT(&c.endpoints[n].pri.prg_response_pasid_required)),
      number_key("endpoint.N.pri.retries", "requests", 1, 1e6,
                 "Consecutive Success responses after which an access that still faults fails its job.",
                 SMMU_VP_AT(&c.endpoints[n].pri.retries)),
      chosen_key("endpoint.N.pri.retry_ns", "ns", 1, 1e5,
                 "Pause before the third page request for an access that still faults after Success; it "
                 "doubles with each further request, in every timing.mode.",
                 SMMU_VP_AT(Nanoseconds{&c.endpoints[n].pri.retry_ps})),
      number_key("endpoint.N.invalidate_ns", "ns", 0, 1e7, "Time the ATC takes for one Invalidate Request.",
                 SMMU_VP_AT(Nanoseconds{&c.endpoints[n].ats.invalidate_ps})),
      chosen_key("endpoint.N.misbehave.slow_ns", "ns", 0, 1e11,
                 "Time that slow_completions adds to an invalidation.",
                 SMMU_VP_AT(Nanoseconds{&c.endpoints[n].misbehave.slow_ps})),
  };
  for (const spec::MisbehaviourInfo& m : spec::kMisbehaviours) {
    const std::size_t index = index_of(m.which);
    keys.push_back(
        flag_key("endpoint.N.misbehave." + std::string(m.name), std::string(m.help),
                 [index](Config& c, std::size_t n) -> Slot { return &c.endpoints[n].misbehave.on[index]; }));
  }
  return keys;
}

}  // namespace smmu_vp::tb
