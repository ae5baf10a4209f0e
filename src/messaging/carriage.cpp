#include "carriage.h"

#include <algorithm>

#include "warp/smpp/pdu/encoding.h"
#include "warp/smpp/pdu/segments.h"

namespace warp::messaging {
namespace {

using domain::MessageKind;
using domain::Reason;

constexpr std::size_t kLongestRcs = 3072;    // characters
constexpr std::size_t kLongestMms = 40'000;  // octets
constexpr std::size_t kLongestSubject = 200;

std::size_t characters(std::string_view utf8) {
  return static_cast<std::size_t>(std::count_if(
      utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

const std::string& fallback_text(const std::string& text, const domain::RichContent& rich) {
  return rich.fallback_text.empty() ? text : rich.fallback_text;
}

}  // namespace

WholeCount count_whole(MessageKind kind, const std::string& text, const domain::RichContent* rich) {
  if (smpp::encode_text(text).broken > 0) return {1, Reason::MessageMalformed};
  const bool empty = text.empty() && (!rich || (rich->media.empty() && rich->subject.empty()));
  if (empty) return {1, Reason::MessageMalformed};
  if (rich && characters(rich->subject) > kLongestSubject) return {1, Reason::MessageTooLong};
  if (kind == MessageKind::Mms ? text.size() > kLongestMms : characters(text) > kLongestRcs)
    return {1, Reason::MessageTooLong};
  if (kind != MessageKind::Rcs || !rich || !rich->sms_fallback) return {};
  // Priced as the SMS that it may become, so that falling back never costs more than was said.
  const auto encoded = smpp::encode_text(fallback_text(text, *rich));
  if (encoded.broken > 0) return {1, Reason::MessageMalformed};
  const auto segments = smpp::count_segments(encoded);
  if (segments > smpp::kMostParts) return {1, Reason::MessageTooLong};
  return {static_cast<std::uint16_t>(std::max<std::size_t>(segments, 1)), std::nullopt};
}

std::shared_ptr<const domain::Recast> fall_back_of(const domain::Message& message) {
  if (message.kind != MessageKind::Rcs || !message.rich || !message.rich->sms_fallback) return nullptr;
  const auto& text = fallback_text(message.text, *message.rich);
  if (text.empty()) return nullptr;
  const auto encoded = smpp::encode_text(text);
  const auto segments = smpp::count_segments(encoded);
  if (segments > smpp::kMostParts) return nullptr;
  return std::make_shared<domain::Recast>(domain::Recast{MessageKind::Sms, text,
                                                         std::string(to_string(encoded.alphabet)),
                                                         static_cast<std::uint16_t>(segments)});
}

void apply(const domain::Recast& recast, domain::Message& message) {
  message.kind = recast.kind;
  message.text = recast.text;
  message.encoding = recast.encoding;
  message.segments = recast.segments;
}

}  // namespace warp::messaging
