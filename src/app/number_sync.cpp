#include "app/number_sync.h"

#include <algorithm>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "warp/net/quietly.h"
#include "warp/numbering/line_kind.h"

namespace warp::app {
namespace {

namespace asio = boost::asio;
using integrations::TeliqueOutcome;

constexpr const char* kNumberSync = "number_sync";  // what the API adds
constexpr std::uint32_t kFirstNpa = 200, kLastNpa = 999;
constexpr std::uint64_t kAll = kLastNpa - kFirstNpa + 1;
constexpr std::chrono::seconds kSyncJobsEvery{5}, kPause{2};
constexpr std::chrono::milliseconds kPageTimeout{30'000};
constexpr std::chrono::hours kFresh{24};
constexpr unsigned kTries = 40;                 // of one page, over more than a minute
constexpr std::size_t kMostOfAnArea = 100'000;  // an area code has 800 exchanges of 11 rows at most

const store::Actor& self() {
  static const store::Actor actor{"warpd", "", std::nullopt};
  return actor;
}

bool may_come_back(TeliqueOutcome outcome) {
  return outcome != TeliqueOutcome::Refused && outcome != TeliqueOutcome::Denied;
}

asio::awaitable<void> pause(std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  const auto [error] = co_await timer.async_wait(net::kQuietly);
  static_cast<void>(error);
}

store::NumberBlock block_of(numbering::BlockRow row) {
  store::NumberBlock out;
  out.npanxx = row.npanxx;
  out.block = row.block;
  out.state = std::move(row.state);
  out.ocn = std::move(row.ocn);
  out.rate_centre = std::move(row.rate_centre);
  out.lata = row.lata;
  out.kind = numbering::kind_name(row.kind);
  return out;
}

}  // namespace

NumberSync::NumberSync(integrations::TeliqueClient& client, pg::Pool& pool, std::string node,
                       std::string source, const Clock& clock, log::Logger& log)
    : client_(client),
      data_(pool),
      jobs_(pool),
      node_(std::move(node)),
      source_(std::move(source)),
      clock_(clock),
      log_(log) {}

asio::awaitable<void> NumberSync::run() {
  for (;;) {
    auto taking = jobs_.take(kNumberSync, node_);
    auto job = co_await std::move(taking);
    if (job && *job) {
      auto doing = do_job(std::move(**job));
      co_await std::move(doing);
      continue;
    }
    auto waiting = pause(kSyncJobsEvery);
    co_await std::move(waiting);
  }
}

asio::awaitable<void> NumberSync::do_job(store::Job job) {
  const auto id = job.id;
  auto fetching = fetch_all(std::move(job));
  auto wrong = co_await std::move(fetching);
  std::string result = "{}";
  if (wrong.empty()) {
    auto publishing = data_.publish_staged(self(), source_);
    const auto set = co_await std::move(publishing);
    if (set)
      result = R"({"rows": )" + std::to_string(set->rows) + R"(, "version": )" +
               std::to_string(set->version) + "}";
    else
      wrong = "the database refused what was fetched: " + set.error().message;
  }
  if (wrong.empty())
    log_.info("app.number_sync_done", {{"result", result}});
  else
    log_.warning("app.number_sync_failed", {{"error", wrong}, {"effect", "the blocks of before stay"}});
  auto finishing = jobs_.finish(id, std::move(result), std::move(wrong));
  const auto finished = co_await std::move(finishing);
  if (!finished) log_.warning("app.number_sync_not_noted", {{"error", finished.error().message}});
}

asio::awaitable<std::string> NumberSync::fetch_all(store::Job job) {
  auto asking = data_.staged(clock_.wall() - kFresh);
  const auto staged = co_await std::move(asking);
  if (!staged) co_return "the database does not answer: " + staged.error().message;
  for (std::uint32_t npa = kFirstNpa; npa <= kLastNpa; ++npa) {
    if (!std::binary_search(staged->begin(), staged->end(), npa)) {
      auto fetching = fetch_area(job.id, npa);
      auto wrong = co_await std::move(fetching);
      if (!wrong.empty()) co_return wrong;
    }
    auto telling = jobs_.progress(job.id, npa - kFirstNpa + 1, kAll);
    const auto goes_on = co_await std::move(telling);
    if (goes_on && !*goes_on) co_return "cancelled";
  }
  co_return std::string();
}

asio::awaitable<std::string> NumberSync::fetch_area(Uuid job, std::uint32_t npa) {
  std::vector<store::NumberBlock> rows;
  std::uint64_t offset = 0;
  for (unsigned tried = 0;;) {
    auto asking = integrations::ask_blocks(client_, npa, offset, kPageTimeout);
    auto page = co_await std::move(asking);
    if (!page) {
      if (!may_come_back(page.error()) || ++tried >= kTries)
        co_return "area code " + std::to_string(npa) + ": " +
            std::string(integrations::to_string(page.error()));
      // Still ours, however long the service is away.
      auto telling = jobs_.progress(job, npa - kFirstNpa, kAll);
      const auto goes_on = co_await std::move(telling);
      if (goes_on && !*goes_on) co_return "cancelled";
      auto waiting = pause(kPause);
      co_await std::move(waiting);
      continue;
    }
    tried = 0;
    for (auto& row : page->rows)
      if (row.npanxx / 1'000 == npa) rows.push_back(block_of(std::move(row)));
    offset += page->received;
    if (page->received == 0 || offset >= page->count) break;
    if (offset > kMostOfAnArea)
      co_return "area code " + std::to_string(npa) + " has more rows than it can have";
  }
  auto staging = data_.stage(self(), npa, std::move(rows));
  const auto staged = co_await std::move(staging);
  if (!staged)
    co_return "the database refused area code " + std::to_string(npa) + ": " + staged.error().message;
  co_return std::string();
}

}  // namespace warp::app
