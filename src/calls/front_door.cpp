#include "front_door.h"

#include <array>
#include <charconv>

#include "warp/calls/overload_params.h"
#include "warp/sip/message/brief.h"
#include "warp/sip/transport/response_path.h"
#include "warp/sip/transport/scan.h"

#include "cause.h"
#include "emergency.h"

namespace warp::calls {

using domain::Reason;

namespace {

constexpr std::uint16_t kUnavailable = 503;
constexpr std::string_view kInvite = "INVITE ";

bool is_known(const routing::Snapshot& snapshot, const sip::Flow& from) {
  const auto source = snapshot.source(from.remote, from.transport);
  return source.trunk != nullptr || source.provider != nullptr;
}

bool is_known(Context& context, const sip::Flow& from) {
  const auto snapshot = context.snapshots.current();
  return snapshot && is_known(*snapshot, from);
}

// What an answer needs of a request, whether it was parsed or only looked at.
const sip::Via& top_via(const sip::Message& request) {
  return request.via();
}
const sip::Via& top_via(const sip::Brief& request) {
  return request.via;
}
std::string_view via_value(const sip::Message& request) {
  return request.header(sip::HeaderId::Via);
}
std::string_view via_value(const sip::Brief& request) {
  return request.vias[0];
}
std::string_view uri_of(const sip::Message& request) {
  return request.request_uri();
}
std::string_view uri_of(const sip::Brief& request) {
  return request.request_uri;
}

void add_load(Context& context, std::string_view via, std::string& response);

// Blanks before the value of Server, the last header but Content-Length, up to a multiple of kLengths octets:
// refusals of one length leave as one (UdpTransport::send_unordered).
void even_out(std::string& response, std::size_t server) {
  constexpr std::size_t kLengths = 64;
  constexpr std::string_view kBehind = "\r\nContent-Length: 0\r\n\r\n";
  const std::size_t behind = server + kBehind.size(), over = response.size() % kLengths;
  if (server == 0 || over == 0 || response.size() < behind) return;
  response.insert(response.size() - behind, kLengths - over, ' ');
}

// Answers without state: a final answer with the reason, for which no ACK is awaited.
template <class Request>
void answer(Context& context, const Request& request, const sip::Flow& from, std::uint16_t status,
            Reason reason, std::chrono::seconds retry_after = {}) {
  std::string& out = context.scratch;
  const sip::ViaStamp stamp = sip::via_stamp(top_via(request), from);
  sip::Writer writer(out);
  writer.response_to(request, status, {}, sip::stateless_tag(request), stamp.received, stamp.rport);
  if (retry_after.count() > 0)
    writer.header(sip::HeaderId::RetryAfter, static_cast<std::uint64_t>(retry_after.count()));
  add_reason(writer, Cause{reason});
  if (!context.settings.server.empty()) writer.header(sip::HeaderId::Server, context.settings.server);
  writer.finish();
  if (!writer.ok()) return;
  if (status == kUnavailable) {
    add_load(context, via_value(request), out);
    if (!from.reliable()) even_out(out, context.settings.server.size());
  }
  context.sender.send_unordered(sip::reply_flow(top_via(request), from), out);
}

void log_now_and_then(Context& context, Context::Tally& tally, std::string_view event, const sip::Flow& from,
                      Reason reason) {
  ++tally.since_log;
  const Monotonic now = context.clock.now();
  if (tally.logged_at != Monotonic{} && now - tally.logged_at < context.settings.unknown_source_log_interval)
    return;
  context.log.warning(event, {{"source", from.remote.to_string()},
                              {"reason", domain::to_string(reason)},
                              {"count", tally.since_log}});
  tally = {0, now};
}

// It gets no answer, whatever it is.
void drop(Context& context, const sip::Message& request, const sip::Flow& from, Offence offence,
          Reason reason) {
  if (request.method() == sip::Method::Invite) context.metrics.refused(reason);
  context.guard->offend(from.remote.ip, offence);
}

bool stranger_passes(Context& context, const routing::Snapshot& snapshot, const sip::Message& request,
                     const sip::Flow& from) {
  Guard& guard = *context.guard;
  const domain::IpAddress& ip = from.remote.ip;
  if (guard.is_scanner(request.header(sip::HeaderId::UserAgent))) {
    drop(context, request, from, Offence::Scanner, Reason::SourceBanned);
    return false;
  }
  if (!guard.take(ip, request.method())) {
    log_now_and_then(context, context.rates_exceeded, "protection.rate_exceeded", from,
                     Reason::SourceRateExceeded);
    drop(context, request, from, Offence::RateExceeded, Reason::SourceRateExceeded);
    return false;
  }
  if (!request.to().tag.empty() && request.method() != sip::Method::Cancel) {
    context.metrics.strays.add();
    guard.offend(ip, Offence::UnknownSource);
    answer(context, request, from, 481, Reason::DialogUnknown);
    return false;
  }
  if (request.method() == sip::Method::Invite && !snapshot.challenges_strangers()) {
    note_stranger(context, from);
    guard.offend(ip, Offence::UnknownSource);
    if (!context.overload.shedding()) answer(context, request, from, 403, Reason::SourceUnknown);
    return false;
  }
  return guard.may_remember();
}

// The cheapest that can be done for a call too many: strangers hear nothing, an emergency call passes, and so
// does the copy of an INVITE that was let in.
template <class Request>
bool shed(Context& context, const Request& request, const sip::Flow& from, bool known) {
  if (is_emergency(context.settings.emergency, uri_of(request))) return false;
  if (context.transactions.knows(request)) return false;
  context.metrics.shed.add();
  context.metrics.refused(Reason::Overloaded);
  log_now_and_then(context, context.sheds, "overload.refused", from, Reason::Overloaded);
  if (known)
    answer(context, request, from, kUnavailable, Reason::Overloaded, context.settings.overload.retry_after);
  return true;
}

}  // namespace

bool wants(Context& context, std::string_view bytes, const sip::Flow& from) {
  if (!context.overload.shedding()) return true;
  if (!bytes.starts_with(kInvite)) return !sip::is_stateless_ack(bytes);
  const bool known = is_known(context, from);
  // Strangers must not use up what is left for those who are known.
  if (context.guard != nullptr && !known) return true;
  const auto request = sip::read_brief(bytes);
  // What cannot be read at a glance is parsed, and passes() decides.
  if (!request || !request->to_tag.empty()) return true;
  context.admitted = context.overload.admit(context.clock.now()) || !shed(context, *request, from, known);
  return context.admitted;
}

bool passes(Context& context, const sip::Message& message, const sip::Flow& from) {
  const bool admitted = std::exchange(context.admitted, false);
  if (!message.is_request() || message.method() == sip::Method::Ack) return true;
  const std::string_view tag = message.to().tag;
  if (!tag.empty() && context.table.find_tag(tag) != nullptr) return true;
  const auto snapshot = context.snapshots.current();
  const bool watched = context.guard != nullptr && snapshot != nullptr;
  if (watched && !is_known(*snapshot, from) && !stranger_passes(context, *snapshot, message, from))
    return false;
  if (!tag.empty() || message.method() != sip::Method::Invite || admitted) return true;
  return context.overload.admit(context.clock.now()) ||
         !shed(context, message, from, is_known(context, from));
}

void note_stranger(Context& context, const sip::Flow& from) {
  context.metrics.unknown_sources.add();
  context.metrics.refused(Reason::SourceUnknown);
  log_now_and_then(context, context.unknown_sources, "calls.source_unknown", from, Reason::SourceUnknown);
}

void note_refusal(Context& context, const sip::Flow& from, Reason reason) {
  if (context.guard == nullptr) return;
  if (reason == Reason::SourceUnknown) context.guard->offend(from.remote.ip, Offence::UnknownSource);
  if (reason == Reason::AuthenticationFailed) note_auth_failure(context, from);
  if (reason == Reason::MethodNotAllowed) context.guard->offend(from.remote.ip, Offence::MethodRefused);
}

void note_auth_failure(Context& context, const sip::Flow& from) {
  if (context.guard != nullptr) context.guard->offend(from.remote.ip, Offence::AuthFailure);
}

void note_auth_success(Context& context, const sip::Flow& from) {
  if (context.guard != nullptr) context.guard->welcome(from.remote.ip);
}

void note_queue_delay(Context& context, std::chrono::nanoseconds delay) {
  context.overload.observe(delay, context.clock.now());
  context.overload_gauges.delay.set(std::chrono::duration<double>(delay).count());
  const bool shedding = context.overload.shedding();
  if (shedding == (context.overload_gauges.shedding.value() != 0)) return;
  context.overload_gauges.shedding.set(shedding ? 1 : 0);
  context.log.warning(shedding ? "overload.begins" : "overload.ends",
                      {{"shard", context.shard},
                       {"delay_ms", delay.count() / 1'000'000},
                       {"calls_per_second", static_cast<unsigned>(context.overload.rate())}});
}

void hear_load(Context& context, const sip::Message& response, const sip::Flow& from) {
  const std::string_view via = response.header(sip::HeaderId::Via);
  if (via.find(";oc=") != std::string_view::npos)
    context.far_load.hear(from.remote, via, context.clock.now());
}

namespace {

void add_load(Context& context, std::string_view via, std::string& response) {
  if (!context.settings.overload.tell_peers) return;
  if (via.find(";oc") == std::string_view::npos || !offers_overload_control(via)) return;
  const auto since =
      std::chrono::duration_cast<std::chrono::milliseconds>(context.clock.wall().time_since_epoch());
  std::array<char, 24> digits;
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), since.count());
  static_cast<void>(error);
  LoadReport report;
  report.loss_percent = context.overload.loss_percent();
  report.validity = context.settings.overload.validity;
  report.sequence = {digits.data(), static_cast<std::size_t>(end - digits.data())};
  tell_load(response, report);
}

}  // namespace

void note_load(Context& context, const sip::Message& request, const sip::Flow& from, std::string& response) {
  const std::string_view via = request.header(sip::HeaderId::Via);
  // The search comes first: mostly there is nothing to be told.
  if (via.find(";oc") != std::string_view::npos && is_known(context, from)) add_load(context, via, response);
}

}  // namespace warp::calls
