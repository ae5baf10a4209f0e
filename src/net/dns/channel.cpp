#include "channel.h"

#include <stdexcept>

namespace warp::net::dns {
namespace {

namespace asio = boost::asio;

// c-ares's library state; the process needs it once.
void initialise() {
  static const int status = ares_library_init(ARES_LIB_INIT_ALL);
  if (status != ARES_SUCCESS) throw std::runtime_error(ares_strerror(status));
}

std::string server_list(const std::vector<domain::SocketAddress>& servers) {
  std::string list;
  for (const auto& server : servers)
    list.append(list.empty() ? "" : ",").append(server.to_string());
  return list;
}

}  // namespace

struct Channel::Socket {
  Socket(asio::io_context& context, ares_socket_t fd) : descriptor(context, fd) {}
  asio::posix::stream_descriptor descriptor;
  bool open = true, reads = false, writes = false;         // wanted
  bool waiting_to_read = false, waiting_to_write = false;  // asked of Asio
};

Channel::Channel(asio::io_context& context, const Settings& settings) : context_(context), timer_(context) {
  initialise();
  ares_options options{};
  options.timeout = static_cast<int>(settings.timeout.count());
  options.tries = static_cast<int>(settings.tries);
  options.flags = ARES_FLAG_EDNS | ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES;
  options.ednspsz = 1232;
  options.sock_state_cb = on_state;
  options.sock_state_cb_data = this;
  constexpr int kMask =
      ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_FLAGS | ARES_OPT_EDNSPSZ | ARES_OPT_SOCK_STATE_CB;
  int status = ares_init_options(&channel_, &options, kMask);
  if (status == ARES_SUCCESS && !settings.servers.empty())
    status = ares_set_servers_ports_csv(channel_, server_list(settings.servers).c_str());
  if (status == ARES_SUCCESS) return;
  if (channel_ != nullptr) ares_destroy(channel_);
  throw std::runtime_error(std::string("cannot set up the DNS resolver: ") + ares_strerror(status) +
                           "; see dns.servers");
}

Channel::~Channel() {
  *alive_ = false;
  ares_destroy(channel_);  // answers every query that is left, and closes the sockets
}

void Channel::query(const std::string& name, RecordType type, Done done) {
  constexpr int kInternet = 1;
  ares_query(channel_, name.c_str(), kInternet, static_cast<int>(type), on_answer,
             new Done(std::move(done)));  // owned by on_answer, which c-ares calls once
  arm();
}

void Channel::on_answer(void* arg, int status, int, unsigned char* bytes, int length) {
  const std::unique_ptr<Done> done(static_cast<Done*>(arg));
  std::span<const std::byte> message;
  if (bytes != nullptr && length > 0)
    message = std::as_bytes(std::span(bytes, static_cast<std::size_t>(length)));
  (*done)(status, message);
}

void Channel::on_state(void* self, ares_socket_t fd, int readable, int writable) {
  static_cast<Channel*>(self)->watch(fd, readable != 0, writable != 0);
}

void Channel::watch(ares_socket_t fd, bool readable, bool writable) {
  auto& socket = sockets_[fd];
  if (!readable && !writable) {
    if (socket) {
      socket->open = false;
      socket->descriptor.release();  // c-ares closes it
    }
    sockets_.erase(fd);
    return;
  }
  if (!socket) socket = std::make_shared<Socket>(context_, fd);
  socket->reads = readable;
  socket->writes = writable;
  const auto kept = socket;
  if (readable) wait_readable(kept);
  if (writable) wait_writable(kept);
}

void Channel::wait_readable(const std::shared_ptr<Socket>& socket) {
  if (std::exchange(socket->waiting_to_read, true)) return;
  socket->descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                                [this, socket, alive = alive_](const boost::system::error_code& error) {
                                  socket->waiting_to_read = false;
                                  if (!*alive || error || !socket->open) return;
                                  process(socket->descriptor.native_handle(), ARES_SOCKET_BAD);
                                  if (*alive && socket->open && socket->reads) wait_readable(socket);
                                });
}

void Channel::wait_writable(const std::shared_ptr<Socket>& socket) {
  if (std::exchange(socket->waiting_to_write, true)) return;
  socket->descriptor.async_wait(asio::posix::stream_descriptor::wait_write,
                                [this, socket, alive = alive_](const boost::system::error_code& error) {
                                  socket->waiting_to_write = false;
                                  if (!*alive || error || !socket->open) return;
                                  process(ARES_SOCKET_BAD, socket->descriptor.native_handle());
                                  if (*alive && socket->open && socket->writes) wait_writable(socket);
                                });
}

void Channel::process(ares_socket_t read, ares_socket_t write) {
  ares_process_fd(channel_, read, write);
  arm();
}

void Channel::arm() {
  timeval wait{};
  if (ares_timeout(channel_, nullptr, &wait) == nullptr) {
    timer_.cancel();
    return;
  }
  timer_.expires_after(std::chrono::seconds(wait.tv_sec) + std::chrono::microseconds(wait.tv_usec) +
                       std::chrono::milliseconds(1));
  timer_.async_wait([this, alive = alive_](const boost::system::error_code& error) {
    if (*alive && !error) process(ARES_SOCKET_BAD, ARES_SOCKET_BAD);
  });
}

}  // namespace warp::net::dns
