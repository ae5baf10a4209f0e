#include "app/binding_exchange.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace warp::app {
namespace {

namespace asio = boost::asio;
using registrar::AddressOfRecord;

constexpr const char* kIndex = "warp:aors";
constexpr std::int64_t kOverlap = 5'000;                // milliseconds that nodes' clocks may differ
constexpr std::int64_t kRemembered = 26 * 3'600'000ll;  // longer than any binding lives
constexpr std::int64_t kKeyLife = 60'000;               // beyond its last binding

std::int64_t millis(WallTime time) {
  return std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

std::string member_of(const AddressOfRecord& address) {
  return address.trunk.to_string() + ":" + address.user;
}

std::optional<AddressOfRecord> address_of(std::string_view member) {
  const auto colon = member.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto trunk = TrunkId::parse(member.substr(0, colon));
  if (!trunk) return std::nullopt;
  return AddressOfRecord{*trunk, std::string(member.substr(colon + 1))};
}

bool all_good(const std::vector<redis::Reply>& replies) {
  return std::none_of(replies.begin(), replies.end(), [](const auto& reply) { return reply.is_error(); });
}

}  // namespace

BindingExchange::BindingExchange(redis::Client& redis, registrar::BindingStore& store, const Clock& clock)
    : redis_(redis), store_(store), clock_(clock) {}

void BindingExchange::note(registrar::Change change) {
  const std::lock_guard lock(mutex_);
  pending_[std::move(change.address)].insert(change.removed.begin(), change.removed.end());
}

void BindingExchange::write_all_later() {
  for (auto& address : store_.own())
    note({std::move(address), {}});
}

// One transaction for each address: what is this node's, without what is no more.
asio::awaitable<bool> BindingExchange::write_one(AddressOfRecord address, Removed removed) {
  const std::string member = member_of(address);
  const std::string key = "warp:aor:" + member;
  std::vector<std::vector<std::string>> commands;
  commands.push_back({"MULTI"});
  WallTime last{};
  std::vector<std::string> set{"HSET", key};
  for (const auto& binding : store_.of(address)) {
    last = std::max(last, binding.expires_at);
    removed.erase(binding.id);
    if (binding.node != store_.node()) continue;
    set.push_back(binding.id);
    set.push_back(registrar::to_text(binding));
  }
  if (set.size() > 2) commands.push_back(std::move(set));
  if (!removed.empty()) {
    std::vector<std::string> drop{"HDEL", key};
    drop.insert(drop.end(), removed.begin(), removed.end());
    commands.push_back(std::move(drop));
  }
  if (last != WallTime{}) commands.push_back({"PEXPIREAT", key, std::to_string(millis(last) + kKeyLife)});
  commands.push_back({"ZADD", kIndex, std::to_string(millis(clock_.wall())), member});
  commands.push_back({"EXEC"});
  const auto replies = co_await redis_.pipeline(std::move(commands));
  const bool good = replies && all_good(*replies);
  co_return good;
}

asio::awaitable<void> BindingExchange::write() {
  std::map<AddressOfRecord, Removed> work;
  {
    const std::lock_guard lock(mutex_);
    work.swap(pending_);
  }
  for (auto at = work.begin(); at != work.end(); ++at) {
    const bool written = co_await write_one(at->first, at->second);
    if (written) continue;
    // Kept for when Redis is back.
    const std::lock_guard lock(mutex_);
    for (; at != work.end(); ++at)
      pending_[at->first].insert(at->second.begin(), at->second.end());
    co_return;
  }
}

asio::awaitable<bool> BindingExchange::read_one(std::string member) {
  const auto address = address_of(member);
  if (!address) co_return true;
  std::vector<std::string> words{"HGETALL", "warp:aor:" + member};
  const auto reply = co_await redis_.command(std::move(words));
  if (!reply || reply->is_error()) co_return false;
  registrar::BindingStore::List shared;
  const auto& elements = reply->elements();
  for (std::size_t i = 1; i < elements.size(); i += 2)
    if (auto binding = registrar::binding_from_text(elements[i].text()))
      shared.push_back(std::move(*binding));
  store_.merge(*address, std::move(shared), adopt_);
  co_return true;
}

asio::awaitable<bool> BindingExchange::read() {
  const std::int64_t now = millis(clock_.wall());
  const std::int64_t from = read_to_ == 0 ? 0 : read_to_ - kOverlap;
  std::vector<std::string> words{"ZRANGEBYSCORE", kIndex, std::to_string(from), "+inf"};
  const auto changed = co_await redis_.command(std::move(words));
  if (!changed || changed->is_error()) co_return false;
  for (const auto& member : changed->elements()) {
    const bool taken = co_await read_one(member.text());
    if (!taken) co_return false;
  }
  read_to_ = now;
  adopt_ = false;
  co_return true;
}

asio::awaitable<void> BindingExchange::run() {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  unsigned round = 0;
  for (;;) {
    const bool healthy = redis_.healthy();
    if (healthy && !connected_) {
      // What was written while it was away, and what it may have lost.
      read_to_ = 0;
      write_all_later();
    }
    connected_ = healthy;
    if (healthy) {
      co_await write();
      if (++round % 2 == 1) {
        const bool done = co_await read();
        static_cast<void>(done);  // the driver counts and logs what fails; the next round asks again
      }
      if (round % 1'000 == 0) {
        std::vector<std::string> words{"ZREMRANGEBYSCORE", kIndex, "-inf",
                                       std::to_string(millis(clock_.wall()) - kRemembered)};
        const auto trimmed = co_await redis_.command(std::move(words));
        static_cast<void>(trimmed);
      }
    }
    timer.expires_after(kInterval);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

}  // namespace warp::app
