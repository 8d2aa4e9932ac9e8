// The socket server: one machine, any number of clients on a Unix socket, served one request at a time.
#pragma once

#include <list>
#include <string>

#include "testbench/api/serve/operations.h"

namespace smmu_vp::tb::serve {

class Server : private NoticeListener {
 public:
  // Listens at `path` and replaces a socket on which no server listens
  // any more. Throws OutputError on failure.
  Server(Machine& machine, std::string path, FolderOptions folders);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server() override;

  // Serves until `stop()` is true; it is checked after every wake-up, including signals.
  void run(const std::function<bool()>& stop);
  // Ends every client, as `signal` ("SIGTERM") ends the server.
  void end_clients(const std::string& signal);

 private:
  struct Client;
  // To every client that has subscribed, before the reply to the request during which it happens.
  void edge(u32 line, u64 t_ps) override;
  void message(const ForeignMsi& msi, u64 t_ps) override;
  void page_read(u64 page) override { tell_page(Notice::kPageRead, page); }
  void page_forgotten(u64 page) override { tell_page(Notice::kPageForgotten, page); }
  void tell_page(Notice notice, u64 page);
  static void notify(Client& client, Notice notice, const Bytes& body);
  void accept();
  bool receive(Client& client);
  bool send(Client& client);
  void answer_frames(Client& client);
  static void end(Client& client, const std::string& signal = {});

  Machine& machine_;
  std::string path_;
  const FolderOptions folders_;
  int listener_ = -1;
  std::list<Client> clients_;
  u64 clients_seen_ = 0;
};

}  // namespace smmu_vp::tb::serve
