#include "negotiation/terms_text.h"

#include <algorithm>
#include <memory>
#include <span>
#include <string>

#include "warp/base/checked.h"

#include "negotiation/keys.h"

namespace warp::calls {

using domain::MediaTerms;
using domain::SrtpKeys;
using domain::TextFieldReader;
using domain::TextFieldWriter;

namespace {

// More than any codec list, and than any stream has sources.
constexpr std::size_t kMostFormats = 64, kMostSources = 64;

std::string_view octets_text(std::span<const std::byte> octets) {
  return {reinterpret_cast<const char*>(octets.data()), octets.size()};
}

template <class Enum>
void write_place(TextFieldWriter& out, Enum value) {
  out.number(static_cast<unsigned>(value));
}

template <class Enum>
Enum read_place(TextFieldReader& in, Enum last) {
  const auto place = in.number<std::uint8_t>();
  return static_cast<Enum>(std::min(place, static_cast<std::uint8_t>(last)));
}

void write_keys(TextFieldWriter& out, const SrtpKeys& keys) {
  write_place(out, keys.suite);
  if (keys.suite == domain::SrtpSuite::None) return;
  std::string text(octets_text(std::span(keys.material).first(keys.size)));
  if (keys.lifetime != 0) text += std::to_string(keys.lifetime);
  out.text(text);
}

SrtpKeys read_keys(TextFieldReader& in) {
  SrtpKeys keys;
  keys.suite = read_place(in, domain::SrtpSuite::AeadAes256Gcm);
  if (keys.suite == domain::SrtpSuite::None) return keys;
  const std::string text(in.text());
  const auto size = key_octets(keys.suite);
  if (text.size() < size) return {};
  keys.size = static_cast<std::uint8_t>(size);
  std::transform(text.begin(), text.begin() + keys.size, keys.material.begin(),
                 [](char c) { return static_cast<std::byte>(c); });
  if (text.size() == size) return keys;
  const auto lifetime = parse_number<std::uint64_t>(std::string_view(text).substr(size));
  if (!lifetime) return {};
  keys.lifetime = *lifetime;
  return keys;
}

void write_type(TextFieldWriter& out, const std::optional<std::uint8_t>& type) {
  out.number(type ? unsigned{*type} : 255u);
}

std::optional<std::uint8_t> read_type(TextFieldReader& in) {
  const auto type = in.number<std::uint8_t>();
  return type < 128 ? std::optional(type) : std::nullopt;
}

void write_format(TextFieldWriter& out, const domain::MediaFormat& format) {
  write_place(out, format.codec);
  out.number(unsigned{format.payload_type});
  out.number(format.clock_rate);
  out.number(unsigned{format.channels});
  out.number(format.ptime_ms);
  out.number(format.mode_set);
  out.number((format.octet_aligned ? 1u : 0u) + (format.in_band_fec ? 2u : 0u) + (format.annex_b ? 4u : 0u));
}

domain::MediaFormat read_format(TextFieldReader& in) {
  domain::MediaFormat format;
  format.codec = read_place(in, domain::AudioCodec::L16);
  format.payload_type = in.number<std::uint8_t>();
  format.clock_rate = in.number<std::uint32_t>();
  format.channels = in.number<std::uint8_t>();
  format.ptime_ms = in.number<std::uint16_t>();
  format.mode_set = in.number<std::uint16_t>();
  const auto flags = in.number<std::uint8_t>();
  format.octet_aligned = (flags & 1u) != 0;
  format.in_band_fec = (flags & 2u) != 0;
  format.annex_b = (flags & 4u) != 0;
  return format;
}

void write_dtls(TextFieldWriter& out, const std::optional<domain::DtlsTerms>& dtls) {
  out.flag(dtls.has_value());
  if (!dtls) return;
  out.flag(dtls->active);
  out.text(dtls->hash);
  out.text(octets_text(dtls->fingerprint));
}

std::optional<domain::DtlsTerms> read_dtls(TextFieldReader& in) {
  if (!in.flag()) return std::nullopt;
  domain::DtlsTerms dtls;
  dtls.active = in.flag();
  dtls.hash = in.text();
  for (const char c : in.text())
    dtls.fingerprint.push_back(static_cast<std::byte>(c));
  return dtls;
}

void write_ice(TextFieldWriter& out, const std::optional<domain::IceTerms>& ice) {
  out.flag(ice.has_value());
  if (!ice) return;
  for (const auto* part :
       {&ice->local_ufrag, &ice->local_password, &ice->remote_ufrag, &ice->remote_password})
    out.text(*part);
}

std::optional<domain::IceTerms> read_ice(TextFieldReader& in) {
  if (!in.flag()) return std::nullopt;
  domain::IceTerms ice;
  for (auto* part : {&ice.local_ufrag, &ice.local_password, &ice.remote_ufrag, &ice.remote_password})
    *part = in.text();
  return ice;
}

void write_fax(TextFieldWriter& out, const domain::FaxTerms& fax) {
  out.number(unsigned{fax.version});
  out.number(fax.max_bit_rate);
  out.number(fax.max_datagram);
  out.flag(fax.redundancy);
}

domain::FaxTerms read_fax(TextFieldReader& in) {
  domain::FaxTerms fax;
  fax.version = in.number<std::uint8_t>();
  fax.max_bit_rate = in.number<std::uint32_t>();
  fax.max_datagram = in.number<std::uint16_t>();
  fax.redundancy = in.flag();
  return fax;
}

void write_one(TextFieldWriter& out, const MediaTerms& terms) {
  const std::size_t formats = std::min(terms.formats.size(), kMostFormats);
  out.number(formats);
  for (std::size_t i = 0; i < formats; ++i)
    write_format(out, terms.formats[i]);
  write_type(out, terms.events);
  out.number(terms.events_clock);
  write_type(out, terms.comfort_noise);
  write_place(out, terms.dtmf);
  write_place(out, terms.fax);
  out.flag(terms.fixed_ptime);
  write_fax(out, terms.t38);
  write_keys(out, terms.send);
  write_keys(out, terms.receive);
  write_dtls(out, terms.dtls);
  write_ice(out, terms.ice);
}

std::shared_ptr<const MediaTerms> read_one(TextFieldReader& in) {
  auto terms = std::make_shared<MediaTerms>();
  const auto formats = std::min(in.number<std::size_t>(), kMostFormats);
  for (std::size_t i = 0; i < formats; ++i)
    terms->formats.push_back(read_format(in));
  terms->events = read_type(in);
  terms->events_clock = in.number<std::uint32_t>();
  terms->comfort_noise = read_type(in);
  terms->dtmf = read_place(in, domain::DtmfMode::Inband);
  terms->fax = read_place(in, domain::FaxMode::T38);
  terms->fixed_ptime = in.flag();
  terms->t38 = read_fax(in);
  terms->send = read_keys(in);
  terms->receive = read_keys(in);
  terms->dtls = read_dtls(in);
  terms->ice = read_ice(in);
  return terms;
}

void write_sources(TextFieldWriter& out, const std::vector<domain::SrtpStreamMemory>& sources) {
  const std::size_t count = std::min(sources.size(), kMostSources);
  out.number(count);
  for (std::size_t i = 0; i < count; ++i) {
    out.number(sources[i].ssrc);
    out.number(sources[i].rollover);
    out.number(sources[i].rtcp_index);
    out.number(sources[i].highest);
  }
}

std::vector<domain::SrtpStreamMemory> read_sources(TextFieldReader& in) {
  std::vector<domain::SrtpStreamMemory> sources(std::min(in.number<std::size_t>(), kMostSources));
  for (auto& source : sources) {
    source.ssrc = in.number<std::uint32_t>();
    source.rollover = in.number<std::uint32_t>();
    source.rtcp_index = in.number<std::uint32_t>();
    source.highest = in.number<std::uint16_t>();
  }
  return sources;
}

}  // namespace

void write_terms(TextFieldWriter& out, const domain::MediaMemory& memory) {
  for (const auto& stream : memory.streams)
    for (std::size_t side = 0; side < 2; ++side) {
      const auto& terms = stream.remotes[side].terms;
      const domain::SrtpMemory& srtp = stream.srtp[side];
      out.flag(terms != nullptr);
      if (terms) write_one(out, *terms);
      const bool secured = srtp.send.suite != domain::SrtpSuite::None;
      out.flag(secured);
      if (!secured) continue;
      write_keys(out, srtp.send);
      write_keys(out, srtp.receive);
      write_sources(out, srtp.sent);
      write_sources(out, srtp.received);
    }
}

void read_terms(TextFieldReader& in, domain::MediaMemory& memory) {
  for (auto& stream : memory.streams)
    for (std::size_t side = 0; side < 2; ++side) {
      if (in.flag()) stream.remotes[side].terms = read_one(in);
      if (!in.flag()) continue;
      domain::SrtpMemory& srtp = stream.srtp[side];
      srtp.send = read_keys(in);
      srtp.receive = read_keys(in);
      srtp.sent = read_sources(in);
      srtp.received = read_sources(in);
    }
}

}  // namespace warp::calls
