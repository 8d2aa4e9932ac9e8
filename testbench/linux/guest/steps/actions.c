// The actions of driver_steps.def. Each prepares its memory, announces the step, and does one thing.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "steps.h"

// Both drivers use these addresses, which are far from everything else.
static const uintptr_t kMemory = 1ul << 40;
enum { kJobBytes = 64, kSettleUs = 3000, kReadWrite = PROT_READ | PROT_WRITE };

static char* memory_of(const Step* step) {
  return (char*)(kMemory + step->first * kPage);
}

static size_t bytes_of(const Step* step) {
  return step->pages * kPage;
}

static void map(char* at, size_t bytes) {
  const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
  CHECK(mmap(at, bytes, kReadWrite, flags, -1, 0) == at, "mmap: %s", strerror(errno));
  madvise(at, bytes, MADV_NOHUGEPAGE);
}

static void write_pages(char* at, size_t bytes) {
  for (size_t page = 0; page < bytes; page += kPage) ((volatile char*)at)[page] = 1;
}

static void log_line(const Process* process, const char* text) {
  if (write(process->log, text, strlen(text)) < 0) _exit(1);
}

void step_begins(const Process* process, const Step* step) {
  char text[80];
  snprintf(text, sizeof text, "<6>step %s %s %s %zu %zu\n", process->kind, step->process, step->name,
           step->first, step->pages);
  log_line(process, text);
}

// Commands that nobody waits for end in this time too.
void step_ends(const Process* process) {
  usleep(kSettleUs);
  log_line(process, "<6>step ends\n");
}

// The address space is bound to the device.
void bind_step(Process* process, const Step* step) {
  step_begins(process, step);
  CHECK(ioctl(process->device.fd, ACCELERATOR_BIND, &process->device.pasid) == 0, "bind: %s",
        strerror(errno));
  step_ends(process);
}

// The device stops, and the process lives on without it.
void unbind_step(Process* process, const Step* step) {
  step_begins(process, step);
  CHECK(ioctl(process->device.fd, ACCELERATOR_UNBIND) == 0, "unbind: %s", strerror(errno));
  step_ends(process);
}

// The process exits while it is bound. Whoever waits for it announces the end.
void exit_step(Process* process, const Step* step) {
  step_begins(process, step);
  _exit(0);
}

static void job_step(Process* process, const Step* step, Job job) {
  step_begins(process, step);
  CHECK(submit(process->device, job, process->record), "submit: %s", strerror(errno));
  CHECK(wait_for(process->device, process->record) != 0, "a job does not end");
  step_ends(process);
}

// The device reads or writes a page that nobody has touched.
void read_missing_step(Process* process, const Step* step) {
  map(memory_of(step), bytes_of(step));
  job_step(process, step, copy(memory_of(step), process->scratch, kJobBytes));
  munmap(memory_of(step), bytes_of(step));
}

void write_missing_step(Process* process, const Step* step) {
  map(memory_of(step), bytes_of(step));
  job_step(process, step, fill(memory_of(step), kJobBytes, 1));
  munmap(memory_of(step), bytes_of(step));
}

// It writes where nothing is mapped, or what is read-only.
void write_outside_step(Process* process, const Step* step) {
  job_step(process, step, fill(memory_of(step), kJobBytes, 1));
}

void write_read_only_step(Process* process, const Step* step) {
  map(memory_of(step), bytes_of(step));
  write_pages(memory_of(step), bytes_of(step));
  mprotect(memory_of(step), bytes_of(step), PROT_READ);
  job_step(process, step, fill(memory_of(step), kJobBytes, 1));
  munmap(memory_of(step), bytes_of(step));
}

// Pages are unmapped while the one behind them stays.
void unmap_step(Process* process, const Step* step) {
  char* behind = memory_of(step) + bytes_of(step);
  map(memory_of(step), bytes_of(step) + kPage);
  write_pages(memory_of(step), bytes_of(step) + kPage);
  step_begins(process, step);
  munmap(memory_of(step), bytes_of(step));
  step_ends(process);
  munmap(behind, kPage);
}

// The same where only the second and the last but one of the pages are present.
void unmap_sparse_step(Process* process, const Step* step) {
  char* behind = memory_of(step) + bytes_of(step);
  map(memory_of(step), bytes_of(step) + kPage);
  write_pages(memory_of(step) + kPage, kPage);
  write_pages(behind - 2 * kPage, kPage);
  write_pages(behind, kPage);
  step_begins(process, step);
  munmap(memory_of(step), bytes_of(step));
  step_ends(process);
  munmap(behind, kPage);
}

// Nothing is left in the page tables of these pages.
void unmap_alone_step(Process* process, const Step* step) {
  map(memory_of(step), bytes_of(step));
  write_pages(memory_of(step), bytes_of(step));
  step_begins(process, step);
  munmap(memory_of(step), bytes_of(step));
  step_ends(process);
}

// Pages become read-only.
void protect_step(Process* process, const Step* step) {
  map(memory_of(step), bytes_of(step));
  write_pages(memory_of(step), bytes_of(step));
  step_begins(process, step);
  mprotect(memory_of(step), bytes_of(step), PROT_READ);
  step_ends(process);
  munmap(memory_of(step), bytes_of(step));
}

// Read-only pages become writable, and are written.
void permit_step(Process* process, const Step* step) {
  map(memory_of(step), bytes_of(step));
  write_pages(memory_of(step), bytes_of(step));
  mprotect(memory_of(step), bytes_of(step), PROT_READ);
  step_begins(process, step);
  mprotect(memory_of(step), bytes_of(step), kReadWrite);
  write_pages(memory_of(step), bytes_of(step));
  step_ends(process);
  munmap(memory_of(step), bytes_of(step));
}

// Pages that were only read so far get memory of their own when they are written.
void copy_on_write_step(Process* process, const Step* step) {
  map(memory_of(step), bytes_of(step));
  for (size_t page = 0; page < bytes_of(step); page += kPage) (void)((volatile char*)memory_of(step))[page];
  step_begins(process, step);
  write_pages(memory_of(step), bytes_of(step));
  step_ends(process);
  munmap(memory_of(step), bytes_of(step));
}

Process process_prepared(const char* kind) {
  Process process = {.kind = kind,
                     .device = device_open(kind),
                     .record = pages(1),
                     .scratch = pages(1),
                     .log = open("/dev/null", O_WRONLY)};
  process.record->status = 0;
  process.scratch[0] = 1;
  const Step rehearsal = {.name = "rehearsal", .pages = 3};
  unmap_step(&process, &rehearsal);
  permit_step(&process, &rehearsal);
  copy_on_write_step(&process, &rehearsal);
  close(process.log);
  process.log = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
  CHECK(process.log >= 0, "/dev/kmsg: %s", strerror(errno));
  return process;
}
