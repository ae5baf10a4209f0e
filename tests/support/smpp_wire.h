// SmppWire: the other end of an SMPP connection, driven by hand: octets out, frames in, never blocking.
#pragma once

#include <fcntl.h>
#include <netinet/in.h>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include "warp/domain/address.h"
#include "warp/net/sockaddr.h"
#include "warp/smpp/pdu/pdu.h"
#include "warp/smpp/pdu/writer.h"

namespace warp::test {

class SmppWire {
 public:
  SmppWire() = default;
  explicit SmppWire(int fd) : fd_(fd) { fcntl(fd_, F_SETFL, O_NONBLOCK); }
  ~SmppWire() { close(); }
  SmppWire(SmppWire&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), buffer_(std::move(other.buffer_)), ended_(other.ended_) {}
  SmppWire& operator=(SmppWire&& other) noexcept {
    close();
    fd_ = std::exchange(other.fd_, -1);
    buffer_ = std::move(other.buffer_);
    ended_ = other.ended_;
    return *this;
  }

  // `receive_octets`: of the kernel's buffer; small ones make a slow reader.
  static SmppWire connect(const domain::SocketAddress& to, std::string_view from = "127.0.0.1",
                          int receive_octets = 0) {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (receive_octets > 0) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_octets, sizeof receive_octets);
    const auto local = net::to_sockaddr({*domain::IpAddress::parse(from), 0});
    const auto remote = net::to_sockaddr(to);
    if (::bind(fd, local.get(), local.length) != 0 || ::connect(fd, remote.get(), remote.length) != 0) {
      ::close(fd);
      return {};
    }
    return SmppWire(fd);
  }

  bool connected() const { return fd_ >= 0; }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

  // Returns how many octets the kernel took.
  std::size_t send(std::string_view octets) {
    const auto sent = ::send(fd_, octets.data(), octets.size(), MSG_NOSIGNAL);
    return sent < 0 ? 0 : static_cast<std::size_t>(sent);
  }
  void send(const smpp::Pdu& pdu) {
    std::string octets;
    if (smpp::write(pdu, octets, {.password_octets = 64})) send(octets);
  }

  // The next frame that has arrived. The Pdu's views live until the next call.
  std::optional<smpp::Pdu> receive() {
    read();
    const auto frame = smpp::next_frame(buffer_);
    if (frame.state != smpp::FrameState::Whole) return std::nullopt;
    frame_ = buffer_.substr(0, frame.octets);
    buffer_.erase(0, frame.octets);
    auto pdu = smpp::parse(frame_);
    if (!pdu) return std::nullopt;
    return std::move(*pdu);
  }
  // The peer has closed and nothing is left to be read.
  bool ended() {
    read();
    return ended_ && buffer_.empty();
  }

 private:
  void read() {
    char part[16384];
    while (fd_ >= 0 && !ended_) {
      const auto got = recv(fd_, part, sizeof part, 0);
      if (got > 0) {
        buffer_.append(part, static_cast<std::size_t>(got));
        continue;
      }
      ended_ = got == 0 || (errno != EAGAIN && errno != EINTR);
      return;
    }
  }

  int fd_ = -1;
  std::string buffer_, frame_;
  bool ended_ = false;
};

// A listening socket whose connections are SmppWires.
class SmppListener {
 public:
  SmppListener() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)) {
    auto local = net::to_sockaddr({*domain::IpAddress::parse("127.0.0.1"), 0});
    ::bind(fd_, local.get(), local.length);
    listen(fd_, 64);
    getsockname(fd_, local.get(), &local.length);
    port_ = net::from_sockaddr(local.storage, local.length)->port;
  }
  ~SmppListener() { ::close(fd_); }
  std::uint16_t port() const { return port_; }
  std::optional<SmppWire> accept() {
    const int fd = ::accept(fd_, nullptr, nullptr);
    if (fd < 0) return std::nullopt;
    return SmppWire(fd);
  }

 private:
  int fd_;
  std::uint16_t port_ = 0;
};

inline smpp::Pdu smpp_pdu(smpp::CommandId command, std::uint32_t sequence, smpp::Body body = {},
                          smpp::Status status = smpp::Status::Ok) {
  smpp::Pdu pdu;
  pdu.header.command = command;
  pdu.header.sequence = sequence;
  pdu.header.status = status;
  pdu.body = std::move(body);
  return pdu;
}
inline smpp::Pdu smpp_bind(smpp::CommandId command, std::string_view system_id = "esme",
                           std::string_view password = "secret") {
  return smpp_pdu(command, 1, smpp::Bind{system_id, password, "", 0x34, {}});
}
inline smpp::Pdu smpp_submit(std::uint32_t sequence, std::string_view text = "hello") {
  smpp::ShortMessage message{"", {1, 1, "14155550100"}, {1, 1, "14155550199"}, {}};
  message.message.short_message = text;
  return smpp_pdu(smpp::CommandId::SubmitSm, sequence, message);
}
// Sixteen octets as they are.
inline std::string smpp_header(std::uint32_t length, std::uint32_t command, std::uint32_t sequence) {
  std::string octets;
  for (const auto value : {length, command, 0u, sequence})
    for (int shift = 24; shift >= 0; shift -= 8)
      octets.push_back(static_cast<char>(value >> shift));
  return octets;
}

}  // namespace warp::test
