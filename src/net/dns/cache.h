// Cache: answers by name and type. Any thread; each stripe has its lock, held for a look-up.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "warp/base/clock.h"
#include "warp/net/dns.h"

namespace warp::net::dns {

// "sip.example.net" and A: a key that needs no allocation to look up.
struct KeyView {
  std::string_view name;  // lower case, without the last dot
  RecordType type;
};
struct Key {
  std::string name;
  RecordType type = RecordType::A;
  operator KeyView() const { return {name, type}; }
};
struct KeyHash {
  using is_transparent = void;
  std::size_t operator()(const KeyView& key) const noexcept {
    return std::hash<std::string_view>{}(key.name) * 31 + static_cast<std::size_t>(key.type);
  }
};
struct KeyEqual {
  using is_transparent = void;
  bool operator()(const KeyView& a, const KeyView& b) const noexcept {
    return a.type == b.type && a.name == b.name;
  }
};

class Cache {
 public:
  explicit Cache(const CacheSettings& settings) : settings_(settings) {}

  struct Seen {
    enum class State : std::uint8_t {
      Unknown,
      Fresh,
      Stale,    // old, and worth a query
      Resting,  // DNS failed for it a moment ago: `answer` is old, or says Failed
    };
    State state = State::Unknown;
    std::shared_ptr<const Answer> answer;
    bool stale = false;
    bool renew = false;  // the caller asks for it now: nobody else is told so
  };
  Seen look(const KeyView& key, Monotonic now);
  void keep(const KeyView& key, std::shared_ptr<const Answer> answer, Monotonic now);
  // A query failed: what is there stays.
  void failed(const KeyView& key, Monotonic now);
  std::size_t size() const;

 private:
  struct Entry {
    std::shared_ptr<const Answer> answer;  // null: never had one
    Monotonic renew_at{}, expires{}, stale_until{}, resting_until{};
    bool renewing = false;
  };
  static constexpr std::size_t kStripes = 16;
  struct Stripe {
    mutable std::mutex mutex;  // guards `entries`
    std::unordered_map<Key, Entry, KeyHash, KeyEqual> entries;
  };
  Stripe& stripe(const KeyView& key) { return stripes_[KeyHash{}(key) % kStripes]; }
  Entry& entry(Stripe& stripe, const KeyView& key);

  const CacheSettings settings_;
  std::array<Stripe, kStripes> stripes_;
};

}  // namespace warp::net::dns
