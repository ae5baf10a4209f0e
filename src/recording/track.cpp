#include "track.h"

#include <algorithm>
#include <cstdlib>

#include "warp/rtp/packet.h"

namespace warp::recording {
namespace {

audio::Codec codec_of(domain::AudioCodec codec) {
  using domain::AudioCodec;
  switch (codec) {
    case AudioCodec::Pcmu:
      return audio::Codec::Pcmu;
    case AudioCodec::Pcma:
      return audio::Codec::Pcma;
    case AudioCodec::G722:
      return audio::Codec::G722;
    case AudioCodec::G729:
      return audio::Codec::G729;
    case AudioCodec::Opus:
      return audio::Codec::Opus;
    case AudioCodec::Amr:
      return audio::Codec::Amr;
    case AudioCodec::L16:
      return audio::Codec::L16;
  }
  return audio::Codec::Pcmu;
}

}  // namespace

audio::Parameters parameters_of(const domain::MediaFormat& format) {
  audio::Parameters out;
  out.codec = codec_of(format.codec);
  out.clock_rate = format.clock_rate;
  out.octet_aligned = format.octet_aligned;
  out.mode_set = format.mode_set;
  out.in_band_fec = format.in_band_fec;
  out.annex_b = format.annex_b;
  return out;
}

Track::Track(const AudioKit& kit, Timeline& timeline, unsigned channel, std::uint32_t rate, Monotonic begin)
    : kit_(kit),
      timeline_(timeline),
      channel_(channel),
      rate_(rate),
      begin_(begin),
      order_([this](const Voice& voice) { hear(voice); }),
      heard_(audio::kMostSamples),
      fitted_(audio::kMostSamples * 2 + 1) {}

void Track::set(const domain::MediaTerms& terms) {
  for (const auto& format : terms.formats) {
    const auto known = formats_.find(format.payload_type);
    if (known != formats_.end() && known->second == format) continue;
    ways_.erase(format.payload_type);
    formats_[format.payload_type] = format;
  }
}

void Track::packet(std::span<const std::byte> datagram, Monotonic at) {
  const auto header = rtp::parse_header(datagram);
  if (!header || !formats_.contains(header->payload_type)) return;
  const auto payload = rtp::payload(datagram, *header);
  if (!payload || payload->empty()) return;
  order_.expire(at);
  order_.put({header->sequence,
              header->timestamp,
              header->ssrc,
              header->payload_type,
              at,
              {payload->begin(), payload->end()}});
}

Track::Way* Track::way_of(std::uint8_t payload_type) {
  const auto format = formats_.find(payload_type);
  if (format == formats_.end()) return nullptr;
  auto& way = ways_[payload_type];
  if (!way.decoder) {
    const auto parameters = parameters_of(format->second);
    way.format = format->second;
    way.rate = kit_.sample_rate(parameters);
    way.decoder = kit_.decoder(parameters);
    if (way.decoder && way.rate != rate_) way.resampler = kit_.resampler(way.rate, rate_);
  }
  return way.decoder && (way.rate == rate_ || way.resampler) && way.format.clock_rate > 0 ? &way : nullptr;
}

std::int64_t Track::place_of(const Voice& voice, std::uint32_t clock_rate) {
  const auto since = std::chrono::duration_cast<std::chrono::microseconds>(voice.at - begin_).count();
  const auto by_arrival = since * rate_ / 1'000'000;
  auto place = by_arrival;
  if (anchor_ && anchor_->ssrc == voice.ssrc && anchor_->clock_rate == clock_rate) {
    const auto ticks = static_cast<std::int32_t>(voice.timestamp - anchor_->timestamp);
    const auto by_timestamp = anchor_->place + std::int64_t{ticks} * rate_ / clock_rate;
    const auto drift = std::chrono::milliseconds(std::abs(by_timestamp - by_arrival) * 1'000 / rate_);
    if (drift <= kMostDrift) place = by_timestamp;
  }
  anchor_ = Anchor{voice.ssrc, voice.timestamp, clock_rate, place};
  return place;
}

void Track::hear(const Voice& voice) {
  auto* way = way_of(voice.payload_type);
  if (way == nullptr) return;
  auto place = place_of(voice, way->format.clock_rate);
  const auto made = way->decoder->decode(voice.payload, heard_);
  if (!made || *made == 0) return;
  std::span<const audio::Sample> samples(heard_.data(), std::min(*made, heard_.size()));
  if (way->resampler) {
    const auto count = way->resampler->process(samples, fitted_);
    samples = {fitted_.data(), std::min(count, fitted_.size())};
  }
  // One voice is never laid over itself.
  if (place < next_) {
    const auto spoken = std::min<std::int64_t>(next_ - place, static_cast<std::int64_t>(samples.size()));
    samples = samples.subspan(static_cast<std::size_t>(spoken));
    place = next_;
  }
  timeline_.add(channel_, place, samples);
  next_ = std::max(next_, place + static_cast<std::int64_t>(samples.size()));
}

}  // namespace warp::recording
