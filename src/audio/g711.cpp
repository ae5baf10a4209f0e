#include "warp/audio/g711.h"

#include <algorithm>
#include <bit>

namespace warp::audio {
namespace {

constexpr int kMuBias = 33;  // of 14 bits
constexpr int kMuMost = 0x1fff;

// `value` of 14 bits, signed.
constexpr std::uint8_t mu_code(int value) {
  const bool negative = value < 0;
  const auto biased = std::min((negative ? ~value : value) + kMuBias, kMuMost);
  const auto segment = std::bit_width(static_cast<unsigned>(biased) >> 6);
  const auto step = biased >> (segment + 1) & 0x0f;
  return static_cast<std::uint8_t>((negative ? 0 : 0x80) | (7 - segment) << 4 | (15 - step));
}

constexpr Sample mu_sample(unsigned code) {
  const auto turned = ~code & 0xff;
  const auto segment = turned >> 4 & 7;
  const auto magnitude = static_cast<int>(((turned & 0x0f) << 3 | 0x84) << segment) - 4 * kMuBias;
  return static_cast<Sample>(turned & 0x80 ? -magnitude : magnitude);
}

// `value` of 12 bits, signed.
constexpr std::uint8_t a_code(int value) {
  const bool negative = value < 0;
  const auto magnitude = static_cast<unsigned>(negative ? ~value : value);
  const auto segment = std::bit_width(magnitude >> 4);
  const auto step = segment == 0 ? magnitude : magnitude >> (segment - 1) & 0x0f;
  const auto code = (negative ? 0u : 0x80u) | static_cast<unsigned>(segment) << 4 | (step & 0x0f);
  return static_cast<std::uint8_t>(code ^ 0x55);
}

constexpr Sample a_sample(unsigned code) {
  const auto turned = code ^ 0x55;
  const auto segment = turned >> 4 & 7;
  auto magnitude = (turned & 0x0f) << 4 | 8;
  if (segment > 0) magnitude = (magnitude | 0x100) << (segment - 1);
  return static_cast<Sample>(turned & 0x80 ? static_cast<int>(magnitude) : -static_cast<int>(magnitude));
}

constexpr MuLawTables mu_tables() {
  MuLawTables tables;
  for (int index = 0; index < 1 << 14; ++index)
    tables.code[static_cast<std::size_t>(index)] = mu_code(index < 1 << 13 ? index : index - (1 << 14));
  for (unsigned code = 0; code < 256; ++code)
    tables.sample[code] = mu_sample(code);
  return tables;
}

constexpr ALawTables a_tables() {
  ALawTables tables;
  for (int index = 0; index < 1 << 12; ++index)
    tables.code[static_cast<std::size_t>(index)] = a_code(index < 1 << 11 ? index : index - (1 << 12));
  for (unsigned code = 0; code < 256; ++code)
    tables.sample[code] = a_sample(code);
  return tables;
}

}  // namespace

constinit const MuLawTables kMuLaw = mu_tables();
constinit const ALawTables kALaw = a_tables();

}  // namespace warp::audio
