// The room's metrics; one a Server and one a Client. Handles of the same side are the registry's same ones.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <unordered_map>

#include "warp/base/metrics.h"
#include "warp/smpp/session/states.h"

namespace warp::smpp {

enum class Timeout : std::uint8_t { Response, EnquireLink, Bind, Inactivity, Write, Unbind };
enum class BindFailure : std::uint8_t { Refused, Malformed, RateLimited, Timeout };
enum class Refusal : std::uint8_t { Total, Source, Error };

class Metrics {
 public:
  Metrics(metrics::Registry& registry, Role role);

  void received(CommandId command) { count(in_, command); }
  void sent(CommandId command) { count(out_, command); }
  void moved(SessionState from, SessionState to);
  void arrived(SessionState state);
  void gone(SessionState state);
  void closed(CloseReason reason) { closed_[static_cast<std::size_t>(reason)]->add(); }
  void timeout(Timeout what) { timeouts_[static_cast<std::size_t>(what)]->add(); }
  void bind_failed(BindFailure cause) { bind_failures_[static_cast<std::size_t>(cause)]->add(); }
  void connection_refused(Refusal cause) { refused_[static_cast<std::size_t>(cause)]->add(); }
  void bad_pdu(ParseCode code) { bad_pdus_[static_cast<std::size_t>(code)]->add(); }

  metrics::Counter &octets_in, &octets_out, &throttled_in, &throttled_out, &rests, &unmatched, &late_answers;
  metrics::Gauge &window_out, &window_in;

 private:
  using ByCommand = std::array<metrics::Counter*, 48>;
  static void count(ByCommand& counters, CommandId command);
  void register_commands(metrics::Registry& registry, const std::string& side);

  ByCommand in_{}, out_{};
  std::array<metrics::Gauge*, kSessionStates> sessions_{};
  std::array<metrics::Counter*, kCloseReasons> closed_{};
  std::array<metrics::Counter*, 6> timeouts_{};
  std::array<metrics::Counter*, 4> bind_failures_{};
  std::array<metrics::Counter*, 3> refused_{};
  std::array<metrics::Counter*, 7> bad_pdus_{};
};

}  // namespace warp::smpp
