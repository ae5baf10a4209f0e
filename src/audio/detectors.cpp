#include <array>
#include <spandsp.h>

#include "warp/audio/tone.h"

#include "codecs.h"

namespace warp::audio {
namespace {

class SpandspDigits final : public DigitDetector {
 public:
  bool start() {
    state_.reset(dtmf_rx_init(nullptr, nullptr, nullptr));
    if (!state_) return false;
    dtmf_rx_set_realtime_callback(state_.get(), &SpandspDigits::changed, this);
    return true;
  }

  std::span<const HeardDigit> hear(std::span<const Sample> samples) override {
    count_ = 0;
    while (!samples.empty()) {
      const auto block = samples.first(std::min(samples.size(), kMostSamples));
      dtmf_rx(state_.get(), block.data(), static_cast<int>(block.size()));
      samples = samples.subspan(block.size());
    }
    return std::span(heard_).first(count_);
  }
  bool sounding() const override { return sounding_ != 0 || dtmf_rx_status(state_.get()) != 0; }

 private:
  static void changed(void* self, int digit, int, int) {
    static_cast<SpandspDigits*>(self)->change(static_cast<char>(digit));
  }
  void change(char digit) {
    if (digit == sounding_) return;
    if (sounding_ != 0) note({sounding_, false});
    if (digit != 0) note({digit, true});
    sounding_ = digit;
  }
  void note(HeardDigit heard) {
    if (count_ < heard_.size()) heard_[count_++] = heard;
  }

  // The library looks at 102 samples at once: two changes of each.
  std::array<HeardDigit, 2 * (kMostSamples / 102 + 1)> heard_{};
  std::size_t count_ = 0;
  char sounding_ = 0;
  std::unique_ptr<dtmf_rx_state_t, Closer<&dtmf_rx_free>> state_;
};

using FaxListener = std::unique_ptr<modem_connect_tones_rx_state_t, Closer<&modem_connect_tones_rx_free>>;

class SpandspFaxTones final : public FaxToneDetector {
 public:
  SpandspFaxTones(FaxListener calling, FaxListener called)
      : calling_(std::move(calling)), called_(std::move(called)) {}
  std::optional<FaxTone> hear(std::span<const Sample> samples) override {
    const auto size = static_cast<int>(std::min(samples.size(), kMostSamples));
    modem_connect_tones_rx(calling_.get(), samples.data(), size);
    modem_connect_tones_rx(called_.get(), samples.data(), size);
    // Both are asked, since asking is forgetting.
    const bool calls = modem_connect_tones_rx_get(calling_.get()) == MODEM_CONNECT_TONES_FAX_CNG;
    const bool answers = modem_connect_tones_rx_get(called_.get()) != MODEM_CONNECT_TONES_NONE;
    if (calls) return FaxTone::Cng;
    if (answers) return FaxTone::Ced;
    return std::nullopt;
  }

 private:
  FaxListener calling_, called_;
};

}  // namespace

std::unique_ptr<DigitDetector> DigitDetector::make() {
  auto detector = std::make_unique<SpandspDigits>();
  if (!detector->start()) return nullptr;
  return detector;
}

std::unique_ptr<FaxToneDetector> FaxToneDetector::make() {
  FaxListener calling(modem_connect_tones_rx_init(nullptr, MODEM_CONNECT_TONES_FAX_CNG, nullptr, nullptr));
  FaxListener called(
      modem_connect_tones_rx_init(nullptr, MODEM_CONNECT_TONES_FAX_CED_OR_PREAMBLE, nullptr, nullptr));
  if (!calling || !called) return nullptr;
  return std::make_unique<SpandspFaxTones>(std::move(calling), std::move(called));
}

}  // namespace warp::audio
