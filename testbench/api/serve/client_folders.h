// The run folders of one client: with `serve --out DIR` DIR/client-N is opened by itself, and after a reset the next
// one, since a folder holds one history.
#pragma once

#include <functional>
#include <string>

#include "testbench/api/capi/session.h"

namespace smmu_vp::tb::serve {

struct FolderOptions {
  std::string out;  // empty: a client has a folder only if it asks for one
  RecordedParts parts;
};

class ClientFolders {
 public:
  using Log = std::function<void(const std::string&)>;
  // Clients are numbered from 1.
  ClientFolders(FolderOptions options, u64 client, Log log)
      : options_(std::move(options)), client_(client), log_(std::move(log)) {}

  // Whose recordings they are in the session.
  u64 owner() const { return client_; }
  // Opens the next folder, unless this history has had its own. A failure is logged.
  void open_once(Session& session);
  // The machine was reset, which has closed the folder.
  void reset() { opened_ = false; }
  // Returns the verdict, one line.
  std::string close(Session& session, const std::string& signal);

 private:
  const FolderOptions options_;
  const u64 client_;
  const Log log_;
  bool opened_ = false;
  unsigned made_ = 0;
};

}  // namespace smmu_vp::tb::serve
