// Brief: what a request says that decides whether it is refused without a transaction, and all that such an
// answer copies. Read off the bytes in place: no copy, no allocation; the views live as long as the bytes.
//
// read_brief() takes less than Message::parse(), and never anything else: what it takes, parse() takes and
// reads as the same (a fuzz target says so). What is folded, escaped or in any way unusual or wrong is
// parse()'s.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "warp/sip/message/message.h"

namespace warp::sip {

struct Brief {
  static constexpr std::size_t kMostVias = 8;  // header lines; more are parse()'s

  Method method = Method::Other;
  std::string_view method_text, request_uri;
  std::array<std::string_view, kMostVias> vias;  // values of the Via headers, as they came
  std::size_t via_count = 0;                     // at least 1
  std::string_view from, to, call_id, cseq;      // values of these
  Via via;                                       // the topmost
  std::string_view from_tag, to_tag;
  std::uint32_t cseq_number = 0;
};

std::optional<Brief> read_brief(std::string_view datagram, const Limits& limits = {});

}  // namespace warp::sip
