// Metrics of queries, by name: looked up once a name.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "warp/base/clock.h"
#include "warp/base/metrics.h"
#include "warp/base/text.h"
#include "warp/pg/error.h"

namespace warp::pg {

template <class T>
std::optional<ErrorKind> kind_of(const Expected<T>& outcome) {
  return outcome.has_error() ? std::optional(outcome.error().kind) : std::nullopt;
}

// Strand only.
class PoolMetrics {
 public:
  PoolMetrics(metrics::Registry& registry, const std::string& pool);
  // `failed`: nullopt when it did not.
  void ended(std::string_view query, Monotonic began, std::optional<ErrorKind> failed);
  void connected(bool success);

  metrics::Gauge& open;
  metrics::Gauge& waiting;

 private:
  static constexpr std::size_t kOutcomes = static_cast<std::size_t>(ErrorKind::Server) + 2;
  struct OfQuery {
    metrics::Histogram* seconds = nullptr;
    std::array<metrics::Counter*, kOutcomes> outcomes{};  // 0: ok, else ErrorKind + 1
  };
  OfQuery& of(std::string_view query);

  metrics::Registry& registry_;
  metrics::Counter &connects_, &connect_failures_;
  std::unordered_map<std::string, OfQuery, StringHash, std::equal_to<>> queries_;
};

}  // namespace warp::pg
