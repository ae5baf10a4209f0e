#include "warp/sdp/t38.h"

#include <algorithm>

#include "warp/base/checked.h"
#include "warp/base/text.h"

namespace warp::sdp {
namespace {

constexpr std::string_view kVersion = "T38FaxVersion", kMaxBitRate = "T38MaxBitRate",
                           kFillBitRemoval = "T38FaxFillBitRemoval", kTranscodingMmr = "T38FaxTranscodingMMR",
                           kTranscodingJbig = "T38FaxTranscodingJBIG",
                           kRateManagement = "T38FaxRateManagement", kMaxBuffer = "T38FaxMaxBuffer",
                           kMaxDatagram = "T38FaxMaxDatagram", kRecovery = "T38FaxUdpEC";

const Attribute* t38_attribute(const Media& media, std::string_view name) {
  const auto found = std::find_if(media.attributes.begin(), media.attributes.end(),
                                  [&](const Attribute& each) { return iequals(each.name, name); });
  return found == media.attributes.end() ? nullptr : &*found;
}

template <class T>
std::optional<T> t38_number(const Media& media, std::string_view name, T low, T high) {
  const auto* attribute = t38_attribute(media, name);
  return attribute ? parse_number<T>(trim(attribute->value), low, high) : std::nullopt;
}

// By the standard its presence says yes; many write ":0" and ":1".
bool t38_flag(const Media& media, std::string_view name) {
  const auto* attribute = t38_attribute(media, name);
  return attribute && trim(attribute->value) != "0";
}

bool is_t38_name(std::string_view name) {
  return name.size() >= 3 && iequals(name.substr(0, 3), "T38");
}

}  // namespace

std::string_view to_string(T38Recovery recovery) {
  switch (recovery) {
    case T38Recovery::None:
      return "t38UDPNoEC";
    case T38Recovery::Redundancy:
      return "t38UDPRedundancy";
    case T38Recovery::Fec:
      return "t38UDPFEC";
  }
  return "t38UDPNoEC";
}

std::string_view to_string(T38RateManagement management) {
  switch (management) {
    case T38RateManagement::TransferredTcf:
      return "transferredTCF";
    case T38RateManagement::LocalTcf:
      return "localTCF";
  }
  return "transferredTCF";
}

bool is_t38(const Media& media) {
  return iequals(media.kind, "image") && iequals(media.proto, "udptl") &&
         std::any_of(media.formats.begin(), media.formats.end(),
                     [](const std::string& format) { return iequals(format, "t38"); });
}

T38 t38_of(const Media& media) {
  T38 t38;
  t38.version = t38_number<std::uint8_t>(media, kVersion, 0, 9).value_or(t38.version);
  t38.max_bit_rate = t38_number<std::uint32_t>(media, kMaxBitRate, 2400, 33600).value_or(t38.max_bit_rate);
  t38.fill_bit_removal = t38_flag(media, kFillBitRemoval);
  t38.transcoding_mmr = t38_flag(media, kTranscodingMmr);
  t38.transcoding_jbig = t38_flag(media, kTranscodingJbig);
  t38.max_buffer = t38_number<std::uint32_t>(media, kMaxBuffer, 1, 1U << 24);
  t38.max_datagram = t38_number<std::uint16_t>(media, kMaxDatagram, 1, 65507);
  if (const auto* management = t38_attribute(media, kRateManagement))
    if (iequals(trim(management->value), to_string(T38RateManagement::LocalTcf)))
      t38.rate_management = T38RateManagement::LocalTcf;
  if (const auto* recovery = t38_attribute(media, kRecovery))
    for (const auto each : {T38Recovery::None, T38Recovery::Redundancy, T38Recovery::Fec})
      if (iequals(trim(recovery->value), to_string(each))) t38.recovery = each;
  return t38;
}

void set_t38(Media& media, const T38& t38) {
  media.kind = "image";
  media.proto = "udptl";
  media.formats = {"t38"};
  std::erase_if(media.attributes, [](const Attribute& each) { return is_t38_name(each.name); });
  const auto add = [&](std::string_view name, std::string_view value) {
    media.attributes.push_back({std::string(name), std::string(value)});
  };
  add(kVersion, std::to_string(t38.version));
  add(kMaxBitRate, std::to_string(t38.max_bit_rate));
  if (t38.fill_bit_removal) add(kFillBitRemoval, "");
  if (t38.transcoding_mmr) add(kTranscodingMmr, "");
  if (t38.transcoding_jbig) add(kTranscodingJbig, "");
  add(kRateManagement, to_string(t38.rate_management));
  if (t38.max_buffer) add(kMaxBuffer, std::to_string(*t38.max_buffer));
  if (t38.max_datagram) add(kMaxDatagram, std::to_string(*t38.max_datagram));
  add(kRecovery, to_string(t38.recovery));
}

T38 t38_answer(const T38& offered) {
  T38 answer;
  answer.version = std::min(offered.version, kT38NewestVersion);
  answer.max_bit_rate = std::min(offered.max_bit_rate, answer.max_bit_rate);
  answer.max_datagram = kT38MaxDatagram;
  answer.recovery = offered.recovery;
  return answer;
}

}  // namespace warp::sdp
