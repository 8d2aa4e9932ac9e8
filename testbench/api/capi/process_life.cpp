// The handlers that opening a platform registers with the process, and the
// state that outlives all static objects.
#include "testbench/api/capi/process_life.h"

#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <future>
#include <mutex>
#include <thread>

#include "testbench/api/capi/refusal.h"
#include "testbench/api/capi/stepping.h"

namespace smmu_vp::tb {

namespace {

using namespace std::chrono_literals;

struct Life {
  std::recursive_timed_mutex mutex;
  unsigned calls = 0;  // of the thread that holds the mutex
  std::atomic<pid_t> owner = 0;
  std::optional<Machine> machine;
  smmu_vp_handle handle;
  std::terminate_handler terminate = nullptr;
};

Life& life() {
  static Life& one = *new Life;
  return one;
}

bool is_forked() {
  const pid_t owner = life().owner;
  return owner != 0 && owner != ::getpid();
}

void complete_outputs() {
  try {
    life().machine->session().close_outputs();
  } catch (const std::exception& e) {
    std::fprintf(stderr, "smmu-vp: %s\n", e.what());
  }
}

// Runs at process exit. The platform is not used any more afterwards.
void end() {
  Life& l = life();
  if (is_forked() || process_ends.exchange(true)) return;
  // A call in another thread sees the flag and returns. If it does not within
  // the limit, outputs stay incomplete.
  if (!l.mutex.try_lock_for(2s) || !l.machine) return;
  if (l.calls == 0) return complete_outputs();
  // A signal handler ended the process during a call of this thread, perhaps while it was writing. Complete
  // the outputs in another thread with a time limit; this one may run on a small stack of the simulation.
  std::promise<void> done;
  const std::future<void> completed = done.get_future();
  std::thread([done = std::move(done)]() mutable {
    complete_outputs();
    done.set_value();
  }).detach();
  completed.wait_for(2s);
}

[[noreturn]] void end_and_terminate() {
  end();
  if (life().terminate != nullptr) life().terminate();
  std::abort();
}

// Flush stdio before a fork, or both processes would write the buffered data.
void before_fork() {
  const Life& l = life();
  if (!is_forked() && !process_ends && l.machine && l.machine->has_waves()) std::fflush(nullptr);
}

// Called after opening has created its static objects: exit handlers then run before those are destroyed.
void register_with_process() {
  static const bool once = [] {
    std::atexit(end);
    std::at_quick_exit(end);
    life().terminate = std::set_terminate(end_and_terminate);
    ::pthread_atfork(before_fork, nullptr, nullptr);
    return true;
  }();
  static_cast<void>(once);
}

}  // namespace

ProcessLife::Call::Call() {
  Life& l = life();
  if (is_forked())
    throw Refusal(
        SMMU_VP_EINVAL,
        fmt::format("the platform belongs to process {}, from which this one was forked", l.owner.load()));
  if (process_ends) throw Refusal(SMMU_VP_EINVAL, "the process is ending and its platform is closed");
  l.mutex.lock();
  if (l.calls != 0 || process_ends) {
    const bool inside = l.calls != 0;
    l.mutex.unlock();
    throw Refusal(SMMU_VP_EBUSY,
                  inside ? "another call of this thread is in progress" : "the process is ending");
  }
  ++l.calls;
}

ProcessLife::Call::~Call() {
  --life().calls;
  life().mutex.unlock();
}

smmu_vp_handle* ProcessLife::open(const ConfigSources& sources) {
  Life& l = life();
  if (l.machine) throw Refusal(SMMU_VP_EBUSY, "a platform is already open in this process");
  if (sc_core::sc_get_status() != sc_core::SC_ELABORATION)
    throw Refusal(
        SMMU_VP_EBUSY,
        "this process already had a platform, and SystemC elaborates only once: use another process");
  l.machine.emplace(sources);
  l.owner = ::getpid();
  register_with_process();
  return &l.handle;
}

void ProcessLife::close(const smmu_vp_handle* handle) {
  machine(handle);
  try {
    life().machine->session().close_outputs();
  } catch (const OutputError&) {
    life().machine.reset();
    throw;
  }
  life().machine.reset();
}

Machine& ProcessLife::machine(const smmu_vp_handle* handle) {
  if (handle == nullptr) throw Refusal(SMMU_VP_EINVAL, "the platform's handle is NULL");
  if (handle != &life().handle || !life().machine)
    throw Refusal(SMMU_VP_EINVAL, "not the handle of an open platform");
  return *life().machine;
}

}  // namespace smmu_vp::tb
