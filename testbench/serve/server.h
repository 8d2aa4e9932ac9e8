// The socket front: one machine, any number of clients on a Unix socket, served one request at a time.
#pragma once

#include <list>
#include <string>

#include "testbench/serve/operations.h"

namespace smmu_vp::tb::serve {

class Server {
 public:
  // Listens at `path`. Throws OutputError when that is not possible; a socket that nobody listens at any more
  // is replaced.
  Server(Session& session, std::string path);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  // Serves until `stop()` is true, which is looked at after every wake-up, signals included.
  void run(const std::function<bool()>& stop);

 private:
  struct Client;
  void accept();
  bool receive(Client& client);
  bool send(Client& client);
  void answer_frames(Client& client);

  Session& session_;
  std::string path_;
  int listener_ = -1;
  std::list<Client> clients_;
  u64 clients_seen_ = 0;
};

}  // namespace smmu_vp::tb::serve
