#include "treat/listener.h"

#include <algorithm>
#include <array>

#include "treat/codecs.h"

namespace warp::media {
namespace {

constexpr std::uint32_t kEarRate = 8000;
// What may be taken from the buffer for one tick, hostile packets included.
constexpr unsigned kMostTakes = 8;
constexpr std::chrono::milliseconds kSteadyDepth{100};

audio::JitterSettings jitter_settings(Listener::Wishes::Pace pace) {
  using Pace = Listener::Wishes::Pace;
  if (pace == Pace::Adaptive) return {};
  audio::JitterSettings settings{kSteadyDepth, kSteadyDepth};
  if (pace == Pace::Arrival) settings.pace = audio::JitterSettings::Pace::AsItComes;
  return settings;
}

// Does the packet say that nothing follows but background noise?
bool ends_talk(domain::AudioCodec codec, std::size_t octets) {
  constexpr std::size_t kG729Frame = 10, kG729Descriptor = 2, kLongestAmrDescriptor = 7, kOpusDtx = 2;
  switch (codec) {
    case domain::AudioCodec::G729:
      return octets % kG729Frame == kG729Descriptor;
    case domain::AudioCodec::Amr:
      return octets <= kLongestAmrDescriptor;
    case domain::AudioCodec::Opus:
      return octets <= kOpusDtx;
    case domain::AudioCodec::Pcmu:
    case domain::AudioCodec::Pcma:
    case domain::AudioCodec::G722:
    case domain::AudioCodec::L16:
      return false;
  }
  return false;
}

}  // namespace

struct Listener::Coding {
  // A packet that lasts longer than any is cut off.
  std::span<audio::Sample> room(std::vector<audio::Sample>& all) const {
    return std::span(all).first(rate / 1000 * audio::kLongestMs);
  }

  std::uint8_t type = 0;
  domain::AudioCodec codec{};
  std::uint32_t rate = 8000;
  std::unique_ptr<audio::Decoder> decoder;
  std::unique_ptr<audio::Resampler> to_sink, to_ear;  // to_ear: null when nobody listens
};

Listener::Listener(const Wishes& wishes, std::uint32_t seed)
    : wishes_(wishes),
      comfort_type_(rtp::kComfortNoisePayloadType),
      comfort_(seed),
      decoded_(audio::kMostSamples),
      resampled_(audio::kMostSamples + 1),
      said_(wishes.clocked ? wishes.sample_rate / 1000 * (audio::kLongestMs * 2) : 0) {}

Listener::~Listener() = default;

std::unique_ptr<Listener> Listener::make(const domain::MediaTerms& terms, const Wishes& wishes,
                                         std::uint32_t seed) {
  if (terms.formats.empty()) return nullptr;
  auto listener = std::unique_ptr<Listener>(new Listener(wishes, seed));
  for (const auto& format : terms.formats)
    if (!listener->add(format)) return nullptr;
  listener->current_ = &listener->codings_.front();
  if (terms.comfort_noise) listener->comfort_type_ = *terms.comfort_noise;
  if (wishes.clocked)
    listener->buffer_ =
        std::make_unique<audio::JitterBuffer>(jitter_settings(wishes.pace), terms.formats.front().clock_rate);
  if (wishes.digits && (listener->digits_ = audio::DigitDetector::make()) == nullptr) return nullptr;
  if (wishes.fax && (listener->fax_ = audio::FaxToneDetector::make()) == nullptr) return nullptr;
  return listener;
}

bool Listener::add(const domain::MediaFormat& format) {
  const auto parameters = parameters_of(format);
  Coding coding;
  coding.type = format.payload_type;
  coding.codec = format.codec;
  coding.rate = audio::sample_rate(parameters);
  coding.decoder = audio::make_decoder(parameters);
  if (coding.decoder == nullptr) return false;
  if (wishes_.clocked &&
      (coding.to_sink = audio::Resampler::make(coding.rate, wishes_.sample_rate)) == nullptr)
    return false;
  if ((wishes_.digits || wishes_.fax) &&
      (coding.to_ear = audio::Resampler::make(coding.rate, kEarRate)) == nullptr)
    return false;
  codings_.push_back(std::move(coding));
  return true;
}

Listener::Coding* Listener::coding(std::uint8_t type) {
  if (current_->type == type) return current_;
  const auto found =
      std::find_if(codings_.begin(), codings_.end(), [type](const auto& one) { return one.type == type; });
  return found == codings_.end() ? nullptr : &*found;
}

void Listener::put(const rtp::Header& header, std::span<const std::byte> payload, Monotonic now) {
  if (header.payload_type != comfort_type_ && coding(header.payload_type) == nullptr) return;
  buffer_->put({.sequence = header.sequence,
                .timestamp = header.timestamp,
                .ssrc = header.ssrc,
                .payload_type = header.payload_type,
                .marker = header.marker,
                .payload = payload},
               now);
}

void Listener::overhear(const rtp::Header& header, std::span<const std::byte> payload, Ear& ear) {
  Coding* coding = this->coding(header.payload_type);
  if (coding == nullptr) return;
  current_ = coding;
  const auto samples = coding->decoder->decode(payload, coding->room(decoded_));
  if (samples) heard(*coding, *samples, ear);
}

void Listener::hear_digits(std::span<const audio::Sample> samples, Ear& ear) {
  digit_samples_ += samples.size();
  for (const auto& change : digits_->hear(samples)) {
    if (change.begins) {
      digit_ = change.digit;
      digit_samples_ = 0;
      ear.digit_begins(change.digit);
    } else if (digit_ != 0) {
      ear.digit_ended(digit_, std::chrono::milliseconds(digit_samples_ * 1000 / kEarRate));
      digit_ = 0;
    }
  }
}

// The ears first: what they take for a digit is not said.
void Listener::heard(Coding& coding, std::size_t count, Ear& ear) {
  const auto samples = std::span(decoded_).first(count);
  if (coding.to_ear != nullptr) {
    const auto at_ear = std::span(resampled_).first(coding.to_ear->process(samples, resampled_));
    if (digits_ != nullptr) hear_digits(at_ear, ear);
    if (fax_ != nullptr && fax_->hear(at_ear)) ear.fax_tone();
  }
  if (coding.to_sink == nullptr) return;
  if (sounding()) std::fill(samples.begin(), samples.end(), audio::Sample{0});
  said_.push(std::span(resampled_).first(coding.to_sink->process(samples, resampled_)));
}

bool Listener::play(const audio::JitterPacket& packet, Ear& ear) {
  if (packet.payload_type == comfort_type_) {
    comfort_.set(packet.payload);
    in_comfort_ = true;
    return true;
  }
  Coding* coding = this->coding(packet.payload_type);
  if (coding == nullptr) return false;
  current_ = coding;
  const auto samples = coding->decoder->decode(packet.payload, coding->room(decoded_));
  auto count = samples.value_or(0);
  in_comfort_ =
      count != 0 && wishes_.pace == Wishes::Pace::Adaptive && ends_talk(coding->codec, packet.payload.size());
  if (in_comfort_) {
    const std::array payload{audio::comfort_noise_payload(audio::level_of(std::span(decoded_).first(count)))};
    comfort_.set(payload);
    return true;
  }
  if (count == 0) {
    count = coding->rate / 1000 * last_ms_;
    coding->decoder->conceal(std::span(decoded_).first(count));
  } else {
    last_ms_ =
        static_cast<unsigned>(std::clamp<std::size_t>(count * 1000 / coding->rate, 10, audio::kLongestMs));
  }
  heard(*coding, count, ear);
  return true;
}

void Listener::gather(std::size_t samples, Ear& ear, Monotonic now) {
  audio::JitterPacket packet;
  for (unsigned take = 0; take < kMostTakes && said_.size() < samples; ++take) {
    const auto verdict = buffer_->take(now, packet);
    if (verdict == audio::JitterBuffer::Verdict::Nothing) break;
    if (verdict == audio::JitterBuffer::Verdict::Packet) {
      if (!play(packet, ear)) continue;
      if (in_comfort_) break;
    } else {
      const auto count = current_->rate / 1000 * last_ms_;
      current_->decoder->conceal(std::span(decoded_).first(count));
      heard(*current_, count, ear);
    }
  }
}

bool Listener::next(std::span<audio::Sample> out, Ear& ear, Monotonic now) {
  gather(out.size(), ear, now);
  if (said_.size() < out.size()) return false;
  said_.pop(out);
  return true;
}

bool Listener::pull(std::span<audio::Sample> out, Ear& ear, Monotonic now) {
  gather(out.size(), ear, now);
  if (said_.pop(out) != 0) return true;
  if (in_comfort_) comfort_.fill(out);
  return in_comfort_;
}

std::chrono::milliseconds Listener::depth() const {
  return buffer_ ? buffer_->depth() : std::chrono::milliseconds(0);
}

}  // namespace warp::media
