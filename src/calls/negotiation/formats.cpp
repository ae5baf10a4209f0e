#include "negotiation/formats.h"

#include <algorithm>
#include <array>

#include "warp/base/checked.h"
#include "warp/base/text.h"

namespace warp::calls {

using domain::AudioCodec;
using domain::MediaFormat;

namespace {

constexpr std::uint8_t kFirstDynamic = 96, kLastDynamic = 127;

struct CodecFacts {
  AudioCodec codec;
  std::string_view encoding;
  std::uint8_t usual_type;  // static, or the one that is taken when it is free
  std::uint32_t clock_rate;
  unsigned channels;
  std::string_view fmtp;
};
constexpr std::array<CodecFacts, 7> kCodecFacts{{{AudioCodec::Pcmu, "PCMU", 0, 8000, 1, ""},
                                                 {AudioCodec::Pcma, "PCMA", 8, 8000, 1, ""},
                                                 {AudioCodec::G722, "G722", 9, 8000, 1, ""},
                                                 {AudioCodec::G729, "G729", 18, 8000, 1, "annexb=no"},
                                                 {AudioCodec::Opus, "opus", 107, 48000, 2, "useinbandfec=1"},
                                                 {AudioCodec::Amr, "AMR", 108, 8000, 1, "octet-align=1"},
                                                 {AudioCodec::L16, "L16", 109, 16000, 1, ""}}};

// The value of one parameter of an fmtp; empty: it is not there.
std::string_view parameter(std::string_view fmtp, std::string_view name) {
  while (!fmtp.empty()) {
    const auto end = std::min(fmtp.find(';'), fmtp.size());
    const auto item = trim(fmtp.substr(0, end));
    const auto equals = std::min(item.find('='), item.size());
    if (iequals(trim(item.substr(0, equals)), name))
      return equals < item.size() ? trim(item.substr(equals + 1)) : std::string_view();
    fmtp.remove_prefix(std::min(end + 1, fmtp.size()));
  }
  return {};
}

std::uint16_t mode_set_of(std::string_view text) {
  constexpr std::uint8_t kHighestMode = 7;
  unsigned set = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find(','), text.size());
    if (const auto mode = parse_number<std::uint8_t>(trim(text.substr(0, end)), 0, kHighestMode))
      set |= 1u << *mode;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return static_cast<std::uint16_t>(set);
}

// Of AMR's packings the two plain ones are ours.
bool plain_amr(std::string_view fmtp) {
  for (const std::string_view name : {"crc", "robust-sorting", "interleaving"})
    if (const auto value = parameter(fmtp, name); !value.empty() && value != "0") return false;
  return true;
}

bool codable_clock(const AudioFormat& format, const CodecFacts& facts) {
  if (facts.codec == AudioCodec::L16)
    return format.channels == 1 && (format.clock_rate == 8000 || format.clock_rate == 16000);
  if (facts.codec == AudioCodec::Opus) return format.clock_rate == facts.clock_rate;
  return format.clock_rate == facts.clock_rate && format.channels == 1;
}

std::optional<MediaFormat> codable_of(const AudioFormat& format) {
  const auto facts = std::find_if(kCodecFacts.begin(), kCodecFacts.end(), [&](const CodecFacts& known) {
    return iequals(known.encoding, format.encoding);
  });
  if (facts == kCodecFacts.end() || !codable_clock(format, *facts)) return std::nullopt;
  MediaFormat out;
  out.codec = facts->codec;
  out.payload_type = format.payload_type;
  out.clock_rate = format.clock_rate;
  out.channels = static_cast<std::uint8_t>(format.channels);
  if (out.codec == AudioCodec::Amr) {
    if (!plain_amr(format.fmtp)) return std::nullopt;
    out.octet_aligned = parameter(format.fmtp, "octet-align") == "1";
    out.mode_set = mode_set_of(parameter(format.fmtp, "mode-set"));
  }
  out.in_band_fec = out.codec == AudioCodec::Opus && parameter(format.fmtp, "useinbandfec") == "1";
  out.annex_b = out.codec == AudioCodec::G729 && !iequals(parameter(format.fmtp, "annexb"), "no");
  return out;
}

std::optional<std::uint8_t> free_type(std::uint8_t usual, UsedTypes& used) {
  const auto taken = [&](std::uint8_t type) {
    return std::find(used.begin(), used.end(), type) != used.end();
  };
  std::optional<std::uint8_t> found;
  if (!taken(usual)) found = usual;
  for (std::uint8_t type = kLastDynamic; !found && type >= kFirstDynamic; --type)
    if (!taken(type)) found = type;
  if (found) used.push_back(*found);
  return found;
}

void append_format(sdp::Media& media, const AudioFormat& format) {
  const std::string type = std::to_string(format.payload_type);
  media.formats.push_back(type);
  std::string map = type + ' ' + format.encoding + '/' + std::to_string(format.clock_rate);
  if (format.channels != 1) map += '/' + std::to_string(format.channels);
  media.attributes.push_back({"rtpmap", std::move(map)});
  if (!format.fmtp.empty()) media.attributes.push_back({"fmtp", type + ' ' + format.fmtp});
}

}  // namespace

bool is_audio(const sdp::Media& media) {
  return iequals(media.kind, "audio") && media.is_rtp();
}

bool is_fax(const sdp::Media& media) {
  return iequals(media.kind, "image") && iequals(media.proto, "udptl");
}

AudioFormats formats_of(const sdp::Media& media) {
  AudioFormats out;
  for (const std::uint8_t type : media.payload_types()) {
    const auto map = media.rtpmap(type);
    if (!map) continue;
    AudioFormat format{type,          std::string(map->encoding),    map->clock_rate,
                       map->channels, std::string(media.fmtp(type)), {}};
    if (iequals(format.encoding, "telephone-event")) {
      out.events.push_back(std::move(format));
    } else if (iequals(format.encoding, "CN")) {
      out.comfort_noise.push_back(std::move(format));
    } else {
      format.codable = codable_of(format);
      out.codecs.push_back(std::move(format));
    }
  }
  return out;
}

void set_formats(sdp::Media& media, const AudioFormats& formats) {
  const std::size_t count = formats.codecs.size() + formats.events.size() + formats.comfort_noise.size();
  if (media.formats.size() == count && formats_of(media) == formats) return;
  media.formats.clear();
  for (const auto* name : {"rtpmap", "fmtp", "rtcp-fb"})
    media.remove(name);
  for (const auto* list : {&formats.codecs, &formats.comfort_noise, &formats.events})
    for (const auto& format : *list)
      append_format(media, format);
}

bool same_codec(const AudioFormat& a, const AudioFormat& b) {
  if (!iequals(a.encoding, b.encoding) || a.clock_rate != b.clock_rate || a.channels != b.channels)
    return false;
  return !a.codable || !b.codable || a.codable->octet_aligned == b.codable->octet_aligned;
}

bool operator==(const AudioFormat& a, const AudioFormat& b) {
  return a.payload_type == b.payload_type && a.fmtp == b.fmtp && same_codec(a, b);
}

std::size_t place_of(const AudioFormat& format, const std::vector<std::string>& names) {
  if (names.empty()) return 0;
  for (std::size_t i = 0; i < names.size(); ++i)
    if (iequals(names[i], format.encoding)) return i;
  return kNotNamed;
}

std::optional<AudioFormat> make_format(std::string_view name, UsedTypes& used) {
  for (const auto& facts : kCodecFacts) {
    if (!iequals(facts.encoding, name)) continue;
    const auto type = free_type(facts.usual_type, used);
    if (!type) return std::nullopt;
    AudioFormat format{*type,          std::string(facts.encoding), facts.clock_rate,
                       facts.channels, std::string(facts.fmtp),     {}};
    format.codable = codable_of(format);
    return format;
  }
  return std::nullopt;
}

std::optional<AudioFormat> make_events(std::uint32_t clock_rate, UsedTypes& used) {
  constexpr std::uint8_t kUsual = 101;
  const auto type = free_type(kUsual, used);
  if (!type) return std::nullopt;
  return AudioFormat{*type, "telephone-event", clock_rate, 1, "0-15", {}};
}

AudioFormat described(const MediaFormat& format) {
  AudioFormat out;
  out.payload_type = format.payload_type;
  for (const CodecFacts& facts : kCodecFacts)
    if (facts.codec == format.codec) out.encoding = facts.encoding;
  out.clock_rate = format.clock_rate;
  out.channels = format.channels;
  out.fmtp = own_parameters(format);
  out.codable = format;
  return out;
}

std::string own_parameters(const MediaFormat& format) {
  switch (format.codec) {
    case AudioCodec::G729:
      return format.annex_b ? "" : "annexb=no";
    case AudioCodec::Opus:
      return "useinbandfec=1";
    case AudioCodec::Amr: {
      std::string text = format.octet_aligned ? "octet-align=1" : "";
      if (format.mode_set == 0) return text;
      text += text.empty() ? "mode-set=" : ";mode-set=";
      bool first = true;
      for (unsigned mode = 0; mode < 8; ++mode) {
        if ((format.mode_set >> mode & 1u) == 0) continue;
        if (!first) text += ',';
        text += std::to_string(mode);
        first = false;
      }
      return text;
    }
    case AudioCodec::Pcmu:
    case AudioCodec::Pcma:
    case AudioCodec::G722:
    case AudioCodec::L16:
      break;
  }
  return {};
}

}  // namespace warp::calls
