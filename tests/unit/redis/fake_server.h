// A server that says what the test wants: one script for each connection, one connection after another.
#pragma once

#include <atomic>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "unit/redis/redis_server.h"

namespace warp::test {

class FakeServer {
 public:
  struct Gone {};  // thrown to the script when the client is

  class Peer {
   public:
    explicit Peer(int fd) : fd_(fd) {}

    std::vector<std::string> command() {
      std::vector<std::string> arguments(number('*'));
      for (auto& argument : arguments) {
        const auto length = number('$');
        while (buffer_.size() < length + 2)
          receive();
        argument = buffer_.substr(0, length);
        buffer_.erase(0, length + 2);
      }
      return arguments;
    }
    // What a client says first, up to its PING.
    void greet() {
      while (command().front() != "PING")
        say("+OK\r\n");
      say("+PONG\r\n");
    }
    void say(std::string_view text) {
      while (!text.empty()) {
        const auto sent = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
        if (sent <= 0) throw Gone{};
        text.remove_prefix(static_cast<std::size_t>(sent));
      }
    }
    void until_gone() {
      for (;;)
        receive();
    }

   private:
    void receive() {
      char octets[4096];
      const auto got = recv(fd_, octets, sizeof octets, 0);
      if (got <= 0) throw Gone{};
      buffer_.append(octets, static_cast<std::size_t>(got));
    }
    std::size_t number(char type) {
      std::size_t end = 0;
      while ((end = buffer_.find("\r\n")) == std::string::npos)
        receive();
      if (buffer_[0] != type) throw std::logic_error("not a command");
      const auto value = std::stoul(buffer_.substr(1, end - 1));
      buffer_.erase(0, end + 2);
      return value;
    }

    int fd_;
    std::string buffer_;
  };
  using Script = std::function<void(Peer&)>;

  // `script` is run for every connection; its end closes the connection.
  explicit FakeServer(Script script) : script_(std::move(script)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socket().copy(address.sun_path, sizeof address.sun_path - 1);
    listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        listen(listener_, 16) != 0)
      throw std::runtime_error("the fake server cannot listen");
    thread_ = std::thread([this] { serve(); });
  }
  ~FakeServer() {
    stopping_ = true;
    shutdown(listener_, SHUT_RDWR);
    if (const int peer = peer_.load(); peer >= 0) shutdown(peer, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  FakeServer(const FakeServer&) = delete;

  std::string socket() const { return folder_ / "fake.sock"; }
  std::string url() const { return "unix://" + socket(); }
  int connections() const { return connections_; }
  int ended() const { return ended_; }  // connections that the client has closed, or the script

 private:
  void serve() {
    for (;;) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      peer_ = fd;
      ++connections_;
      Peer peer(fd);
      try {
        if (!stopping_) script_(peer);
      } catch (const Gone&) {
      }
      peer_ = -1;
      close(fd);
      ++ended_;
    }
  }

  TemporaryFolder folder_;
  Script script_;
  int listener_ = -1;
  std::atomic<int> peer_{-1}, connections_{0}, ended_{0};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace warp::test
