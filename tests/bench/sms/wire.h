// What the two ends of `./warp bench sms` share: sockets on one epoll, frames that begin with their length,
// and figures. Written for load: one thread, no allocation a message, many messages a system call.
#pragma once

#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace bench {

inline std::uint64_t now_us() {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(
                                        std::chrono::steady_clock::now().time_since_epoch())
                                        .count());
}

inline double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) { return double(time.tv_sec) + double(time.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

inline void put32(std::string& out, std::uint32_t value) {
  value = htonl(value);
  out.append(reinterpret_cast<const char*>(&value), 4);
}
inline std::uint32_t get32(const char* at) {
  std::uint32_t value;
  std::memcpy(&value, at, 4);
  return ntohl(value);
}

class Epoll {
 public:
  Epoll() : fd_(epoll_create1(0)) {}
  void add(int fd, std::uint32_t events, void* what) { change(EPOLL_CTL_ADD, fd, events, what); }
  void modify(int fd, std::uint32_t events, void* what) { change(EPOLL_CTL_MOD, fd, events, what); }
  template <class F>
  void wait(int milliseconds, F f) {
    epoll_event events[64];
    const int count = epoll_wait(fd_, events, 64, milliseconds);
    for (int i = 0; i < count; ++i)
      f(events[i].data.ptr, events[i].events);
  }

 private:
  void change(int what, int fd, std::uint32_t events, void* pointer) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = pointer;
    if (epoll_ctl(fd_, what, fd, &event) != 0) throw std::runtime_error("epoll_ctl");
  }
  int fd_;
};

// `prefix`: octets of the frame that its length does not count.
class Connection {
 public:
  Connection(Epoll& epoll, int fd, std::size_t prefix) : epoll_(epoll), fd_(fd), prefix_(prefix) {
    const int yes = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    epoll.add(fd, EPOLLIN, this);
  }
  ~Connection() { ::close(fd_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // False: the far end is gone. `f(frame)` for each whole frame.
  template <class F>
  bool read(F f) {
    for (;;) {
      if (in_.size() - end_ < 65536) in_.resize(in_.size() + 262144);
      const auto got = recv(fd_, in_.data() + end_, in_.size() - end_, 0);
      if (got == 0 || (got < 0 && errno != EAGAIN)) return false;
      if (got < 0) return true;
      end_ += static_cast<std::size_t>(got);
      const bool full = end_ == in_.size();
      take(f);
      if (!full) return true;
    }
  }
  std::string& out() { return out_; }
  bool flush() {
    while (sent_ < out_.size()) {
      const auto done = send(fd_, out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL);
      if (done < 0) {
        if (errno != EAGAIN) return false;
        if (!std::exchange(writing_, true)) epoll_.modify(fd_, EPOLLIN | EPOLLOUT, this);
        return true;
      }
      sent_ += static_cast<std::size_t>(done);
    }
    out_.clear();
    sent_ = 0;
    if (std::exchange(writing_, false)) epoll_.modify(fd_, EPOLLIN, this);
    return true;
  }

 private:
  template <class F>
  void take(F& f) {
    std::size_t at = 0;
    while (end_ - at >= 4) {
      const std::size_t length = get32(in_.data() + at) + prefix_;
      if (length < 4 || length > 1 << 20) throw std::runtime_error("a frame's length is wrong");
      if (end_ - at < length) break;
      f(std::string_view(in_).substr(at, length));
      at += length;
    }
    std::memmove(in_.data(), in_.data() + at, end_ - at);
    end_ -= at;
  }

  Epoll& epoll_;
  const int fd_;
  const std::size_t prefix_;
  std::string in_, out_;
  std::size_t end_ = 0, sent_ = 0;
  bool writing_ = false;
};

inline sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}
inline int connect_to(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  const auto address = loopback(port);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error("cannot connect");
  return fd;
}
inline int listen_on(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  auto address = loopback(port);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || listen(fd, 64) != 0)
    throw std::runtime_error("cannot listen");
  return fd;
}
inline std::uint16_t port_of(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

// SMPP 3.4, as much of it as the two ends speak.
namespace smpp {
constexpr std::uint32_t kResponse = 0x80000000, kSubmit = 4, kDeliver = 5, kUnbind = 6, kBindTransceiver = 9,
                        kEnquire = 0x15;

struct Header {
  std::uint32_t command, status, sequence;
};
inline Header header(std::string_view frame) {
  return {get32(frame.data() + 4), get32(frame.data() + 8), get32(frame.data() + 12)};
}
inline std::string_view cstring(std::string_view frame, std::size_t& at) {
  const auto end = frame.find('\0', at);
  if (end == std::string_view::npos) throw std::runtime_error("a PDU is too short");
  const auto text = frame.substr(at, end - at);
  at = end + 1;
  return text;
}
// `write(out)` puts the body.
template <class F>
void put(std::string& out, std::uint32_t command, std::uint32_t status, std::uint32_t sequence, F write) {
  const auto begin = out.size();
  for (const auto number : {0u, command, status, sequence})
    put32(out, number);
  write(out);
  const auto length = htonl(static_cast<std::uint32_t>(out.size() - begin));
  std::memcpy(out.data() + begin, &length, 4);
}
inline void put_text(std::string& out, std::string_view text) {
  out.append(text).push_back('\0');
}
inline void put_tlv(std::string& out, std::uint16_t tag, std::string_view value) {
  for (const auto number : {tag, static_cast<std::uint16_t>(value.size())}) {
    out.push_back(static_cast<char>(number >> 8));
    out.push_back(static_cast<char>(number & 255));
  }
  out.append(value);
}
// The body that submit_sm and deliver_sm share.
inline void put_message(std::string& out, std::string_view source, std::string_view destination,
                        char esm_class, char registered_delivery, std::string_view text) {
  out.append("\0\1\1", 3);
  put_text(out, source);
  out.append("\1\1", 2);
  put_text(out, destination);
  const char middle[] = {esm_class, 0, 0, 0, 0, registered_delivery, 0, 0, 0, static_cast<char>(text.size())};
  out.append(middle, sizeof middle).append(text);
}
}  // namespace smpp
}  // namespace bench
