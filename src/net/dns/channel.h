// Channel: c-ares on an Asio context. One thread. c-ares opens, binds and closes its sockets itself; the
// descriptors here only wait for them.
#pragma once

#include <ares.h>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "warp/net/dns.h"

namespace warp::net::dns {

class Channel {
 public:
  // `status` is c-ares's; `message` is empty when no server answered.
  using Done = std::function<void(int status, std::span<const std::byte> message)>;

  // Throws std::runtime_error.
  Channel(boost::asio::io_context& context, const Settings& settings);
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  void query(const std::string& name, RecordType type, Done done);

 private:
  struct Socket;
  static void on_state(void* self, ares_socket_t fd, int readable, int writable);
  static void on_answer(void* arg, int status, int timeouts, unsigned char* bytes, int length);
  void watch(ares_socket_t fd, bool readable, bool writable);
  void wait_readable(const std::shared_ptr<Socket>& socket);
  void wait_writable(const std::shared_ptr<Socket>& socket);
  void process(ares_socket_t read, ares_socket_t write);
  void arm();

  boost::asio::io_context& context_;
  boost::asio::steady_timer timer_;
  ares_channel channel_ = nullptr;
  std::map<ares_socket_t, std::shared_ptr<Socket>> sockets_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // handlers may outlive us in the context
};

}  // namespace warp::net::dns
