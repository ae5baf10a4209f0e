// Uuid: 16 bytes, text form 8-4-4-4-12 in lower case. StrongId: a Uuid that knows what it names.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace warp {

struct Uuid {
  std::array<std::uint8_t, 16> bytes{};

  static std::optional<Uuid> parse(std::string_view text);
  std::string to_string() const;
  bool is_nil() const { return *this == Uuid{}; }
  friend auto operator<=>(const Uuid&, const Uuid&) = default;
};

// An id of one kind of thing; ids of different kinds do not compare or convert.
template <class Tag>
struct StrongId {
  Uuid value{};

  static std::optional<StrongId> parse(std::string_view text) {
    auto uuid = Uuid::parse(text);
    return uuid ? std::optional<StrongId>(StrongId{*uuid}) : std::nullopt;
  }
  std::string to_string() const { return value.to_string(); }
  bool is_nil() const { return value.is_nil(); }
  friend auto operator<=>(const StrongId&, const StrongId&) = default;
};

using CustomerId = StrongId<struct CustomerTag>;
using TrunkId = StrongId<struct TrunkTag>;
using ProviderId = StrongId<struct ProviderTag>;
using PartitionId = StrongId<struct PartitionTag>;
using RouteId = StrongId<struct RouteTag>;
using RatePlanId = StrongId<struct RatePlanTag>;
using RateId = StrongId<struct RateTag>;
using CallId = StrongId<struct CallTag>;            // one call through the daemon: both legs, one record
using RecordId = StrongId<struct RecordTag>;        // one detail record
using MessageId = StrongId<struct MessageTag>;      // one message, however many segments it has
using ConnectorId = StrongId<struct ConnectorTag>;  // one upstream SMSC
using EsmeId = StrongId<struct EsmeTag>;            // one SMPP account of a customer
using CampaignId = StrongId<struct CampaignTag>;
using BrandId = StrongId<struct BrandTag>;              // who stands behind campaigns
using MediaId = StrongId<struct MediaTag>;              // one stored attachment
using MessageRuleId = StrongId<struct MessageRuleTag>;  // one interceptor
using MessageRouteId = StrongId<struct MessageRouteTag>;

}  // namespace warp

template <>
struct std::hash<warp::Uuid> {
  std::size_t operator()(const warp::Uuid& id) const noexcept {
    // Ids are random or time-ordered with random tails: the last eight bytes are the random ones.
    std::uint64_t tail;
    std::memcpy(&tail, id.bytes.data() + 8, sizeof tail);
    return static_cast<std::size_t>(tail * 0x9E3779B97F4A7C15ull);
  }
};
template <class Tag>
struct std::hash<warp::StrongId<Tag>> {
  std::size_t operator()(const warp::StrongId<Tag>& id) const noexcept {
    return std::hash<warp::Uuid>{}(id.value);
  }
};
