// An SMMU behind its sockets for fuzzing: registers, memory, one device per TBU, endpoints that accept
// messages. A wrong reaction of the SMMU to any input ends the process.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <deque>
#include <functional>
#include <memory>

#include "tests/fuzz/image.h"
#include "tests/support/commands.h"
#include "tests/support/events.h"
#include "tests/support/registers.h"
#include "tlm/core/reference_cache.h"
#include "tlm/smmu/smmu.h"
#include "tlm/spec/events.h"
#include "tlm/transport/broadcast_initiator.h"

namespace smmu_vp::fuzz {

[[noreturn]] inline void wrong(const char* what) {
  std::fprintf(stderr, "fuzz: %s\n", what);
  std::abort();
}

// Threads are reused, as making one allocates a stack.
class Workers {
 public:
  void run(std::function<void()> job) {
    if (idle_ == jobs_.size()) sc_core::sc_spawn([this] { serve(); });
    jobs_.push_back(std::move(job));
    work_.notify(sc_core::SC_ZERO_TIME);
  }

 private:
  void serve() {
    for (;;) {
      while (jobs_.empty()) {
        ++idle_;
        sc_core::wait(work_);
        --idle_;
      }
      const std::function<void()> job = std::move(jobs_.front());
      jobs_.pop_front();
      job();
    }
  }

  std::deque<std::function<void()>> jobs_;
  std::size_t idle_ = 0;
  sc_core::sc_event work_;
};

class Machine : public sc_core::sc_module {
 public:
  Machine(sc_core::sc_module_name name, const core::SmmuConfig& config)
      : sc_module(name),
        timing(transport::TimingMode::kTimed),
        facts([] { return transport::Timing::now_ps(); }),
        smmu("smmu", config, timing, facts, caches(config)),
        pe("pe"),
        cpu_("cpu"),
        memory_("memory"),
        messages_up_("messages_up"),
        messages_down_("messages_down"),
        limit_(u64{1} << config.features.oas_bits) {
    cpu_.bind(smmu.programming);
    smmu.walk_out.bind(memory_);
    memory_.register_b_transport(this, &Machine::access);
    for (unsigned i = 0; i < config.tbus; ++i) {
      devices_.push_back(std::make_unique<Initiator>(("device_" + std::to_string(i)).c_str()));
      paths_.push_back(std::make_unique<Target>(("path_" + std::to_string(i)).c_str()));
      devices_[i]->bind(smmu.dma_in(i));
      smmu.dma_out(i).bind(*paths_[i]);
      paths_[i]->register_b_transport(this, &Machine::access);
    }
    messages_up_.bind(smmu.messages_in(0));
    smmu.messages_out(0).bind(messages_down_);
    messages_down_.register_b_transport(this, &Machine::swallow);
    pe.out.bind(smmu.broadcast_in);
    facts.on<trace::EventRecord>([](const trace::EventRecord& e, u64) { check(e); });
  }

  u64 read(u32 offset, unsigned bytes) {
    u64 value = 0;
    registers(offset, bytes, false, &value);
    return value;
  }
  void write(u32 offset, unsigned bytes, u64 value) { registers(offset, bytes, true, &value); }

  // The bytes read, or zeros after a write.
  std::vector<unsigned char> dma(unsigned tbu, transport::DmaExtension& ext, u64 address, bool write,
                                 unsigned bytes) {
    tlm::tlm_generic_payload p;
    std::vector<unsigned char> data(bytes);
    p.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    p.set_address(address);
    p.set_data_ptr(data.data());
    p.set_data_length(bytes);
    p.set_streaming_width(bytes);
    p.set_extension(&ext);
    sc_core::sc_time t;
    (*devices_[tbu])->b_transport(p, t);
    p.clear_extension(&ext);
    if (p.get_response_status() == tlm::TLM_INCOMPLETE_RESPONSE) wrong("a transaction was not answered");
    return data;
  }
  void message(transport::MessageExtension m) {
    tlm::tlm_generic_payload p;
    p.set_command(tlm::TLM_IGNORE_COMMAND);
    p.set_extension(&m);
    sc_core::sc_time t;
    messages_up_->b_transport(p, t);
    p.clear_extension(&m);
  }

  // The register state at the start of every input: queues of 8, 4 and 2 entries, a stream table of 256,
  // nothing cached, all enabled.
  void enable() {
    using namespace test;
    write(reg::STRTAB_BASE, 8, Image::kStrtab);
    write(reg::STRTAB_BASE_CFG, 4, strtab::linear(8));
    write(reg::CMDQ_BASE, 8, Image::kCmdq | queue::log2size(3));
    write(reg::EVENTQ_BASE, 8, Image::kEventq | queue::log2size(2));
    write(reg::PRIQ_BASE, 8, Image::kPriq | queue::log2size(1));
    write(reg::CR2, 4, cr2::RECINVSID | cr2::REC_CFG_ATS);
    write(reg::GBPA, 4, gbpa::Update);
    for (const u32 index :
         {reg::CMDQ_PROD, reg::CMDQ_CONS, reg::EVENTQ_PROD, reg::EVENTQ_CONS, reg::PRIQ_PROD, reg::PRIQ_CONS})
      write(index, 4, 0);
    write(reg::CR0, 4, cr0::kAll);
    write(reg::IRQ_CTRL, 4, irq_ctrl::kAll);
    submit(cmd::cfgi_all());
    submit(cmd::tlbi_nsnh_all());
  }
  void submit(const test::cmd::Command& words) {
    const auto prod = static_cast<u32>(read(test::reg::CMDQ_PROD, 4));
    image.store(Image::kCmdq + 16 * (prod & 7), words[0]);
    image.store(Image::kCmdq + 16 * (prod & 7) + 8, words[1]);
    write(test::reg::CMDQ_PROD, 4, (prod + 1) & 0xF);
  }
  // Acknowledges, disables, and waits until everything in flight has ended.
  void end(const unsigned& running) {
    using namespace test;
    write(reg::GERRORN, 4, read(reg::GERROR, 4));
    write(reg::IRQ_CTRL, 4, 0);
    until([&] { return read(reg::CR0, 4) == read(reg::CR0ACK, 4); }, "an Update of CR0 did not complete");
    write(reg::CR0, 4, 0);
    until([&] { return read(reg::CR0ACK, 4) == 0; }, "clearing CR0 did not complete");
    until([&] { return running == 0; }, "a transaction did not end though the SMMU is disabled");
    until([&] { return smmu.idle(); }, "something is in flight though the SMMU is disabled");
    write(reg::GERRORN, 4, read(reg::GERROR, 4));
  }

  transport::Timing timing;
  trace::Bus facts;
  Image image;
  Workers workers;

 private:
  using Initiator = tlm_utils::simple_initiator_socket<Machine>;
  using Target = tlm_utils::simple_target_socket<Machine>;

  std::vector<core::TranslationCachePort*> caches(const core::SmmuConfig& config) {
    std::vector<core::TranslationCachePort*> out;
    for (unsigned i = 0; i < config.tbus; ++i) out.push_back(&caches_.emplace_back(config.tlb));
    return out;
  }
  void registers(u32 offset, unsigned bytes, bool write, u64* value) {
    tlm::tlm_generic_payload p;
    p.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    p.set_address(offset);
    p.set_data_ptr(reinterpret_cast<unsigned char*>(value));
    p.set_data_length(bytes);
    p.set_streaming_width(bytes);
    sc_core::sc_time t;
    cpu_->b_transport(p, t);
  }
  void access(tlm::tlm_generic_payload& p, sc_core::sc_time&) {
    if (p.get_address() >= limit_) wrong("an access goes beyond the output size (3.4.3)");
    wait(sc_core::sc_time(static_cast<double>(5 + p.get_address() % 16), sc_core::SC_NS));
    const bool ok = p.is_write() ? image.write(p.get_address(), p.get_data_ptr(), p.get_data_length())
                                 : image.read(p.get_address(), p.get_data_ptr(), p.get_data_length());
    p.set_response_status(ok ? tlm::TLM_OK_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE);
  }
  void swallow(tlm::tlm_generic_payload& p, sc_core::sc_time&) {
    p.set_response_status(tlm::TLM_OK_RESPONSE);
  }
  template <typename Condition>
  static void until(Condition condition, const char* otherwise) {
    for (int i = 0; i < 20'000 && !condition(); ++i) sc_core::wait(10, sc_core::SC_NS);
    if (!condition()) wrong(otherwise);
  }
  // Bits outside the fields of a record are RES0 (7.3).
  static void check(const trace::EventRecord& e) {
    const spec::EventInfo* info = spec::find_event(test::EventWords{{e.w0}}.type());
    if (info == nullptr) wrong("an event record has no event's number");
    u64 defined[4] = {};
    for (const spec::NamedField& f : info->fields) defined[f.field.word()] |= f.field.mask();
    const u64 words[4] = {e.w0, e.w1, e.w2, e.w3};
    for (int i = 0; i < 4; ++i) {
      if ((words[i] & ~defined[i]) != 0) wrong("an event record has bits where it has no field");
    }
  }

  std::deque<core::ReferenceCache> caches_;

 public:
  smmu::Smmu smmu;
  transport::BroadcastInitiator pe;

 private:
  Initiator cpu_;
  Target memory_;
  Initiator messages_up_;
  Target messages_down_;
  std::vector<std::unique_ptr<Initiator>> devices_;
  std::vector<std::unique_ptr<Target>> paths_;
  u64 limit_;
};

}  // namespace smmu_vp::fuzz
