// smmu-vp-planted: one run of a scenario, with a fault of rtl/mutants/mutants.txt in every cache of the design stale_cache.
// usage: smmu-vp-planted FAULT SCENARIO OUT [key=value]...; FAULT may be `none`.
// Exit status and OUT as of `smmu-vp run`, which has no such choice: its stale_cache always has the same fault.
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string_view>
#include <systemc>

#include "testbench/machine/config/config_error.h"
#include "testbench/machine/rtl_adapter/mutants.h"
#include "testbench/runs/run/run.h"

// libsystemc needs this symbol; main() starts the simulation.
extern "C" int sc_main(int, char**) {
  return 0;
}

int main(int argc, char** argv) {
  using namespace smmu_vp::tb;
  if (argc < 4) {
    std::fprintf(stderr, "usage: smmu-vp-planted FAULT SCENARIO OUT [key=value]...\n");
    return 2;
  }
  sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
  try {
    const std::string_view fault = argv[1];
    plant_in_stale_cache(fault == "none" ? "" : fault);
    RunOptions options;
    options.scenario = argv[2];
    options.out = argv[3];
    options.config.overrides.assign(argv + 4, argv + argc);
    options.record = recorded_parts("none");
    options.quiet = true;
    return run(options);
  } catch (const ConfigError& e) {
    std::fprintf(stderr, "smmu-vp-planted: %s\n", e.what());
    return 2;
  } catch (const std::out_of_range& e) {
    std::fprintf(stderr, "smmu-vp-planted: %s\n", e.what());
    return 2;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "smmu-vp-planted: internal error: %s\n", e.what());
    return 3;
  }
}
