// The life of a server.
#include "testbench/serve/serve.h"

#include <cstdio>

#include "testbench/run/interruption.h"
#include "testbench/serve/server.h"

namespace smmu_vp::tb {

int run_server(const ConfigSources& config, const std::string& socket) {
  const Interruption interruption;
  Session session(config);
  serve::Server server(session, socket);
  std::fprintf(stderr, "smmu-vp serve: listening at %s\n", socket.c_str());
  server.run([&] { return interruption.signal() != 0; });
  return 128 + interruption.signal();
}

}  // namespace smmu_vp::tb
