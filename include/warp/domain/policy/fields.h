// PolicyFields: how a policy tells its fields, once, to whoever reads them from JSON, writes them, or
// documents them (store/sip_policy.h, the API's schema). A field that keeps its default need not be stored.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace warp::domain {

class PolicyFields {
 public:
  virtual ~PolicyFields() = default;
  // `help` is one sentence with a full stop.
  virtual void flag(std::string_view name, bool& value, std::string_view help) = 0;
  virtual void number(std::string_view name, std::uint32_t& value, std::uint32_t least, std::uint32_t most,
                      std::string_view help) = 0;
  virtual void text(std::string_view name, std::string& value, std::size_t longest,
                    std::string_view help) = 0;
  virtual void list(std::string_view name, std::vector<std::string>& value, std::size_t most,
                    std::string_view help) = 0;
  // One of `words`, by its place.
  virtual void word(std::string_view name, std::uint8_t& place, std::span<const std::string_view> words,
                    std::string_view help) = 0;

  void seconds(std::string_view name, std::chrono::seconds& value, std::uint32_t least, std::uint32_t most,
               std::string_view help) {
    auto count = static_cast<std::uint32_t>(value.count());
    number(name, count, least, most, help);
    value = std::chrono::seconds(count);
  }
  void milliseconds(std::string_view name, std::chrono::milliseconds& value, std::uint32_t least,
                    std::uint32_t most, std::string_view help) {
    auto count = static_cast<std::uint32_t>(value.count());
    number(name, count, least, most, help);
    value = std::chrono::milliseconds(count);
  }
  // `Enum` counts from 0 in the order of `words`.
  template <class Enum>
  void choice(std::string_view name, Enum& value, std::span<const std::string_view> words,
              std::string_view help) {
    auto place = static_cast<std::uint8_t>(value);
    word(name, place, words, help);
    value = static_cast<Enum>(place);
  }
};

}  // namespace warp::domain
