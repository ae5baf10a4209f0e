#include "warp/identity/tickets.h"

#include <array>
#include <mutex>
#include <stdexcept>
#include <unordered_map>

#include <openssl/rand.h>
#include <openssl/sha.h>

#include "warp/redis/client.h"

namespace warp::identity {
namespace {

using Clock = std::chrono::steady_clock;

struct Kept {
  std::string content;
  Clock::time_point until;
};

// Of this process, for nodes without Redis.
class Shelf {
 public:
  bool put(const std::string& key, Kept kept) {
    const std::lock_guard guard(mutex_);
    if (kept_.size() >= TicketDesk::kMost)
      std::erase_if(kept_, [](const auto& item) { return item.second.until <= Clock::now(); });
    if (kept_.size() >= TicketDesk::kMost) return false;
    kept_.insert_or_assign(key, std::move(kept));
    return true;
  }
  std::optional<std::string> take(const std::string& key) {
    const std::lock_guard guard(mutex_);
    const auto found = kept_.find(key);
    if (found == kept_.end()) return std::nullopt;
    auto kept = std::move(found->second);
    kept_.erase(found);
    if (kept.until <= Clock::now()) return std::nullopt;
    return std::move(kept.content);
  }

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, Kept> kept_;
};

Shelf& shelf() {
  static Shelf shelf;
  return shelf;
}

std::string hex(const unsigned char* octets, std::size_t count) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(2 * count);
  for (std::size_t i = 0; i < count; ++i) {
    out += kDigits[octets[i] >> 4];
    out += kDigits[octets[i] & 15];
  }
  return out;
}

std::string key_of(std::string_view ticket) {
  return "warp:ticket:" + digest_of(ticket);
}

}  // namespace

std::string digest_of(std::string_view secret) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  SHA256(reinterpret_cast<const unsigned char*>(secret.data()), secret.size(), digest.data());
  return hex(digest.data(), digest.size());
}

std::string make_secret(std::string_view prefix) {
  std::array<unsigned char, 32> octets;
  if (RAND_bytes(octets.data(), static_cast<int>(octets.size())) != 1)
    throw std::runtime_error("no randomness to be had");
  return std::string(prefix) + hex(octets.data(), octets.size());
}

boost::asio::awaitable<std::optional<std::string>> TicketDesk::issue(std::string content,
                                                                     std::chrono::seconds life) {
  auto ticket = make_secret("wt_");
  if (!redis_) {
    if (!shelf().put(key_of(ticket), {std::move(content), Clock::now() + life})) co_return std::nullopt;
    co_return ticket;
  }
  std::vector<std::string> command{"SET", key_of(ticket), std::move(content), "EX",
                                   std::to_string(life.count())};
  const auto done = co_await redis_->command(std::move(command));
  if (!done || done->is_error()) co_return std::nullopt;
  co_return ticket;
}

boost::asio::awaitable<std::optional<std::string>> TicketDesk::redeem(std::string ticket) {
  if (!ticket.starts_with("wt_") || ticket.size() != 67) co_return std::nullopt;
  if (!redis_) co_return shelf().take(key_of(ticket));
  std::vector<std::string> command{"GETDEL", key_of(ticket)};
  const auto found = co_await redis_->command(std::move(command));
  if (!found || found->kind() != redis::Reply::Kind::Bulk) co_return std::nullopt;
  co_return std::string(found->text());
}

}  // namespace warp::identity
