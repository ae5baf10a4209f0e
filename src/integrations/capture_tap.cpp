#include "warp/integrations/capture_tap.h"

#include <algorithm>

#include "warp/base/text.h"
#include "warp/sip/transport/scan.h"

namespace warp::integrations {
namespace {

// Retransmissions and the answers to BYE come after the record: 64 × T1 and some.
constexpr std::chrono::seconds kLingers{40};
constexpr std::size_t kMostLegs = 1'000'000;
constexpr std::string_view kDropped = "warp_capture_dropped_total";
constexpr std::string_view kDroppedHelp = "Captured messages that did not get to a capture server, by cause.";

metrics::Counter& dropped(metrics::Registry& metrics, std::string cause) {
  return metrics.counter(kDropped, kDroppedHelp, {{"cause", std::move(cause)}});
}

hep::Endpoint end_of(const domain::SocketAddress& address) {
  return {address.ip.bytes, address.port};
}

// As Homer's kind of capture server knows RTCP: a sender report with one block, numbers that we do not have
// are 0.
std::string rtcp_json(const domain::LegMedia& media, std::uint64_t seconds) {
  std::string json = R"({"sender_information":{"ntp_timestamp_sec":)";
  const auto number = [&](std::string_view name, std::uint64_t value) {
    json.append(",\"").append(name).append("\":").append(std::to_string(value));
  };
  constexpr std::uint64_t kNtpEpoch = 2'208'988'800;  // 1900 to 1970
  json += std::to_string(seconds + kNtpEpoch);
  number("ntp_timestamp_usec", 0);
  number("rtp_timestamp", 0);
  number("packets", media.packets_received);
  number("octets", media.octets_received);
  json += R"(},"ssrc":0,"type":200,"report_count":1,"report_blocks":[{"source_ssrc":0)";
  const std::uint64_t awaited = media.packets_received + media.packets_lost;
  number("fraction_lost", awaited == 0 ? 0 : media.packets_lost * 256 / (awaited + 1));
  number("packets_lost", media.packets_lost);
  number("highest_seq_no", 0);
  number("ia_jitter", std::uint64_t{media.jitter_us} * 8 / 1000);  // in units of 8 kHz, as most codecs have
  number("lsr", 0);
  number("dlsr", 0);
  json += "}]}";
  return json;
}

}  // namespace

CaptureTap::CaptureTap(const CaptureSettings& settings, const Needs& needs)
    : settings_(settings),
      clock_(needs.clock),
      snapshots_(needs.snapshots),
      ring_(needs.ring),
      wake_(needs.wake),
      queue_full_(dropped(needs.metrics, "queue_full")),
      too_large_(dropped(needs.metrics, "too_large")) {}

bool CaptureTap::chosen(const domain::CapturePolicy& policy, std::string_view correlation_id) const {
  if (!policy.enabled) return false;
  const std::uint64_t share = std::uint64_t{policy.percent} * settings_.sampling;  // of 10,000
  return share >= 10'000 || (stable_hash(correlation_id) >> 20) % 10'000 < share;
}

domain::CapturePolicy CaptureTap::policy_of(const sip::Flow& flow) const {
  const auto snapshot = snapshots_.current();
  if (!snapshot) return {};
  const routing::Source source = snapshot->source(flow.remote, flow.transport);
  if (source.trunk != nullptr) return source.trunk->sip.capture;
  if (source.provider != nullptr) return source.provider->sip.capture;
  return {};
}

void CaptureTap::on_message(Way way, const sip::Flow& flow, std::string_view bytes) {
  const std::string_view call_id = sip::find_call_id(bytes);
  std::string_view correlation = call_id;
  const auto known = legs_.find(call_id);
  if (known != legs_.end()) {
    Leg& leg = known->second;
    leg.remote = flow.remote;
    leg.local = flow.local;
    leg.transport = flow.transport;
    if (!leg.wanted) return;
    correlation = leg.correlation_id;
  } else if (!chosen(policy_of(flow), call_id)) {
    return;
  }
  hep::Packet packet;
  packet.correlation_id = correlation;
  packet.payload = bytes;
  const bool in = way == Way::In;
  emit(packet, in ? flow.remote : flow.local, in ? flow.local : flow.remote, flow.transport);
}

void CaptureTap::emit(hep::Packet& packet, const domain::SocketAddress& from, const domain::SocketAddress& to,
                      domain::SipTransport transport) {
  std::string* slot = ring_.begin_write();
  if (slot == nullptr) return queue_full_.add();
  const auto micros = static_cast<std::uint64_t>(clock_.wall().time_since_epoch().count());
  packet.v6 = from.ip.v6 || to.ip.v6;
  packet.protocol = transport == domain::SipTransport::Udp ? 17 : 6;
  packet.from = end_of(from);
  packet.to = end_of(to);
  packet.seconds = static_cast<std::uint32_t>(micros / 1'000'000);
  packet.microseconds = static_cast<std::uint32_t>(micros % 1'000'000);
  packet.capture_id = settings_.capture_id;
  packet.auth_key = settings_.auth_key;
  if (!hep::encode(packet, *slot)) return too_large_.add();
  ring_.commit();
  wake_();
}

void CaptureTap::joined(const Legs& legs) {
  forget_old(clock_.now());
  if (legs_.size() + 2 > kMostLegs) return;
  const std::string correlation(legs.call_id);
  Leg& caller = legs_[correlation];
  caller.correlation_id = correlation;
  caller.wanted = chosen(legs.caller, correlation);
  caller.far.emplace_back(legs.far_call_id);
  Leg& far = legs_[std::string(legs.far_call_id)];
  far.correlation_id = correlation;
  far.wanted = chosen(legs.callee, correlation);
}

void CaptureTap::report(const Leg& leg, const domain::LegMedia& media) {
  if (!leg.wanted || leg.remote.port == 0 || media.packets_received + media.packets_sent == 0) return;
  const auto now = std::chrono::floor<std::chrono::seconds>(clock_.wall()).time_since_epoch().count();
  const std::string json = rtcp_json(media, static_cast<std::uint64_t>(now));
  hep::Packet packet;
  packet.type = static_cast<std::uint8_t>(hep::Payload::RtcpJson);
  packet.correlation_id = leg.correlation_id;
  packet.payload = json;
  emit(packet, leg.remote, leg.local, leg.transport);
}

void CaptureTap::ended(const domain::CallRecord& record) {
  const Monotonic now = clock_.now();
  forget_old(now);
  const auto caller = legs_.find(std::string_view(record.sip_call_id));
  if (caller == legs_.end()) return;
  report(caller->second, record.caller_media);
  if (const auto far = legs_.find(std::string_view(record.far_sip_call_id)); far != legs_.end())
    report(far->second, record.callee_media);
  leaving_.push_back({now + kLingers, record.sip_call_id});
}

void CaptureTap::forget_old(Monotonic now) {
  for (; !leaving_.empty() && leaving_.front().at <= now; leaving_.pop_front()) {
    const auto caller = legs_.find(leaving_.front().call_id);
    if (caller == legs_.end()) continue;
    const auto far = std::move(caller->second.far);
    legs_.erase(caller);
    for (const std::string& call_id : far)
      legs_.erase(call_id);
  }
}

}  // namespace warp::integrations
