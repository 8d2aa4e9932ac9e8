// A process that uses the platform and exits in a given way: leaving HOW OUTPUT [key=value]...
// OUTPUT is a wave file, NAME.fst, or a run folder.
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include "smmu_vp.h"

namespace {

smmu_vp* vp = nullptr;
std::string how;
bool to_folder = false;

void need(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "%s: %s\n", what, smmu_vp_last_error(nullptr));
  std::_Exit(99);
}

bool is(const char* name) {
  return how == name;
}

// All calls return, whatever they answer at that time.
void call_everything() {
  uint64_t value = 0;
  smmu_vp_mmio_read(vp, 0x2b40'0000, 4, &value);
  smmu_vp_advance(vp, 1'000'000);
  smmu_vp_waves(vp, nullptr);
  smmu_vp_record(vp, nullptr, nullptr);
  smmu_vp_reset(vp);
  if (smmu_vp_last_error(vp) == nullptr) std::_Exit(98);
}

struct Static {
  const char* when;
  ~Static() {
    if (is(when) || (is("static, calls") && std::strcmp(when, "static, older") == 0)) {
      if (is("static, calls")) call_everything();
      smmu_vp_close(vp);
    }
  }
};
Static older{"static, older"};

extern "C" void close_it() {
  smmu_vp_close(vp);
}

// A few accesses, so that the waves are not empty and a Verilated cache has been used.
void work() {
  smmu_vp_info info;
  need(smmu_vp_get_info(vp, &info) == SMMU_VP_OK, "get_info");
  char data[8] = {};
  for (int i = 0; i < 50; ++i) {
    uint64_t idr = 0;
    need(smmu_vp_mmio_read(vp, info.smmu_base, 4, &idr) == SMMU_VP_OK, "mmio_read");
    smmu_vp_dma_request request{};
    request.endpoint = 1;
    request.kind = SMMU_VP_UNTRANSLATED;
    request.address = info.ram_base;
    request.length = sizeof data;
    request.data = data;
    smmu_vp_dma_result result;
    need(smmu_vp_dma(vp, &request, &result) == SMMU_VP_OK, "dma");
  }
  need(smmu_vp_advance(vp, 1'000'000) == SMMU_VP_OK, "advance");
}

void fork_and_go_on() {
  std::printf("not a line yet");  // the user's own output, which must appear once
  const pid_t child = ::fork();
  if (child == 0) {
    uint64_t value = 0;
    need(smmu_vp_mmio_read(vp, 0x2b40'0000, 4, &value) == SMMU_VP_EINVAL, "the child's call is refused");
    need(smmu_vp_waves(vp, nullptr) == SMMU_VP_EINVAL, "the child's waves are not its own");
    need(smmu_vp_record(vp, nullptr, nullptr) == SMMU_VP_EINVAL, "the child's folder is not its own");
    smmu_vp* second = nullptr;
    need(smmu_vp_open(nullptr, nullptr, &second) != SMMU_VP_OK, "the child has no platform of its own");
    if (is("fork, child closes")) smmu_vp_close(vp);
    if (is("fork, child throws"))
      std::signal(SIGABRT, [](int) { std::_Exit(0); }), throw std::runtime_error("child");
    std::exit(0);
  }
  int status = 0;
  need(::waitpid(child, &status, 0) == child && status == 0, "the child leaves in peace");
  work();
}

// Writes to the output from now on, or closes it.
smmu_vp_status output(const char* path_or_null) {
  return to_folder ? smmu_vp_record(vp, path_or_null, nullptr) : smmu_vp_waves(vp, path_or_null);
}

int leave(const char* path) {
  static Static younger{"static, younger"};
  if (is("output closed")) need(output(nullptr) == SMMU_VP_OK, "output");
  if (is("close")) smmu_vp_close(vp);
  if (is("exit")) std::exit(7);
  if (is("quick_exit")) std::quick_exit(7);
  if (is("exit in a thread")) std::thread([] { std::exit(7); }).join();
  if (how.starts_with("fork")) fork_and_go_on();
  if (is("reset")) {
    need(smmu_vp_reset(vp) == SMMU_VP_OK, "reset");
    need(output(path) == SMMU_VP_OK, "output after reset");
    work();
  }
  if (is("exception")) throw std::runtime_error("nobody catches this");
  if (is("exception in a thread"))
    std::thread([] { throw std::runtime_error("nobody catches this"); }).join();
  if (is("a thread calls on")) {
    std::thread([] {
      while (smmu_vp_advance(vp, 1000) == SMMU_VP_OK) {
      }
      while (true) ::pause();
    }).detach();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  if (is("a signal's handler exits")) {
    std::signal(SIGALRM, [](int) { std::exit(7); });
    ::ualarm(100'000, 0);
    while (true) work();
  }
  return 7;
}

}  // namespace

int main(int argc, char** argv) {
  how = argv[1];
  if (is("atexit before open")) std::atexit(close_it);
  need(argc > 2 && smmu_vp_open(nullptr, argv + 3, &vp) == SMMU_VP_OK, "open");
  if (is("atexit after open")) std::atexit(close_it);
  if (is("at_quick_exit")) std::at_quick_exit(close_it);
  to_folder = !std::string_view(argv[2]).ends_with(".fst");
  need(output(argv[2]) == SMMU_VP_OK, "output");
  work();
  if (is("at_quick_exit")) std::quick_exit(7);
  return leave(argv[2]);
}
