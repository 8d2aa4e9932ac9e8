// Sockets and buffers. A client's errors end only that client's connection, with the reason in the log.
#include "testbench/api/serve/server.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "testbench/observe/output/output_file.h"

namespace smmu_vp::tb::serve {

namespace {

constexpr std::size_t kReadBytes = 64 * 1024;
// Limit of reply bytes that a client has not received yet: beyond it, its requests have to wait.
constexpr std::size_t kUnsentLimit = 1u << 20;
// Limit of what waits for a client that hears interrupts of others' operations and does not receive.
constexpr std::size_t kNoticeLimit = 4u << 20;
constexpr int kWakeMs = 200;  // a signal that arrives between stop() and poll() waits at most this long

void log(u64 client, const std::string& text) {
  std::fprintf(stderr, "smmu-vp serve: client %llu: %s\n", static_cast<unsigned long long>(client),
               text.c_str());
}

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path)
    throw OutputError(
        fmt::format("--socket: a path of 1..{} bytes, got {}", sizeof address.sun_path - 1, path.size()));
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

[[noreturn]] void fail(const std::string& path) {
  throw OutputError(path + ": " + std::strerror(errno));
}

// Removes a socket left behind by a server that no longer runs. Any other file at that path is kept.
void remove_stale_socket(const std::string& path, const sockaddr_un& address) {
  struct stat there {};
  if (::lstat(path.c_str(), &there) != 0) return;
  if (!S_ISSOCK(there.st_mode)) throw OutputError(path + ": the file exists and is not a socket");
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool alive = ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(probe);
  if (alive) throw OutputError(path + ": another server is listening on it");
  ::unlink(path.c_str());
}

}  // namespace

struct Server::Client {
  Client(u64 n, int f, Machine& machine, const FolderOptions& folders)
      : number(n), fd(f), operations(machine, {folders, n, [n](const std::string& text) { log(n, text); }}) {}
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() { ::close(fd); }

  u64 number;
  int fd;
  Operations operations;
  Bytes in, out;
  std::string ending;  // if not empty: the connection closes, for this reason, once all replies are sent
  bool deaf = false;   // it does not receive the interrupts it has subscribed to: the connection closes
};

Server::Server(Machine& machine, std::string path, FolderOptions folders)
    : machine_(machine), path_(std::move(path)), folders_(std::move(folders)) {
  const sockaddr_un address = address_of(path_);
  remove_stale_socket(path_, address);
  listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (listener_ < 0) fail(path_);
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener_, SOMAXCONN) != 0) {
    const int why = errno;
    ::close(listener_);
    errno = why;
    fail(path_);
  }
  machine_.listen(this);
}

Server::~Server() {
  machine_.listen(nullptr);
  clients_.clear();
  ::close(listener_);
  ::unlink(path_.c_str());
}

void Server::run(const std::function<bool()>& stop) {
  std::vector<pollfd> waiting;
  while (!stop()) {
    waiting.assign(1, {listener_, POLLIN, 0});
    for (const Client& c : clients_) {
      const bool listen = c.ending.empty() && c.out.size() < kUnsentLimit;
      waiting.push_back({c.fd, static_cast<short>((listen ? POLLIN : 0) | (c.out.empty() ? 0 : POLLOUT)), 0});
    }
    if (::poll(waiting.data(), waiting.size(), kWakeMs) < 0 && errno != EINTR) fail(path_);
    std::size_t i = 1;
    for (auto it = clients_.begin(); it != clients_.end(); ++i) {
      Client& client = *it;
      const short events = waiting[i].revents;
      bool alive = true;
      if ((events & (POLLIN | POLLHUP | POLLERR)) != 0 && client.ending.empty()) alive = receive(client);
      if (alive && !client.out.empty()) alive = send(client);
      if (alive && client.ending.empty()) answer_frames(client);
      if (alive && !client.out.empty()) alive = send(client);
      if (alive && client.out.empty() && !client.ending.empty()) {
        log(client.number, client.ending);
        alive = false;
      }
      if (alive && client.deaf) {
        log(client.number, "closed: it does not receive its interrupts");
        alive = false;
      }
      if (!alive) end(client);
      it = alive ? std::next(it) : clients_.erase(it);
    }
    if ((waiting[0].revents & POLLIN) != 0) accept();
  }
}

void Server::end(Client& client, const std::string& signal) {
  log(client.number, "verdict: " + client.operations.end(signal));
}

void Server::end_clients(const std::string& signal) {
  for (Client& client : clients_) end(client, signal);
  clients_.clear();
}

void Server::edge(u32 line, u64 t_ps) {
  for (Client& client : clients_) {
    if (client.operations.hears(line))
      notify(client, Notice::kInterrupt, Writer().put32(line).put32(1).put64(t_ps).take());
  }
}

void Server::message(const ForeignMsi& msi, u64 t_ps) {
  for (Client& client : clients_) {
    if (client.operations.hears_msis())
      notify(client, Notice::kMsi,
             Writer().put64(msi.address).put32(msi.data).put32(msi.device_id).put64(t_ps).take());
  }
}

void Server::tell_page(Notice notice, u64 page) {
  for (Client& client : clients_) {
    if (client.operations.hears_pages()) notify(client, notice, Writer().put64(page).take());
  }
}

void Server::notify(Client& client, Notice notice, const Bytes& body) {
  if (client.out.size() > kNoticeLimit) {
    client.deaf = true;
    return;
  }
  const Bytes frame = framed(static_cast<u16>(notice), 0, body);
  client.out.insert(client.out.end(), frame.begin(), frame.end());
}

void Server::accept() {
  const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0) return;  // the client has gone, or no descriptor is free: retried at the next wake-up
  clients_.emplace_back(++clients_seen_, fd, machine_, folders_);
  log(clients_seen_, "connected");
}

// False when the client is gone.
bool Server::receive(Client& client) {
  u8 buffer[kReadBytes];
  const ssize_t n = ::recv(client.fd, buffer, sizeof buffer, 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return true;
  if (n <= 0) {
    const std::string left =
        client.in.empty() ? ""
                          : fmt::format(" in the middle of a frame, after {} bytes of it", client.in.size());
    log(client.number, n == 0 ? "disconnected" + left : std::string("lost: ") + std::strerror(errno) + left);
    return false;
  }
  client.in.insert(client.in.end(), buffer, buffer + n);
  return true;
}

// Answers the complete frames, until the client has too many replies to receive.
void Server::answer_frames(Client& client) try {
  std::size_t used = 0;
  const std::span<const u8> in(client.in);
  while (in.size() - used >= kHeaderBytes && client.out.size() < kUnsentLimit) {
    const Header header = read_header(in.subspan(used));
    if (header.body > kMaxBody)
      throw Malformed(fmt::format("a body of {} bytes: at most {}", header.body, kMaxBody));
    if (in.size() - used - kHeaderBytes < header.body) break;
    const Bytes reply = client.operations.answer(header, in.subspan(used + kHeaderBytes, header.body));
    client.out.insert(client.out.end(), reply.begin(), reply.end());
    used += kHeaderBytes + header.body;
  }
  client.in.erase(client.in.begin(), client.in.begin() + static_cast<std::ptrdiff_t>(used));
} catch (const Malformed& e) {
  client.ending = std::string("closed: ") + e.what();
}

// False when the client is gone.
bool Server::send(Client& client) {
  const ssize_t n = ::send(client.fd, client.out.data(), client.out.size(), MSG_NOSIGNAL);
  if (n < 0) {
    if (errno == EAGAIN || errno == EINTR) return true;
    log(client.number,
        fmt::format("lost with {} bytes of replies not sent: {}", client.out.size(), std::strerror(errno)));
    return false;
  }
  client.out.erase(client.out.begin(), client.out.begin() + n);
  return true;
}

}  // namespace smmu_vp::tb::serve
