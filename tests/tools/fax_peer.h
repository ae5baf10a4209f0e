// What fax_peer is told, and its socket.
#pragma once

#include <arpa/inet.h>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <netinet/in.h>
#include <span>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>

#include "warp/base/checked.h"

namespace warp::tools {

[[noreturn]] inline void fail(const std::string& what) {
  std::fprintf(stderr, "fax_peer: %s\n", what.c_str());
  std::exit(2);
}

// "127.0.0.1:4000"
inline sockaddr_in ipv4(std::string_view text) {
  const auto colon = text.rfind(':');
  sockaddr_in out{};
  out.sin_family = AF_INET;
  const auto port = colon == text.npos ? std::nullopt : parse_number<std::uint16_t>(text.substr(colon + 1));
  if (!port || inet_pton(AF_INET, std::string(text.substr(0, colon)).c_str(), &out.sin_addr) != 1)
    fail("not an address with a port: " + std::string(text));
  out.sin_port = htons(*port);
  return out;
}

// --name value, or --name alone for what is in `flags`.
class Options {
 public:
  Options(std::span<char*> words, const std::map<std::string, std::string>& defaults) : values_(defaults) {
    for (std::size_t i = 0; i < words.size(); ++i) {
      const std::string word = words[i];
      const auto known = word.starts_with("--") ? values_.find(word.substr(2)) : values_.end();
      if (known == values_.end()) fail("unknown option " + word);
      if (known->second == "no") {
        known->second = "yes";
      } else {
        if (++i == words.size()) fail(word + " takes a value");
        known->second = words[i];
      }
    }
  }
  const std::string& text(const std::string& name) const { return values_.at(name); }
  bool flag(const std::string& name) const { return text(name) == "yes"; }
  unsigned number(const std::string& name) const {
    const auto value = parse_number<unsigned>(text(name), 0, 1000000);
    if (!value) fail("--" + name + " takes a number");
    return *value;
  }

 private:
  std::map<std::string, std::string> values_;
};

class UdpPeer {
 public:
  explicit UdpPeer(const std::string& local)
      : fd_(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    auto address = ipv4(local);
    if (fd_ < 0 || bind(fd_, generic(address), sizeof address) != 0) fail("cannot bind " + local);
  }
  ~UdpPeer() { close(fd_); }
  UdpPeer(const UdpPeer&) = delete;
  UdpPeer& operator=(const UdpPeer&) = delete;

  int fd() const { return fd_; }
  std::uint16_t port() const {
    sockaddr_in address{};
    socklen_t length = sizeof address;
    getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &length);
    return ntohs(address.sin_port);
  }
  void talk_to(const std::string& remote) { remote_ = ipv4(remote); }
  void send(std::span<const std::byte> datagram) {
    static_cast<void>(sendto(fd_, datagram.data(), datagram.size(), 0, generic(remote_), sizeof remote_));
  }
  // Empty: nothing is there.
  std::span<const std::byte> receive(std::span<std::byte> room) {
    const auto size = recv(fd_, room.data(), room.size(), 0);
    return std::span<const std::byte>(room).first(size > 0 ? static_cast<std::size_t>(size) : 0);
  }

 private:
  static const sockaddr* generic(const sockaddr_in& address) {
    return reinterpret_cast<const sockaddr*>(&address);
  }
  int fd_;
  sockaddr_in remote_{};
};

}  // namespace warp::tools
