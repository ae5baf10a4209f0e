// LineWire: the other end of a protocol of lines, driven by hand: octets out, lines in, never blocking.
#pragma once

#include "support/stream_wire.h"

namespace warp::test {

class LineWire : public StreamWire {
 public:
  using StreamWire::StreamWire;

  static LineWire connect(const domain::SocketAddress& to, std::string_view from = "127.0.0.1") {
    return LineWire(open(to, from));
  }

  // The next line that has arrived, without its end.
  std::optional<std::string> receive() {
    read();
    const auto end = buffer_.find("\r\n");
    if (end == std::string::npos) return std::nullopt;
    auto line = buffer_.substr(0, end);
    buffer_.erase(0, end + 2);
    return line;
  }
};

using LineListener = WireListener<LineWire>;

}  // namespace warp::test
