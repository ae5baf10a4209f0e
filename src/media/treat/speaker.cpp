#include "treat/speaker.h"

#include <array>

#include "warp/srtp/session.h"

#include "treat/codecs.h"

namespace warp::media {
namespace {

constexpr std::size_t kMostSpoken = 2048;
constexpr std::size_t kTicksWaiting = 5;

}  // namespace

std::unique_ptr<Speaker> Speaker::make(const domain::MediaFormat& format) {
  auto encoder = audio::make_encoder(parameters_of(format));
  if (encoder == nullptr) return nullptr;
  return std::unique_ptr<Speaker>(new Speaker(format, std::move(encoder)));
}

Speaker::Speaker(const domain::MediaFormat& format, std::unique_ptr<audio::Encoder> encoder)
    : format_(format),
      encoder_(std::move(encoder)),
      rate_(audio::sample_rate(parameters_of(format))),
      packet_ms_(packet_ms(format)),
      waiting_(rate_ / 50 * kTicksWaiting) {}

void Speaker::say(std::span<const audio::Sample> samples, Outlet& outlet, PacketSink& sink, Monotonic now) {
  if (!talking_) {
    talking_ = true;
    marked_ = false;
    waiting_.clear();
    next_ = outlet.stamp(now);
  }
  // Somebody else has spoken in between.
  if (static_cast<std::int32_t>(outlet.next_timestamp() - next_) > 0) next_ = outlet.stamp(now);
  waiting_.push(samples);
  const std::size_t length = rate_ / 1000 * packet_ms_;
  while (waiting_.size() >= length) {
    send(waiting_.front(length), outlet, sink, now);
    waiting_.discard(length);
  }
}

void Speaker::pause(Outlet& outlet, PacketSink& sink, Monotonic now) {
  if (!talking_) return;
  if (waiting_.size() != 0) {
    std::array<audio::Sample, audio::kMostSamples> last;
    const auto block = std::span(last).first(rate_ / 1000 * packet_ms_);
    waiting_.pop(block);
    send(block, outlet, sink, now);
  }
  talking_ = false;
}

void Speaker::send(std::span<const audio::Sample> samples, Outlet& outlet, PacketSink& sink, Monotonic now) {
  std::array<std::byte, kMostSpoken> buffer;
  const auto lasts = packet_ms_ * format_.clock_rate / 1000;
  const auto room = std::span(buffer).subspan(rtp::kFixedHeaderBytes,
                                              kMostSpoken - rtp::kFixedHeaderBytes - srtp::kOverhead);
  const auto octets = encoder_->encode(samples, room);
  if (octets != 0) {
    outlet.write(buffer, format_.payload_type, !marked_, next_, lasts, now);
    marked_ = true;
    sink.packet(buffer, rtp::kFixedHeaderBytes + octets);
  }
  next_ += lasts;
}

}  // namespace warp::media
