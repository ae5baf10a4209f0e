#include "warp/records/record_codec.h"

#include <algorithm>
#include <type_traits>

#include "fields.h"
#include "record_extras.h"

namespace warp::records {
namespace {

using domain::CallRecord;
using domain::LegMedia;
using domain::PricedSide;
using domain::RouteAttempt;

constexpr std::uint8_t kVersion = 4;
constexpr std::uint8_t kWithoutFacts = 1;  // the oldest that is read
constexpr std::uint8_t kWithoutExtras = 2;
constexpr std::uint8_t kWithoutQuality = 3;
constexpr std::size_t kIdAt = 1;
constexpr std::size_t kMaxAttempts = 255;

void write_side(FieldWriter& out, const PricedSide& side) {
  out.id(side.plan);
  out.number(side.plan_version);
  out.text(side.prefix);
  out.money(side.per_minute);
  out.money(side.setup_fee);
  out.money(side.amount);
  out.currency(side.currency);
  out.number(side.initial_increment);
  out.number(side.increment);
  out.number(side.minimum_seconds);
  out.number(side.billed_seconds);
  out.octet(static_cast<std::uint8_t>(side.rounding));
  out.octet(side.decimals);
}

PricedSide read_side(FieldReader& in) {
  PricedSide side;
  side.plan = in.id<RatePlanId>();
  side.plan_version = in.number();
  side.prefix = in.text();
  side.per_minute = in.money();
  side.setup_fee = in.money();
  side.amount = in.money();
  side.currency = in.currency();
  side.initial_increment = in.number<std::uint32_t>();
  side.increment = in.number<std::uint32_t>();
  side.minimum_seconds = in.number<std::uint32_t>();
  side.billed_seconds = in.number<std::uint32_t>();
  side.rounding = in.one_of(Rounding::Down);
  side.decimals = in.octet();
  if (side.decimals > 9) in.fail();
  return side;
}

void write_media(FieldWriter& out, const LegMedia& media) {
  out.text(media.codec);
  out.number(media.packets_received);
  out.number(media.octets_received);
  out.number(media.packets_sent);
  out.number(media.octets_sent);
  out.number(media.packets_lost);
  out.number(media.jitter_us);
  out.maybe(media.rtt_us, [&](auto value) { out.number(value); });
  out.maybe(media.remote_loss_percent, [&](auto value) { out.octet(value); });
}

LegMedia read_media(FieldReader& in) {
  LegMedia media;
  media.codec = in.text();
  media.packets_received = in.number();
  media.octets_received = in.number();
  media.packets_sent = in.number();
  media.octets_sent = in.number();
  media.packets_lost = in.number();
  media.jitter_us = in.number<std::uint32_t>();
  if (in.flag()) media.rtt_us = in.number<std::uint32_t>();
  if (in.flag()) media.remote_loss_percent = in.octet();
  return media;
}

void write_reason(FieldWriter& out, domain::Reason reason) {
  out.number(static_cast<std::uint16_t>(reason));
}

domain::Reason read_reason(FieldReader& in) {
  const auto reason = static_cast<domain::Reason>(in.number<std::uint16_t>());
  if (domain::info(reason).reason != reason) in.fail();
  return reason;
}

void write_attempt(FieldWriter& out, const RouteAttempt& attempt) {
  out.id(attempt.provider);
  out.id(attempt.route);
  out.integer(attempt.endpoint);
  out.text(attempt.address);
  out.number(attempt.sip_status);
  write_reason(out, attempt.reason);
  out.number(attempt.elapsed_ms);
}

RouteAttempt read_attempt(FieldReader& in) {
  RouteAttempt attempt;
  attempt.provider = in.id<ProviderId>();
  attempt.route = in.id<RouteId>();
  attempt.endpoint = in.integer();
  attempt.address = in.text();
  attempt.sip_status = in.number<std::uint16_t>();
  attempt.reason = read_reason(in);
  attempt.elapsed_ms = in.number<std::uint32_t>();
  return attempt;
}

// Those that apply, each behind its place among all; places are only ever added at the end.
void write_facts(FieldWriter& out, const Boxed<domain::CallFacts>& facts) {
  std::uint8_t count = 0;
  if (facts.made())
    domain::each_fact(facts.read(), [&]<class T>(const char*, const T& value) { count += value != T{}; });
  out.octet(count);
  if (count == 0) return;
  std::uint8_t place = 0;
  domain::each_fact(facts.read(), [&]<class T>(const char*, const T& value) {
    const auto at = place++;
    if (value == T{}) return;
    out.octet(at);
    if constexpr (std::is_same_v<T, std::string>)
      out.text(value);
    else if constexpr (std::is_same_v<T, bool>)
      out.octet(1);
    else
      out.number(value);
  });
}

// In their order and none of a default value, as they are written: what is read writes the same bytes.
void read_facts(FieldReader& in, Boxed<domain::CallFacts>& facts) {
  int last = -1;
  for (auto count = in.octet(); count > 0 && !in.error(); --count) {
    const int wanted = in.octet();
    bool right = false;
    int place = 0;
    domain::each_fact(facts.write(), [&]<class T>(const char*, T& value) {
      if (place++ != wanted || wanted <= last) return;
      if constexpr (std::is_same_v<T, std::string>)
        value = in.text();
      else if constexpr (std::is_same_v<T, bool>)
        value = in.flag();
      else
        value = in.number<T>();
      right = value != T{};
    });
    last = wanted;
    if (!right) in.fail();
  }
}

void write_identity(FieldWriter& out, const CallRecord& record) {
  out.id(record.call);
  out.octet(static_cast<std::uint8_t>(record.state));
  out.id(record.customer);
  out.id(record.trunk);
  out.octet(static_cast<std::uint8_t>(record.direction));
  out.id(record.provider);
  for (const auto* text : {&record.sip_call_id, &record.far_sip_call_id, &record.source_address, &record.ani,
                           &record.dni, &record.ani_e164, &record.dni_e164})
    out.text(*text);
}

void read_identity(FieldReader& in, CallRecord& record) {
  record.call = in.id<CallId>();
  record.state = in.one_of(domain::RecordState::Final);
  record.customer = in.id<CustomerId>();
  record.trunk = in.id<TrunkId>();
  record.direction = in.one_of(domain::Direction::Outbound);
  record.provider = in.id<ProviderId>();
  for (auto* text : {&record.sip_call_id, &record.far_sip_call_id, &record.source_address, &record.ani,
                     &record.dni, &record.ani_e164, &record.dni_e164})
    *text = in.text();
}

void write_course(FieldWriter& out, const CallRecord& record) {
  const auto time = [&](WallTime value) { out.time(value); };
  out.time(record.setup_at);
  out.maybe(record.ringing_at, time);
  out.maybe(record.answered_at, time);
  out.time(record.ended_at);
  out.number(record.duration_us);
  out.maybe(record.pdd_ms, [&](auto value) { out.number(value); });
  out.octet(static_cast<std::uint8_t>(record.disposition));
  write_reason(out, record.reason);
  out.number(record.sip_status);
  out.octet(record.q850);
  out.octet(static_cast<std::uint8_t>(record.release_side));
}

void read_course(FieldReader& in, CallRecord& record) {
  record.setup_at = in.time();
  if (in.flag()) record.ringing_at = in.time();
  if (in.flag()) record.answered_at = in.time();
  record.ended_at = in.time();
  record.duration_us = in.number();
  if (in.flag()) record.pdd_ms = in.number<std::uint32_t>();
  record.disposition = in.one_of(domain::Disposition::Cancelled);
  record.reason = read_reason(in);
  record.sip_status = in.number<std::uint16_t>();
  record.q850 = in.octet();
  record.release_side = in.one_of(domain::ReleaseSide::Platform);
}

}  // namespace

std::string_view to_string(CodecError error) {
  switch (error) {
    case CodecError::Truncated:
      return "truncated";
    case CodecError::Trailing:
      return "trailing octets";
    case CodecError::UnknownVersion:
      return "unknown version";
    case CodecError::BadValue:
      return "bad value";
  }
  return "";
}

void encode(const CallRecord& record, std::string& out) {
  FieldWriter fields(out);
  fields.octet(kVersion);
  fields.id(record.id);
  write_identity(fields, record);
  write_course(fields, record);
  const auto side = [&](const PricedSide& value) { write_side(fields, value); };
  fields.maybe(record.price, side);
  fields.maybe(record.cost, side);
  fields.maybe(record.margin, [&](Money value) { fields.money(value); });
  write_media(fields, record.caller_media);
  write_media(fields, record.callee_media);
  const auto attempts = std::min(record.attempts.size(), kMaxAttempts);
  fields.octet(static_cast<std::uint8_t>(attempts));
  for (std::size_t i = 0; i < attempts; ++i)
    write_attempt(fields, record.attempts[i]);
  write_facts(fields, record.facts);
  write_extras(fields, record);
  write_quality(fields, record.caller_media.quality);
  write_quality(fields, record.callee_media.quality);
}

Result<CallRecord, CodecError> decode(std::string_view bytes) {
  if (bytes.empty()) return CodecError::Truncated;
  FieldReader in(bytes);
  const auto version = in.octet();
  if (version < kWithoutFacts || version > kVersion) return CodecError::UnknownVersion;
  CallRecord record;
  record.id = in.id<RecordId>();
  read_identity(in, record);
  read_course(in, record);
  if (in.flag()) record.price = read_side(in);
  if (in.flag()) record.cost = read_side(in);
  if (in.flag()) record.margin = in.money();
  record.caller_media = read_media(in);
  record.callee_media = read_media(in);
  const auto attempts = in.octet();
  for (unsigned i = 0; i < attempts && !in.error(); ++i)
    record.attempts.push_back(read_attempt(in));
  if (version > kWithoutFacts) read_facts(in, record.facts);
  if (version > kWithoutExtras) read_extras(in, record);
  if (version > kWithoutQuality) {
    read_quality(in, record.caller_media.quality);
    read_quality(in, record.callee_media.quality);
  }
  if (in.error()) return *in.error();
  if (!in.at_end()) return CodecError::Trailing;
  return record;
}

RecordId peek_id(std::string_view bytes) {
  RecordId id;
  if (bytes.size() >= kIdAt + id.value.bytes.size())
    bytes.copy(reinterpret_cast<char*>(id.value.bytes.data()), id.value.bytes.size(), kIdAt);
  return id;
}

}  // namespace warp::records
