// A program to be recorded: uses its memory as its argument says.
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string_view>
#include <thread>

namespace {

constexpr std::size_t kPage = 4096;

volatile char* map(std::size_t pages) {
  void* const at = mmap(nullptr, pages * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return static_cast<volatile char*>(at);
}
void* plain(volatile char* p) {
  return const_cast<char*>(p);
}

// Marks in the trace where main() began.
void mark() {
  munmap(plain(map(1013)), 1013 * kPage);
}

int run(std::string_view what) {
  if (what == "unmap") {
    volatile char* const p = map(4);
    for (std::size_t i = 0; i < 4; ++i) p[i * kPage] = 1;
    munmap(plain(p), kPage);
    const int seen = p[3 * kPage];
    munmap(plain(p + kPage), 3 * kPage);
    return seen - 1;
  }
  if (what == "protect") {
    volatile char* const p = map(4);
    mprotect(plain(p), kPage, PROT_READ);
    mprotect(plain(p + 2 * kPage), 2 * kPage, PROT_NONE);
    mprotect(plain(p), 4 * kPage, PROT_READ | PROT_WRITE);
    p[3 * kPage] = 1;
    return munmap(plain(p), 4 * kPage);
  }
  if (what == "remap") {
    volatile char* const p = map(2);
    p[0] = 1;
    auto* const q = static_cast<volatile char*>(mremap(plain(p), 2 * kPage, 32 * kPage, MREMAP_MAYMOVE));
    q[31 * kPage] = 1;
    mremap(plain(q), 32 * kPage, kPage, 0);
    return munmap(plain(q), kPage);
  }
  if (what == "brk") {
    auto* const end = static_cast<volatile char*>(sbrk(16 * kPage));
    end[15 * kPage] = 1;
    return sbrk(-8 * static_cast<intptr_t>(kPage)) == nullptr;
  }
  if (what == "discard") {
    volatile char* const p = map(4);
    p[kPage] = 1;
    madvise(plain(p + kPage), 2 * kPage, MADV_DONTNEED);
    const int seen = p[kPage];
    munmap(plain(p), 4 * kPage);
    return seen;
  }
  if (what == "reserve") {
    void* const at = mmap(nullptr, std::size_t{64} << 30, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return at == MAP_FAILED ? 9 : 0;
  }
  if (what == "crash") {
    raise(SIGSEGV);
    return 0;
  }
  if (what == "fork") {
    if (fork() == 0) {
      mark();
      _exit(0);
    }
    return wait(nullptr) < 0;
  }
  if (what == "leave") {
    if (fork() == 0) {
      // Waits until the recording test releases it.
      for (const int fd : {0, 1, 2}) close(fd);
      char byte = 0;
      const char* const hold = std::getenv("HOLD");
      _exit(hold != nullptr && read(std::atoi(hold), &byte, 1) == 1 ? 0 : 1);
    }
    return 0;
  }
  if (what == "exec") return execl("/bin/true", "true", nullptr);
  if (what == "threads") {
    std::thread a([] { map(1)[0] = 1; }), b([] { map(1)[0] = 1; });
    a.join();
    b.join();
    return 0;
  }
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  mark();
  return argc == 2 ? run(argv[1]) : 1;
}
