// Runs the scenarios, each in a process of its own for each kind of device, and reports as TAP:
//   scenarios [NAME]...
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "accelerator.h"

#define SCENARIO(name) void name(const char* kind);
#include "scenarios/all.def"
#undef SCENARIO

static const struct {
  const char* name;
  void (*run)(const char* kind);
} kScenarios[] = {
#define SCENARIO(name) {#name, name},
#include "scenarios/all.def"
#undef SCENARIO
};
enum { kCount = sizeof kScenarios / sizeof kScenarios[0], kTimeoutSeconds = 60 };
static const char* const kKinds[] = {"pci", "platform"};

static bool wanted(const char* name, int argc, char** argv) {
  for (int i = 1; i < argc; ++i)
    if (strcmp(argv[i], name) == 0) return true;
  return argc == 1;
}

// All processes of a scenario are a group, so that none outlives it.
static int run_one(int which, const char* kind) {
  const pid_t child = fork();
  if (child == 0) {
    setpgid(0, 0);
    alarm(kTimeoutSeconds);
    kScenarios[which].run(kind);
    fflush(stdout);
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  kill(-child, SIGKILL);
  return status;
}

static bool report(int number, int which, const char* kind) {
  const int status = run_one(which, kind);
  const bool skipped = WIFEXITED(status) && WEXITSTATUS(status) == kSkipped;
  const bool passed = skipped || (WIFEXITED(status) && WEXITSTATUS(status) == 0);
  if (WIFSIGNALED(status))
    printf("# %s\n", WTERMSIG(status) == SIGALRM ? "it does not end" : strsignal(WTERMSIG(status)));
  printf("%s %d - %s %s%s\n", passed ? "ok" : "not ok", number, kScenarios[which].name, kind,
         skipped ? " # SKIP" : "");
  fflush(stdout);
  return passed;
}

int main(int argc, char** argv) {
  int number = 0, count = 0;
  bool passed = true;
  for (int i = 1; i < argc; ++i) {
    bool known = false;
    for (int which = 0; which < kCount; ++which) known |= strcmp(argv[i], kScenarios[which].name) == 0;
    if (!known) return printf("Bail out! there is no scenario %s\n", argv[i]), 2;
  }
  for (int which = 0; which < kCount; ++which) count += wanted(kScenarios[which].name, argc, argv) ? 2 : 0;
  printf("1..%d\n", count);
  for (int which = 0; which < kCount; ++which)
    for (int kind = 0; kind < 2 && wanted(kScenarios[which].name, argc, argv); ++kind)
      passed &= report(++number, which, kKinds[kind]);
  return passed ? 0 : 1;
}
