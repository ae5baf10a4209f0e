#include "warp/calls/limit_cluster.h"

#include <algorithm>
#include <cstring>

namespace warp::calls {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view kMagic = "WL1";
constexpr std::chrono::seconds kNewsLife{30};
constexpr std::size_t kLongestReason = 120;

void put(std::string& out, std::uint64_t value, std::size_t octets) {
  for (std::size_t i = octets; i-- > 0;)
    out += static_cast<char>(value >> (8 * i));
}

class Words {
 public:
  explicit Words(std::string_view text) : text_(text) {}
  bool ok() const { return ok_; }
  std::uint64_t number(std::size_t octets) {
    std::uint64_t value = 0;
    for (const char c : bytes(octets))
      value = value << 8 | static_cast<std::uint8_t>(c);
    return value;
  }
  std::string_view bytes(std::size_t octets) {
    if (text_.size() < octets) ok_ = false;
    if (!ok_) return {};
    const auto taken = text_.substr(0, octets);
    text_.remove_prefix(octets);
    return taken;
  }
  std::string_view rest() const { return ok_ ? text_ : std::string_view(); }

 private:
  std::string_view text_;
  bool ok_ = true;
};

void put(std::string& out, const domain::Cidr& source) {
  out += source.network.v6 ? '\6' : '\4';
  out.append(reinterpret_cast<const char*>(source.network.bytes.data()), source.network.bytes.size());
}

// The usage that one node tells; false when it is no such word.
bool read_usage(std::string_view& text, Limits::Usage& sum) {
  Words words(text);
  if (words.bytes(kMagic.size()) != kMagic) return false;
  const std::uint64_t count = words.number(4);
  if (!words.ok()) return false;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t kind = words.number(1);
    const std::string_view id = words.bytes(16);
    const auto channels = static_cast<std::uint32_t>(words.number(4));
    const auto asked = static_cast<std::uint32_t>(words.number(4));
    if (!words.ok()) return false;
    if (kind >= kLimitKinds) continue;
    LimitKey key{static_cast<LimitKind>(kind), {}};
    std::memcpy(key.id.bytes.data(), id.data(), id.size());
    auto& [all_channels, all_asked] = sum[key];
    all_channels += channels;
    all_asked += asked;
  }
  text = words.rest();
  return true;
}

}  // namespace

LimitCluster::LimitCluster(Limits& limits, Guard* guard, const Clock& clock, log::Logger& log,
                           metrics::Registry& metrics)
    : limits_(limits),
      guard_(guard),
      clock_(clock),
      log_(log),
      alone_(metrics.gauge("warp_limits_cluster",
                           "1 for the state that sharing limits with other nodes is in.",
                           {{"state", "alone"}})),
      shared_(metrics.gauge("warp_limits_cluster",
                            "1 for the state that sharing limits with other nodes is in.",
                            {{"state", "shared"}})),
      nodes_(metrics.gauge("warp_limits_cluster_nodes", "Other nodes whose use of limits is heard.")) {
  if (guard_ == nullptr) return;
  guard_->on_news([this](const Guard::News& news) {
    const std::lock_guard lock(mutex_);
    if (news_.size() >= kMostNews) news_.pop_front();
    news_.push_back({clock_.wall(), news});
  });
}

LimitCluster::~LimitCluster() {
  if (guard_ != nullptr) guard_->on_news({});
}

std::string LimitCluster::own_word() {
  std::string used;
  std::uint32_t count = 0;
  const Monotonic now = clock_.now();
  limits_.each([&](LimitCounters& counters) {
    const std::uint32_t channels = counters.channels();
    const std::uint32_t asked = counters.asked_per_second(now);
    if (channels == 0 && asked == 0) return;
    ++count;
    put(used, static_cast<std::uint64_t>(counters.key().kind), 1);
    used.append(reinterpret_cast<const char*>(counters.key().id.bytes.data()), 16);
    put(used, channels, 4);
    put(used, asked, 4);
  });
  std::string word(kMagic);
  put(word, count, 4);
  word += used;
  const std::lock_guard lock(mutex_);
  while (!news_.empty() && news_.front().at + kNewsLife < clock_.wall())
    news_.pop_front();
  put(word, news_.size(), 4);
  for (const Told& told : news_) {
    const std::string_view reason = std::string_view(told.news.reason).substr(0, kLongestReason);
    put(word, static_cast<std::uint64_t>(told.at.time_since_epoch().count()), 8);
    put(word, static_cast<std::uint64_t>(told.news.until.time_since_epoch().count()), 8);
    put(word, told.news.source);
    put(word, reason.size(), 1);
    word += reason;
  }
  return word;
}

void LimitCluster::hear(const std::vector<std::string>& others) {
  Limits::Usage sum;
  unsigned heard = 0;
  for (const std::string& other : others) {
    std::string_view rest = other;
    if (!read_usage(rest, sum)) {
      log_.warning("limits.node_unreadable", {{"octets", other.size()}});
      continue;
    }
    ++heard;
    if (guard_ != nullptr) take_bans(rest);
  }
  limits_.set_others(sum);
  nodes_.set(heard);
  enter(State::Shared);
}

void LimitCluster::take_bans(std::string_view& text) {
  Words words(text);
  const std::uint64_t count = words.number(4);
  for (std::uint64_t i = 0; i < count; ++i) {
    const WallTime at{std::chrono::microseconds(words.number(8))};
    const WallTime until{std::chrono::microseconds(words.number(8))};
    const bool v6 = words.number(1) == 6;
    const std::string_view bytes = words.bytes(16);
    const std::string reason(words.bytes(words.number(1)));
    if (!words.ok()) return;
    domain::IpAddress ip;
    ip.v6 = v6;
    std::memcpy(ip.bytes.data(), bytes.data(), bytes.size());
    guard_->hear({domain::Cidr{ip, static_cast<std::uint8_t>(v6 ? 64 : 32)}, until, reason}, at);
  }
}

void LimitCluster::lose() {
  limits_.set_others({});
  nodes_.set(0);
  enter(State::Alone);
}

void LimitCluster::enter(State state) {
  if (state_ == state) return;
  state_ = state;
  alone_.set(state == State::Alone);
  shared_.set(state == State::Shared);
  if (state == State::Alone)
    log_.warning("limits.alone", {{"effect", "each node keeps the limits for itself until Redis is back"}});
  else
    log_.info("limits.shared");
}

}  // namespace warp::calls
