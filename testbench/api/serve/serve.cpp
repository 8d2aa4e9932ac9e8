// Runs a server from start to signal.
#include "testbench/api/serve/serve.h"

#include <cstdio>

#include "testbench/api/serve/server.h"
#include "testbench/observe/output/interruption.h"
#include "testbench/observe/output/output_place.h"

namespace smmu_vp::tb {

int run_server(const ConfigSources& config, const std::string& socket, const serve::FolderOptions& folders) {
  const Interruption interruption;
  Machine machine(config);
  if (!folders.out.empty()) make_folder(folders.out);
  serve::Server server(machine, socket, folders);
  std::fprintf(stderr, "smmu-vp serve: listening at %s\n", socket.c_str());
  server.run([&] { return interruption.signal() != 0; });
  server.end_clients(interruption.signal_name());
  machine.session().close_outputs();
  return 128 + interruption.signal();
}

}  // namespace smmu_vp::tb
