// The main() of every test executable; sc_main only satisfies libsystemc's
// linker reference and is never called.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

extern "C" int sc_main(int, char**) {
  return 0;
}
