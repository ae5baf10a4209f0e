// Quality: how much of what a connector took for numbers that begin alike was delivered, by its receipts.
// What is older counts less, by half every quarter of an hour; too little of it is nothing known, and so a
// connector that was passed over is tried again. In memory only: a new process learns anew.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "warp/base/clock.h"
#include "warp/base/uuid.h"

namespace warp::messaging {

class Quality {
 public:
  void note(ConnectorId connector, std::string_view recipient, bool delivered, Monotonic now);
  // Percent; nullopt: not measured.
  std::optional<std::uint8_t> percent(ConnectorId connector, std::string_view recipient, Monotonic now) const;

 private:
  struct Key {
    ConnectorId connector;
    std::uint32_t digits = 0;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept {
      return std::hash<ConnectorId>{}(key.connector) ^ (key.digits * 0x9E3779B9u);
    }
  };
  struct Score {
    double weight = 0, delivered = 0;
    Monotonic at{};
  };
  static Key key_of(ConnectorId connector, std::string_view recipient);
  std::unordered_map<Key, Score, KeyHash> scores_;
};

}  // namespace warp::messaging
