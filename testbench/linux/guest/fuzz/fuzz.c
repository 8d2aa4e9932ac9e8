// Reads and writes nonsense all over the platform's registers, while the kernel's drivers use them:
//   fuzz SEED SECONDS BASE+SIZE...
// An access that is refused is a SIGBUS to a program, so it goes on; the kernel may die of what it finds.
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { kMostWindows = 32, kPage = 4096 };
static struct {
  volatile uint8_t* at;
  uint64_t base, size;
} windows[kMostWindows];
static int count;
static uint64_t state;
static sigjmp_buf refused;

static uint64_t any(void) {  // SplitMix64
  uint64_t x = state += 0x9E3779B97F4A7C15u;
  x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
  x = (x ^ x >> 27) * 0x94D049BB133111EBu;
  return x ^ x >> 31;
}

static void on_bus_error(int number) {
  (void)number;
  siglongjmp(refused, 1);
}

// Most registers that matter are in the first page of something.
static uint64_t any_offset(uint64_t size) {
  const uint64_t page = any() % 2 ? 0 : any() % (size / kPage) * kPage;
  return page + any() % kPage;
}

static uint64_t any_value(void) {
  switch (any() % 6) {
    case 0:
      return any();
    case 1:
      return any() % 256;
    case 2:
      return UINT64_C(1) << any() % 64;
    case 3:
      return ~UINT64_C(0);
    case 4:
      return 0x40000000 + any() % 0x20000000;  // RAM
    default:
      return windows[any() % count].base + any() % kPage;
  }
}

static void access_once(void) {
  const int which = any() % count;
  const unsigned bytes = 1u << any() % 4;
  const uint64_t offset = any_offset(windows[which].size) & ~(uint64_t)(bytes - 1);
  volatile void* at = windows[which].at + offset;
  const bool write = any() % 4 != 0;
  const uint64_t value = any_value();
  switch (bytes) {
    case 1:
      write ? (void)(*(volatile uint8_t*)at = value) : (void)*(volatile uint8_t*)at;
      break;
    case 2:
      write ? (void)(*(volatile uint16_t*)at = value) : (void)*(volatile uint16_t*)at;
      break;
    case 4:
      write ? (void)(*(volatile uint32_t*)at = value) : (void)*(volatile uint32_t*)at;
      break;
    default:
      write ? (void)(*(volatile uint64_t*)at = value) : (void)*(volatile uint64_t*)at;
  }
}

static bool add_window(int fd, const char* text) {
  uint64_t base, size;
  if (count == kMostWindows || sscanf(text, "%li+%li", (long*)&base, (long*)&size) != 2) return false;
  void* at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)base);
  if (at == MAP_FAILED) return false;
  windows[count].at = at;
  windows[count].base = base;
  windows[count++].size = size;
  return true;
}

int main(int argc, char** argv) {
  const int fd = open("/dev/physical", O_RDWR);
  if (argc < 4 || fd < 0) return puts("fuzz: wants SEED SECONDS BASE+SIZE... and /dev/physical"), 2;
  state = strtoull(argv[1], NULL, 0);
  static time_t end;
  end = time(NULL) + atoi(argv[2]);
  for (int i = 3; i < argc; ++i)
    if (!add_window(fd, argv[i])) return printf("fuzz: cannot map %s\n", argv[i]), 2;
  signal(SIGBUS, on_bus_error);
  static unsigned long accesses;
  static time_t said;
  for (; time(NULL) < end; ++accesses) {
    if (time(NULL) != said) {
      said = time(NULL);
      printf("fuzz: %lu accesses\n", accesses);
      fflush(stdout);
    }
    if (sigsetjmp(refused, 1) == 0) access_once();
  }
  printf("fuzz: %lu accesses\n", accesses);
  return 0;
}
