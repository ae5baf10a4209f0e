#include "app/binding_exchange.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <span>

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
constexpr std::size_t kBatchOctets = 256 * 1024;        // nor more of texts at once
constexpr std::size_t kMostSeen = 250'000;              // above: forgotten, and read once more
constexpr unsigned kTrimReads = 600;

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

std::string to_text(double score) {
  std::array<char, 64> digits;
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), score, std::chars_format::fixed).ptr;
  return {digits.data(), end};
}

std::optional<double> score_of(const redis::Reply& reply) {
  const std::string& text = reply.text();
  double score = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), score);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return score;
}

// What the transaction found before it wrote, one for each address; empty: it was not done.
std::span<const redis::Reply> found_before(const std::vector<redis::Reply>& replies, std::size_t addresses) {
  for (const auto& reply : replies)
    if (reply.is_error()) return {};
  const std::vector<redis::Reply>& done = replies.back().elements();
  return done.size() < addresses ? std::span<const redis::Reply>()
                                 : std::span<const redis::Reply>(done).first(addresses);
}

// No more than a key that is not ours can say: asked again it says the same.
bool for_good(const redis::Reply& error) {
  return error.text().starts_with("WRONGTYPE");
}

}  // namespace

// Addresses that are written together, in one transaction: two or three commands for each, and one for the
// index.
struct BindingExchange::Batch {
  struct Part {
    Work::node_type change;
    std::string member;
    double score;
  };
  std::vector<Part> parts;
  Commands writes;
  std::size_t octets = 0;

  bool full() const { return parts.size() >= kBatch || octets >= kBatchOctets; }

  // The transaction begins with what the index said before: when that is another node's word, what stands
  // under the address now is not ours alone.
  Commands commands() {
    Commands all;
    all.reserve(parts.size() + writes.size() + 3);
    all.push_back({"MULTI"});
    std::vector<std::string> index;
    index.reserve(2 + 2 * parts.size());
    index.insert(index.end(), {"ZADD", kIndex});
    for (const Part& part : parts) {
      all.push_back({"ZSCORE", kIndex, part.member});
      index.push_back(to_text(part.score));
      index.push_back(part.member);
    }
    std::move(writes.begin(), writes.end(), std::back_inserter(all));
    all.push_back(std::move(index));
    all.push_back({"EXEC"});
    return all;
  }
};

struct BindingExchange::Entry {
  AddressOfRecord address;
  std::string member;
  double score;
};

BindingExchange::BindingExchange(redis::Client& redis, registrar::BindingStore& store, const Clock& clock)
    : redis_(redis), store_(store), clock_(clock), salt_(std::hash<std::string>{}(store.node())) {}

void BindingExchange::note(registrar::Change change) {
  const std::lock_guard lock(mutex_);
  pending_[std::move(change.address)].insert(change.removed.begin(), change.removed.end());
}

void BindingExchange::keep(Work::node_type change) {
  const std::lock_guard lock(mutex_);
  pending_[std::move(change.key())].merge(change.mapped());
}

void BindingExchange::write_all_later() {
  for (auto& address : store_.own())
    note({std::move(address), {}});
}

double BindingExchange::next_score() {
  salt_ = salt_ * 6364136223846793005u + 1442695040888963407u;
  // As fine as a double of today's milliseconds is.
  constexpr double kSteps = 4096;
  return static_cast<double>(millis(clock_.wall())) + static_cast<double>(salt_ >> 52) / kSteps;
}

bool BindingExchange::seen(const std::string& member, double score) const {
  const auto found = seen_.find(member);
  return found != seen_.end() && found->second == score;
}

void BindingExchange::remember(std::string member, double score) {
  if (seen_.size() >= kMostSeen) seen_.clear();
  seen_.insert_or_assign(std::move(member), score);
}

// What is this node's, without what is no more.
void BindingExchange::add(Batch& batch, Work::node_type change) {
  const AddressOfRecord& address = change.key();
  Removed removed = change.mapped();
  std::string member = member_of(address);
  const std::string key = "warp:aor:" + member;
  WallTime last{};
  std::vector<std::string> set{"HSET", key};
  for (const auto& binding : store_.of(address)) {
    last = std::max(last, binding.expires_at);
    removed.erase(binding.id);
    if (binding.node != store_.node()) continue;
    set.push_back(binding.id);
    set.push_back(registrar::to_text(binding));
    batch.octets += set.back().size();
  }
  if (set.size() > 2) batch.writes.push_back(std::move(set));
  if (!removed.empty()) {
    std::vector<std::string> drop{"HDEL", key};
    drop.insert(drop.end(), removed.begin(), removed.end());
    batch.writes.push_back(std::move(drop));
  }
  if (last != WallTime{}) batch.writes.push_back({"PEXPIREAT", key, std::to_string(millis(last) + kKeyLife)});
  batch.parts.push_back({std::move(change), std::move(member), next_score()});
}

// Ours need not be read back, unless somebody else's change, which was not read yet, is under it.
void BindingExchange::written(const std::string& member, double score, const redis::Reply& before) {
  if (read_from_ == 0) return;
  if (!before.is_nil()) {
    const auto old = score_of(before);
    if (!old || (*old >= static_cast<double>(read_from_) && !seen(member, *old))) return;
  }
  remember(member, score);
}

// What was not taken is kept for later.
asio::awaitable<BindingExchange::Sent> BindingExchange::send(std::shared_ptr<Batch> batch) {
  Commands commands = batch->commands();
  const auto replies = co_await redis_.pipeline(std::move(commands));
  std::span<const redis::Reply> before;
  if (replies) before = found_before(*replies, batch->parts.size());
  for (std::size_t i = 0; i < batch->parts.size(); ++i) {
    auto& part = batch->parts[i];
    if (!before.empty())
      written(part.member, part.score, before[i]);
    else
      keep(std::move(part.change));
  }
  if (!replies) co_return Sent::Nothing;
  co_return before.empty() ? Sent::Refused : Sent::All;
}

asio::awaitable<bool> BindingExchange::write() {
  Work work;
  {
    const std::lock_guard lock(mutex_);
    work.swap(pending_);
  }
  bool all = true;
  while (!work.empty()) {
    auto batch = std::make_shared<Batch>();
    while (!work.empty() && !batch->full())
      add(*batch, work.extract(work.begin()));
    const Sent sent = co_await send(std::move(batch));
    if (sent != Sent::All) all = false;
    if (sent != Sent::Nothing) continue;
    while (!work.empty())
      keep(work.extract(work.begin()));
  }
  co_return all;
}

std::vector<BindingExchange::Entry> BindingExchange::unseen(const std::vector<redis::Reply>& page) const {
  std::vector<Entry> entries;
  for (std::size_t i = 1; i < page.size(); i += 2) {
    const std::string& member = page[i - 1].text();
    const auto score = score_of(page[i]);
    if (!score || seen(member, *score)) continue;
    if (auto address = address_of(member)) entries.push_back({std::move(*address), member, *score});
  }
  return entries;
}

asio::awaitable<bool> BindingExchange::take(std::vector<Entry> entries, double oldest) {
  bool all = true;
  for (std::size_t begin = 0; begin < entries.size(); begin += kBatch) {
    const std::size_t end = std::min(entries.size(), begin + kBatch);
    Commands commands;
    for (std::size_t i = begin; i < end; ++i)
      commands.push_back({"HGETALL", "warp:aor:" + entries[i].member});
    const auto replies = co_await redis_.pipeline(std::move(commands));
    if (!replies) co_return false;
    for (std::size_t i = begin; i < end; ++i) {
      const auto& reply = (*replies)[i - begin];
      if (reply.is_error()) {
        all = all && for_good(reply);
        continue;
      }
      registrar::BindingStore::List shared;
      const auto& elements = reply.elements();
      for (std::size_t at = 1; at < elements.size(); at += 2)
        if (auto binding = registrar::binding_from_text(elements[at].text()))
          shared.push_back(std::move(*binding));
      store_.merge(entries[i].address, std::move(shared), adopt_);
      if (entries[i].score >= oldest) remember(std::move(entries[i].member), entries[i].score);
    }
  }
  co_return all;
}

asio::awaitable<bool> BindingExchange::read() {
  const std::int64_t now = millis(clock_.wall());
  const auto oldest = static_cast<double>(now - kOverlap);
  std::string from = std::to_string(read_from_);
  bool all = true;
  for (bool more = true; more;) {
    std::vector<std::string> words{"ZRANGEBYSCORE", kIndex,  from, "+inf",
                                   "WITHSCORES",    "LIMIT", "0",  std::to_string(kPage)};
    const auto page = co_await redis_.command(std::move(words));
    if (!page || page->is_error()) co_return false;
    const auto& elements = page->elements();
    more = elements.size() >= 2 * kPage;
    if (more) {
      // Others of the last score may follow; when it is all there is, one cannot stay at it.
      const std::string& last = elements.back().text();
      from = elements[1].text() == last ? "(" + last : last;
    }
    auto entries = unseen(elements);
    const bool taken = co_await take(std::move(entries), oldest);
    all = all && taken;
  }
  if (!all) co_return false;
  read_from_ = now - kOverlap;
  adopt_ = false;
  std::erase_if(seen_, [oldest](const auto& one) { return one.second < oldest; });
  co_return true;
}

asio::awaitable<void> BindingExchange::trim() {
  std::vector<std::string> words{"ZREMRANGEBYSCORE", kIndex, "-inf",
                                 std::to_string(millis(clock_.wall()) - kRemembered)};
  const auto trimmed = co_await redis_.command(std::move(words));
  static_cast<void>(trimmed);  // the driver counts and logs what fails; the next time takes more
}

// What was written while Redis was away, and what it may have lost.
void BindingExchange::begin_anew() {
  read_from_ = 0;
  seen_.clear();
  next_read_ = {};
  write_all_later();
}

asio::awaitable<bool> BindingExchange::turn() {
  const bool healthy = redis_.healthy();
  if (healthy && !connected_) begin_anew();
  connected_ = healthy;
  if (!healthy) co_return true;
  const bool wrote = co_await write();
  const Monotonic now = clock_.now();
  if (now < next_read_) co_return wrote;
  next_read_ = now + kRead;
  const bool did_read = co_await read();
  if (++reads_ % kTrimReads == 0) co_await trim();
  const bool all = wrote && did_read;
  co_return all;
}

asio::awaitable<void> BindingExchange::run() {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (;;) {
    const bool good = co_await turn();
    timer.expires_after(good ? kGather : kRetry);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

}  // namespace warp::app
