#include "warp/audio/tone.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace warp::audio {
namespace {

constexpr std::string_view kDigits = "0123456789*#ABCD";  // in the order of their events (RFC 4733 §3.2)
constexpr double kDigitHighDbm0 = -8, kDigitLowDbm0 = -10;
constexpr std::uint32_t kDigitRampMs = 2;
constexpr double kRingbackDbm0 = -16;
constexpr double kTurn = 2 * std::numbers::pi;

// Q.23: rows 1 4 7 *, columns 1 2 3 A.
constexpr std::array<std::string_view, 4> kKeypad = {"123A", "456B", "789C", "*0#D"};
constexpr std::array<double, 4> kRows = {697, 770, 852, 941}, kColumns = {1209, 1336, 1477, 1633};

double tone_peak(double level_dbm0) {
  return 32767 * std::pow(10, (level_dbm0 - 3.14) / 20);
}

struct DigitPair {
  double low = 0, high = 0;
};

DigitPair pair_of(char digit) {
  for (std::size_t row = 0; row < kKeypad.size(); ++row)
    if (const auto column = kKeypad[row].find(digit); column != std::string_view::npos)
      return {kRows[row], kColumns[column]};
  return {};
}

struct Cadence {
  double first_hertz, second_hertz;  // 0: none
  std::array<std::uint32_t, 4> on_off_ms;
};

Cadence cadence_of(std::string_view plan) {
  if (plan == "eu") return {425, 0, {1000, 4000, 0, 0}};
  if (plan == "uk") return {400, 450, {400, 200, 400, 2000}};
  return {440, 480, {2000, 4000, 0, 0}};
}

}  // namespace

bool is_digit(char digit) {
  return kDigits.find(digit) != std::string_view::npos;
}

std::optional<std::uint8_t> event_of(char digit) {
  const auto at = kDigits.find(digit);
  if (at == std::string_view::npos) return std::nullopt;
  return static_cast<std::uint8_t>(at);
}

std::optional<char> digit_of(std::uint8_t event) {
  if (event >= kDigits.size()) return std::nullopt;
  return kDigits[event];
}

DigitTone::DigitTone(char digit, std::uint32_t sample_rate)
    : low_(kTurn * pair_of(digit).low / sample_rate),
      high_(kTurn * pair_of(digit).high / sample_rate),
      ramp_left_(kDigitRampMs * sample_rate / 1000),
      ramp_(ramp_left_),
      silent_(!is_digit(digit)) {}

double DigitTone::next() {
  static const double kLow = tone_peak(kDigitLowDbm0), kHigh = tone_peak(kDigitHighDbm0);
  const auto value = kLow * std::sin(low_phase_) + kHigh * std::sin(high_phase_);
  low_phase_ = std::fmod(low_phase_ + low_, kTurn);
  high_phase_ = std::fmod(high_phase_ + high_, kTurn);
  if (ramp_left_ == 0) return value;
  return value * (1 - static_cast<double>(ramp_left_--) / ramp_);
}

void DigitTone::fill(std::span<Sample> out) {
  for (auto& sample : out)
    sample = silent_ ? Sample{0} : static_cast<Sample>(std::lround(next()));
}

void DigitTone::finish(std::span<Sample> out) {
  fill(out);
  const auto ramp = std::min<std::size_t>(out.size(), ramp_);
  for (std::size_t i = 0; i < ramp; ++i) {
    auto& sample = out[out.size() - 1 - i];
    sample = static_cast<Sample>(sample * static_cast<std::int64_t>(i) / static_cast<std::int64_t>(ramp));
  }
  silent_ = true;
}

std::vector<Sample> sine(double hertz, double level_dbm0, std::uint32_t milliseconds,
                         std::uint32_t sample_rate) {
  std::vector<Sample> out(static_cast<std::size_t>(std::uint64_t{milliseconds} * sample_rate / 1000));
  const auto peak = std::min(tone_peak(level_dbm0), 32767.0);
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<Sample>(
        std::lround(peak * std::sin(std::fmod(kTurn * hertz * static_cast<double>(i) / sample_rate, kTurn))));
  return out;
}

std::vector<Sample> ringback(std::string_view plan, std::uint32_t sample_rate) {
  const auto cadence = cadence_of(plan);
  std::vector<Sample> out;
  for (std::size_t part = 0; part < cadence.on_off_ms.size(); ++part) {
    const auto length = cadence.on_off_ms[part];
    if (part % 2 != 0) {
      out.resize(out.size() + static_cast<std::size_t>(std::uint64_t{length} * sample_rate / 1000));
      continue;
    }
    auto tone = sine(cadence.first_hertz, kRingbackDbm0, length, sample_rate);
    if (cadence.second_hertz > 0) {
      const auto second = sine(cadence.second_hertz, kRingbackDbm0, length, sample_rate);
      for (std::size_t i = 0; i < tone.size(); ++i)
        tone[i] = static_cast<Sample>(tone[i] + second[i]);
    }
    out.insert(out.end(), tone.begin(), tone.end());
  }
  return out;
}

}  // namespace warp::audio
