// Many threads have the device touch memory that is not there yet, and addresses that are mapped nowhere: each
// job ends, and as it must.
#include <pthread.h>

#include "../accelerator.h"

enum { kThreads = 80, kPages = 4, kStackBytes = 64 * 1024 };

typedef struct {
  Device device;
  bool mapped, submitted;
  volatile Completion record;
} Worker;

static void* work(void* argument) {
  Worker* w = argument;
  // Nothing is ever mapped in the first page.
  void* target = w->mapped ? pages(kPages) : (void*)(uintptr_t)64;
  const size_t bytes = w->mapped ? kPages * kPage : 64;
  w->submitted = submit(w->device, fill(target, bytes, 3), &w->record);
  return NULL;
}

void fault_flood(const char* kind) {
  static Worker workers[kThreads];
  pthread_t threads[kThreads];
  pthread_attr_t attributes;
  const Device device = device_bind(kind);
  const bool served = device_faults_are_served(device);
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  for (int i = 0; i < kThreads; ++i) {
    workers[i] = (Worker){.device = device, .mapped = i % 2 == 0};
    CHECK(pthread_create(&threads[i], &attributes, work, &workers[i]) == 0, "pthread_create");
  }
  for (int i = 0; i < kThreads; ++i) pthread_join(threads[i], NULL);
  for (int i = 0; i < kThreads; ++i) {
    Worker* w = &workers[i];
    // Here, not in the threads: each completion would wake them all.
    const uint32_t status = w->submitted ? wait_for(device, &w->record) : 0;
    CHECK(status != 0, "the job of thread %d does not end", i);
    if (w->mapped) CHECK(!served || status == ACCELERATOR_OK, "thread %d: status %u", i, status);
    if (!w->mapped) CHECK(status != ACCELERATOR_OK, "thread %d: a write where nothing is mapped", i);
  }
}
