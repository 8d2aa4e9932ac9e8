// Steps that the bundled driver takes too: a process performs them one by one, and announces each in the kernel's log.
#pragma once

#include "../accelerator.h"

typedef struct Step Step;

typedef struct {
  const char* kind;  // of device
  Device device;
  volatile Completion* record;
  char* scratch;
  int log;  // where steps are announced
} Process;

typedef void Action(Process* process, const Step* step);

struct Step {
  const char* process;  // its letter
  const char* name;
  Action* action;
  size_t first, pages;
};

// Opens what a process of the steps needs, and rehearses, so that the pages of the program itself change no more.
Process process_prepared(const char* kind);

// What the SMMU does between these belongs to the step.
void step_begins(const Process* process, const Step* step);
void step_ends(const Process* process);

#define STEP(process, action, first, pages) Action action##_step;
#include "../../../runs/scenarios/driver_steps.def"
