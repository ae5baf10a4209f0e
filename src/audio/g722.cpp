#include <spandsp.h>

#include "codecs.h"
#include "repetition.h"

namespace warp::audio {
namespace {

constexpr int kG722BitRate = 64000;
constexpr std::size_t kG722OctetsPerMs = 8;

class G722Encoder final : public Encoder {
 public:
  using State = std::unique_ptr<g722_encode_state_t, Closer<&g722_encode_free>>;
  explicit G722Encoder(State state) : state_(std::move(state)) {}
  std::size_t encode(std::span<const Sample> samples, std::span<std::byte> out) override {
    if (samples.size() % 2 != 0 || samples.size() / 2 > out.size() ||
        samples.size() > 2 * kG722OctetsPerMs * kLongestMs)
      return 0;
    const auto made =
        g722_encode(state_.get(), octets(out), samples.data(), static_cast<int>(samples.size()));
    return made < 0 ? 0 : static_cast<std::size_t>(made);
  }

 private:
  State state_;
};

class G722Decoder final : public Decoder {
 public:
  using State = std::unique_ptr<g722_decode_state_t, Closer<&g722_decode_free>>;
  explicit G722Decoder(State state) : state_(std::move(state)) {}
  std::optional<std::size_t> decode(std::span<const std::byte> payload, std::span<Sample> out) override {
    const auto size = payload.size();
    if (size == 0 || 2 * size > out.size() || size > kG722OctetsPerMs * kLongestMs) return std::nullopt;
    const auto made = g722_decode(state_.get(), out.data(), octets(payload), static_cast<int>(size));
    if (made < 0) return std::nullopt;
    repetition_.heard(out.first(static_cast<std::size_t>(made)));
    return static_cast<std::size_t>(made);
  }
  void conceal(std::span<Sample> samples) override { repetition_.conceal(samples); }
  unsigned duration_ms(std::span<const std::byte> payload) const override {
    return static_cast<unsigned>(payload.size() / kG722OctetsPerMs);
  }

 private:
  State state_;
  Repetition repetition_{16000};
};

}  // namespace

std::unique_ptr<Encoder> make_g722_encoder() {
  G722Encoder::State state(g722_encode_init(nullptr, kG722BitRate, 0));
  if (!state) return nullptr;
  return std::make_unique<G722Encoder>(std::move(state));
}

std::unique_ptr<Decoder> make_g722_decoder() {
  G722Decoder::State state(g722_decode_init(nullptr, kG722BitRate, 0));
  if (!state) return nullptr;
  return std::make_unique<G722Decoder>(std::move(state));
}

}  // namespace warp::audio
