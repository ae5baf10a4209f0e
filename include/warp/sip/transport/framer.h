// StreamFramer: cuts the octets of one stream connection into SIP messages by Content-Length (RFC 3261 §18.3)
// and keep-alives (RFC 5626 §3.5.1). Sans-I/O; what it keeps is bounded by its limits.
//
//   framer.push(octets);
//   for (auto event = framer.next(); event.kind != StreamFramer::Kind::More; event = framer.next()) …
//
// After Bad there is no finding the next message: the connection must be closed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace warp::sip {

struct FramerLimits {
  std::size_t head_octets = 32 * 1024;  // start line and headers
  std::size_t message_octets = 65535;   // the whole
};

enum class FrameFault : std::uint8_t {
  HeadTooLarge,
  MessageTooLarge,
  NoContentLength,   // on a stream it must be there (RFC 3261 §20.14)
  BadContentLength,  // no number, or two different ones
};
std::string_view to_string(FrameFault fault);

class StreamFramer {
 public:
  enum class Kind : std::uint8_t {
    More,     // nothing whole is left
    Message,  // `bytes` is one message, valid until the next push()
    Ping,     // CRLF CRLF: answer with one CRLF
    Pong,     // a single CRLF
    Bad,      // `bytes` is the head as far as it came
  };
  struct Event {
    Kind kind = Kind::More;
    std::string_view bytes{};
    FrameFault fault{};
  };

  explicit StreamFramer(const FramerLimits& limits = {}) : limits_(limits) {}

  void push(std::string_view octets);
  Event next();
  // Part of a message has come, and its end has not.
  bool within_message() const { return begin_ < buffer_.size() && !bad_; }
  // The next event is known without another push(); what it may keep is given back when idle.
  std::size_t kept() const { return buffer_.capacity(); }

 private:
  Event keep_alive();
  Event fail(FrameFault fault);
  bool find_head_end();

  const FramerLimits limits_;
  std::string buffer_;
  std::size_t begin_ = 0;    // of what was not handed out
  std::size_t scanned_ = 0;  // no head ends before it
  std::size_t head_ = 0;     // octets of the head at begin_; 0: not known yet
  std::size_t body_ = 0;
  bool half_ping_ = false;  // one CRLF was handed out as Pong, and the next octet may make it a Ping
  bool bad_ = false;
};

// The Content-Length of a head (either name, any case, blanks before the colon, folded values): what is wrong
// with it, or its value.
struct ContentLength {
  enum class State : std::uint8_t { Found, Missing, Bad } state = State::Missing;
  std::size_t octets = 0;
};
ContentLength find_content_length(std::string_view head);

}  // namespace warp::sip
