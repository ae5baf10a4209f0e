#include "metrics.h"

namespace warp::smpp {
namespace {

using namespace std::string_view_literals;

std::string side_of(Role role) {
  return role == Role::Smsc ? "server" : "client";
}

// A dense number for every command: 0 is for what is none. Requests are 1–23, their responses 25–47.
std::size_t index_of(CommandId command) {
  const auto value = static_cast<std::uint32_t>(command);
  const std::size_t half = is_response(command) ? 24 : 0;
  switch (const auto low = value & 0x7FFFFFFF; low >> 4) {
    case 0:
      return half + 1 + low;  // bind_receiver … outbind: 1–12; generic_nack as 25
    case 1:
      return low == 0x15 ? half + 17 : 0;
    case 2:
      return low == 0x21 ? half + 18 : 0;
    case 0x10:
      return low == 0x102 ? half + 19 : low == 0x103 ? half + 20 : 0;
    case 0x11:
      return low >= 0x111 && low <= 0x113 ? half + 21 + (low - 0x111) : 0;
    default:
      return 0;
  }
}

}  // namespace

Metrics::Metrics(metrics::Registry& registry, Role role)
    : octets_in(registry.counter("warp_smpp_octets_total", "Octets of SMPP read and written, without TLS.",
                                 {{"side", side_of(role)}, {"direction", "in"}})),
      octets_out(registry.counter("warp_smpp_octets_total", "Octets of SMPP read and written, without TLS.",
                                  {{"side", side_of(role)}, {"direction", "out"}})),
      throttled_in(registry.counter("warp_smpp_throttled_total",
                                    "Responses with ESME_RTHROTTLED, received and sent.",
                                    {{"side", side_of(role)}, {"direction", "in"}})),
      throttled_out(registry.counter("warp_smpp_throttled_total",
                                     "Responses with ESME_RTHROTTLED, received and sent.",
                                     {{"side", side_of(role)}, {"direction", "out"}})),
      rests(registry.counter("warp_smpp_rests_total",
                             "Times that a peer was not read for a while because it ignored throttling.",
                             {{"side", side_of(role)}})),
      unmatched(registry.counter("warp_smpp_unmatched_responses_total",
                                 "Responses that no request waited for, late ones among them.",
                                 {{"side", side_of(role)}})),
      late_answers(registry.counter("warp_smpp_late_answers_total",
                                    "Answers of the daemon to requests or sessions that were gone.",
                                    {{"side", side_of(role)}})),
      window_out(registry.gauge("warp_smpp_window", "Requests without a response, by who sent them.",
                                {{"side", side_of(role)}, {"direction", "out"}})),
      window_in(registry.gauge("warp_smpp_window", "Requests without a response, by who sent them.",
                               {{"side", side_of(role)}, {"direction", "in"}})) {
  const auto side = side_of(role);
  register_commands(registry, side);
  for (std::size_t i = 0; i < kSessionStates; ++i)
    sessions_[i] =
        &registry.gauge("warp_smpp_sessions", "Sessions now, by state.",
                        {{"side", side}, {"state", std::string(to_string(static_cast<SessionState>(i)))}});
  for (std::size_t i = 0; i < kCloseReasons; ++i)
    closed_[i] =
        &registry.counter("warp_smpp_closed_total", "Sessions that ended, by reason.",
                          {{"side", side}, {"reason", std::string(to_string(static_cast<CloseReason>(i)))}});
  for (std::size_t i = 0; i < bad_pdus_.size(); ++i)
    bad_pdus_[i] =
        &registry.counter("warp_smpp_bad_pdus_total", "PDUs that could not be read, by fault.",
                          {{"side", side}, {"fault", std::string(to_string(static_cast<ParseCode>(i)))}});
  constexpr std::array timeouts{"response"sv,   "enquire_link"sv, "bind"sv,
                                "inactivity"sv, "write"sv,        "unbind"sv};
  for (std::size_t i = 0; i < timeouts.size(); ++i)
    timeouts_[i] = &registry.counter("warp_smpp_timeouts_total", "What did not come in time.",
                                     {{"side", side}, {"what", std::string(timeouts[i])}});
  constexpr std::array causes{"refused"sv, "malformed"sv, "rate_limited"sv, "timeout"sv};
  for (std::size_t i = 0; i < causes.size(); ++i)
    bind_failures_[i] = &registry.counter("warp_smpp_bind_failures_total", "Binds that failed, by cause.",
                                          {{"side", side}, {"cause", std::string(causes[i])}});
  constexpr std::array refusals{"total"sv, "source"sv, "error"sv};
  for (std::size_t i = 0; i < refusals.size(); ++i)
    refused_[i] = &registry.counter("warp_smpp_connections_refused_total",
                                    "Connections closed at once: over a cap, or not accepted by the system.",
                                    {{"side", side}, {"cause", std::string(refusals[i])}});
}

void Metrics::register_commands(metrics::Registry& registry, const std::string& side) {
  const auto of = [&](std::string_view direction, std::string_view name) {
    return &registry.counter(
        "warp_smpp_pdus_total", "PDUs read and written, by command.",
        {{"side", side}, {"direction", std::string(direction)}, {"command", std::string(name)}});
  };
  in_.fill(of("in", "unknown"));
  out_.fill(of("out", "unknown"));
  for (const std::uint32_t bit : {0u, 0x80000000u}) {
    for (std::uint32_t value = 0; value < 0x120; ++value) {
      const auto command = static_cast<CommandId>(value | bit);
      if (!is_known(command)) continue;
      in_[index_of(command)] = of("in", to_string(command));
      out_[index_of(command)] = of("out", to_string(command));
    }
  }
}

void Metrics::count(ByCommand& counters, CommandId command) {
  counters[index_of(command)]->add();
}

void Metrics::arrived(SessionState state) {
  sessions_[static_cast<std::size_t>(state)]->add(1);
}

void Metrics::gone(SessionState state) {
  sessions_[static_cast<std::size_t>(state)]->add(-1);
}

void Metrics::moved(SessionState from, SessionState to) {
  gone(from);
  arrived(to);
}

}  // namespace warp::smpp
