// SPDX-License-Identifier: GPL-2.0-or-later
// The platform in place of devices of QEMU's virt machine:
//
//   -plugin smmu_vp_qemu.so,fd=N[,window=BASE+SIZE]...[,spi=LINE:SPI]...
//
// `fd` is a socket that is connected to `smmu-vp serve`. Each window of the guest's address space is the
// platform's; each interrupt line of the platform is an SPI of the guest's GICv3.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "code.h"
#include "interrupts.h"
#include "platform.h"
#include "symbols.h"
#include "windows.h"

#define EXPORTED __attribute__((visibility("default")))
EXPORTED int qemu_plugin_version = 1;  // of the plugin interface: what 7.2 has
EXPORTED int qemu_plugin_install(uint64_t id, const void* info, int argc, char** argv);

// How far the platform's time stays behind the guest's: as long as something happens there, and at most.
enum { kTickNs = 100000, kQuietNs = 1000000 };
enum { kTimerBytes = 1024 /* more than QEMU's QEMUTimer has */ };
static void* timer;
static int64_t next_tick_ns;

uint64_t guest_ns(void) {
  return (uint64_t)qemu.qemu_clock_get_ns(kVirtualClock);
}

static void tick_at(int64_t ns) {
  next_tick_ns = ns;
  qemu.timer_mod(timer, ns);
}

void follow_closely(void) {
  const int64_t soon = (int64_t)guest_ns() + kTickNs;
  if (timer != NULL && next_tick_ns > soon) tick_at(soon);
}

// Devices work, and interrupts come, while the guest makes no access.
static void tick(void* opaque) {
  (void)opaque;
  const uint64_t next_ps = platform_follow(guest_ns());
  const int64_t now = (int64_t)guest_ns();
  int64_t at = now + kQuietNs;
  if (next_ps / 1000 < (uint64_t)at) at = (int64_t)(next_ps / 1000) + 1;
  tick_at(at < now + kTickNs ? now + kTickNs : at);
}

static void machine_is_complete(Notifier* notifier, void* data) {
  (void)notifier;
  (void)data;
  if (!interrupts_start() || !console_start()) exit(1);
  windows_start();
  timer = calloc(1, kTimerBytes);
  qemu.timer_init_full(timer, NULL, kVirtualClock, kNanoseconds, 0, tick, NULL);
  tick_at(kTickNs);
}

static Notifier complete = {.notify = machine_is_complete};

static bool take_argument(const char* argument, int* fd) {
  uint64_t base, size;
  uint32_t line, spi;
  char end;
  if (sscanf(argument, "fd=%d%c", fd, &end) == 1) return true;
  if (sscanf(argument, "window=%" SCNx64 "+%" SCNx64 "%c", &base, &size, &end) == 2)
    return windows_add(base, size);
  if (sscanf(argument, "spi=%" SCNu32 ":%" SCNu32 "%c", &line, &spi, &end) == 2)
    return interrupts_connect(line, spi);
  return false;
}

int qemu_plugin_install(uint64_t id, const void* info, int argc, char** argv) {
  (void)info;
  int fd = -1;
  for (int i = 0; i < argc; ++i) {
    if (take_argument(argv[i], &fd)) continue;
    fprintf(stderr, "smmu-vp plugin: '%s' is not fd=N, window=BASE+SIZE or spi=LINE:SPI\n", argv[i]);
    return 1;
  }
  if (fd < 0) {
    fprintf(stderr, "smmu-vp plugin: fd=N, a socket connected to smmu-vp serve, is missing\n");
    return 1;
  }
  const PlatformListener listener = {
      .edge = interrupts_edge, .msi = interrupts_msi, .page_read = code_watch, .page_forgotten = code_forget};
  size_t count;
  const uint32_t* lines = interrupts_lines(&count);
  if (!find_symbols() || !platform_open(fd, listener, lines, count)) return 1;
  code_start(id);
  qemu.qemu_add_machine_init_done_notifier(&complete);
  return 0;
}
