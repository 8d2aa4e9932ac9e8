// Ends one simulation and starts the next.
#include "testbench/api/capi/machine.h"

#include <exception>
#include <systemc>
#include <vector>

#include "testbench/api/capi/refusal.h"
#include "testbench/api/capi/stepping.h"

namespace smmu_vp::tb {

namespace {

using sc_core::sc_object;
using sc_core::sc_process_handle;

// SystemC errors become exceptions, other reports are dropped: by default SystemC prints or aborts.
void silence_systemc() {
  using namespace sc_core;
  sc_report_handler::set_actions(SC_INFO, SC_DO_NOTHING);
  sc_report_handler::set_actions(SC_WARNING, SC_DO_NOTHING);
  sc_report_handler::set_actions(SC_ERROR, SC_THROW);
  sc_report_handler::set_actions(SC_FATAL, SC_THROW);
}

Config loaded(const ConfigSources& sources) {
  silence_systemc();
  return load_config(sources);
}

void collect_threads(const std::vector<sc_object*>& objects, std::vector<sc_process_handle>& threads) {
  for (sc_object* object : objects) {
    collect_threads(object->get_child_objects(), threads);
    const sc_process_handle process(object);
    if (process.valid() && process.proc_kind() == sc_core::SC_THREAD_PROC_) threads.push_back(process);
  }
}

// Kills every thread where it waits, so that its stack is unwound and resources are released. Only a process
// of the simulation may kill another one.
void end_threads() {
  sc_core::sc_spawn(
      [] {
        std::vector<sc_process_handle> threads;
        collect_threads(sc_core::sc_get_top_level_objects(), threads);
        const sc_process_handle self = sc_core::sc_get_current_process_handle();
        for (sc_process_handle& thread : threads) {
          if (thread != self && !thread.terminated()) thread.kill();
        }
        sc_core::sc_pause();
      },
      "end_threads");
  advance(sc_core::SC_ZERO_TIME);
}

}  // namespace

Machine::Machine(const ConfigSources& sources) : alone_(sc_core::sc_get_top_level_objects().empty()) {
  try {
    session_.emplace(loaded(sources));
  } catch (...) {
    // The processes of what was built have lost their modules.
    if (alone_) sc_core::sc_get_curr_simcontext()->reset();
    throw;
  }
}

void Machine::listen(NoticeListener* listener) {
  listener_ = listener;
  session_->listen(listener);
}

void Machine::reset() {
  if (!alone_)
    throw Refusal(SMMU_VP_EBUSY, "reset: this process has other SystemC modules, which would be lost");
  std::exception_ptr unwritten;
  try {
    session_->close_outputs();
  } catch (const OutputError&) {
    unwritten = std::current_exception();
  }
  const Config config = session_->config();
  const std::shared_ptr<memory::HostMemory> ram = session_->ram();
  run_instant();  // let threads that are about to start do so
  end_threads();
  session_.reset();
  sc_core::sc_get_curr_simcontext()->reset();
  ram->power_on();
  session_.emplace(config, ram);
  session_->listen(listener_);
  ++resets_;
  if (unwritten) std::rethrow_exception(unwritten);
}

}  // namespace smmu_vp::tb
