// Progress for the fuzzer, which can only include the C header: that and our namespace use the same name.
#pragma once

#include <cstdint>

void fuzz_progress(uint64_t done, uint64_t total);
void fuzz_progress_end();
