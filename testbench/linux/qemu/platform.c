// SPDX-License-Identifier: GPL-2.0-or-later
// Requests to the platform and its replies. Several requests travel together; only the last one's reply matters.
#include "platform.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "code.h"
#include "symbols.h"

// Operations and frames of docs/serve.md.
enum {
  kHello = 0,
  kMmioRead = 3,
  kMmioWrite = 4,
  kSubscribe = 31,
  kKernelLog = 32,
  kAdvanceTo = 33,
  kStore = 36,
  kTellPages = 37,
  kNextActivity = 40,
  kInterrupt = 0x8000,
  kMsi = 0x8001,
  kPageRead = 0x8002,
  kPageForgotten = 0x8003
};
enum { kVersion = 1, kLargest = 4096, kRoom = 512 /* for a request */ };

typedef struct {
  uint32_t length;
  uint16_t operation, status;
} Header;

static int connection = -1;
static PlatformListener listen_to;
static uint8_t pending[kLargest];  // requests that are not sent yet
static size_t pending_bytes;
static unsigned unanswered;
static bool gone;

// The guest cannot go on: QEMU ends, and the registers read as those of an absent device until then.
static bool lost(const char* why) {
  if (!gone) fprintf(stderr, "smmu-vp plugin: the platform %s\n", why);
  gone = true;
  qemu.qemu_system_shutdown_request(kHostError);
  return false;
}

// Replies come many at a time: they are taken from the socket together.
static bool receive(void* data, size_t bytes) {
  static uint8_t received[1 << 14];
  static size_t begin, end;
  for (size_t done = 0; done < bytes;) {
    if (begin < end) {
      const size_t n = end - begin < bytes - done ? end - begin : bytes - done;
      memcpy((uint8_t*)data + done, received + begin, n);
      begin += n;
      done += n;
      continue;
    }
    const ssize_t n = recv(connection, received, sizeof received, 0);
    if (n > 0) {
      begin = 0;
      end = (size_t)n;
    } else if (n == 0 || errno != EINTR) {
      return false;
    }
  }
  return true;
}

static void put(const void* data, size_t bytes) {
  if (bytes == 0) return;
  memcpy(pending + pending_bytes, data, bytes);
  pending_bytes += bytes;
}

static void request(uint16_t operation, const void* body, uint32_t length, const void* more,
                    uint32_t more_length) {
  const Header header = {length + more_length, operation, 0};
  put(&header, sizeof header);
  put(body, length);
  put(more, more_length);
  ++unanswered;
}

static uint32_t get32(const uint8_t* at) {
  uint32_t value;
  memcpy(&value, at, sizeof value);
  return value;
}

static uint64_t get64(const uint8_t* at) {
  uint64_t value;
  memcpy(&value, at, sizeof value);
  return value;
}

// Sends what is pending and takes all replies. The body of the last one goes to `reply`; false if it is a refusal.
static bool exchange(uint8_t* reply) {
  if (gone) return false;
  for (size_t sent = 0; sent < pending_bytes;) {
    const ssize_t n = send(connection, pending + sent, pending_bytes - sent, MSG_NOSIGNAL);
    if (n < 0 && errno != EINTR) return lost("has closed the connection");
    if (n > 0) sent += (size_t)n;
  }
  pending_bytes = 0;
  bool accepted = true;
  while (unanswered > 0) {
    Header header;
    if (!receive(&header, sizeof header)) return lost("has closed the connection");
    if (header.length > kLargest || !receive(reply, header.length)) return lost("breaks the framing");
    if (header.operation == kInterrupt) {
      listen_to.edge(get32(reply));
    } else if (header.operation == kMsi) {
      listen_to.msi(get64(reply), get32(reply + 8), get32(reply + 12));
    } else if (header.operation == kPageRead) {
      listen_to.page_read(get64(reply));
    } else if (header.operation == kPageForgotten) {
      listen_to.page_forgotten(get64(reply));
    } else {
      --unanswered;
      accepted = header.status == 0;
    }
  }
  return accepted;
}

static void tell_store(const CodeOfStore* store) {
  uint8_t reply[kLargest];
  const struct __attribute__((packed)) {
    uint32_t cpu;
    uint64_t address;
  } body = {store->cpu, store->address};
  if (pending_bytes > kLargest - kRoom) exchange(reply);
  request(kStore, &body, sizeof body, store->code, store->count * (uint32_t)sizeof *store->code);
}

// The platform finds the stores in memory as soon as its time goes on. Accesses take time on the platform too, so it may
// be ahead already.
static void advance_to(uint64_t guest_ns) {
  size_t count;
  const CodeOfStore* stores = code_stores(&count);
  for (size_t i = 0; i < count; ++i) tell_store(&stores[i]);
  const uint64_t guest_ps = guest_ns * 1000;
  request(kAdvanceTo, &guest_ps, sizeof guest_ps, NULL, 0);
}

bool platform_open(int fd, PlatformListener listener, const uint32_t* lines, size_t line_count) {
  uint8_t reply[kLargest + 1] = {0};
  const uint16_t version = kVersion;
  connection = fd;
  listen_to = listener;
  request(kHello, "SMMUVP", 6, &version, sizeof version);
  if (!exchange(reply)) {
    fprintf(stderr, "smmu-vp plugin: the server does not speak version %d of docs/serve.md\n", kVersion);
    return false;
  }
  const uint32_t count = line_count;
  request(kSubscribe, &count, sizeof count, lines, (uint32_t)(line_count * sizeof *lines));
  request(kTellPages, NULL, 0, NULL, 0);
  if (exchange(reply)) return true;
  fprintf(stderr, "smmu-vp plugin: the server refuses to send interrupts: %s\n", reply);
  return false;
}

bool platform_read(uint64_t guest_ns, uint64_t address, unsigned size, uint64_t* value) {
  uint8_t reply[kLargest];
  advance_to(guest_ns);
  const uint32_t bytes = size;
  request(kMmioRead, &address, sizeof address, &bytes, sizeof bytes);
  const bool accepted = exchange(reply);
  *value = accepted ? get64(reply) : ~UINT64_C(0);
  return accepted;
}

bool platform_write(uint64_t guest_ns, uint64_t address, unsigned size, uint64_t value) {
  uint8_t reply[kLargest];
  advance_to(guest_ns);
  const struct __attribute__((packed)) {
    uint64_t address;
    uint32_t size;
    uint64_t value;
  } body = {address, size, value};
  CodeOfStore code;
  if (code_of_access(address, &code)) tell_store(&code);
  request(kMmioWrite, &body, sizeof body, NULL, 0);
  return exchange(reply);
}

uint64_t platform_follow(uint64_t guest_ns) {
  uint8_t reply[kLargest];
  advance_to(guest_ns);
  request(kNextActivity, NULL, 0, NULL, 0);
  return exchange(reply) ? get64(reply) : ~UINT64_C(0);
}

void platform_log(uint64_t guest_ns, uint32_t level, const char* text, size_t length) {
  uint8_t reply[kLargest];
  advance_to(guest_ns);
  request(kKernelLog, &level, sizeof level, text, (uint32_t)length);
  exchange(reply);
}
