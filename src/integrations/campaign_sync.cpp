#include "warp/integrations/campaign_sync.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "warp/net/completion.h"
#include "warp/net/quietly.h"

namespace warp::integrations {
namespace {

namespace asio = boost::asio;
using domain::CampaignStatus;
using domain::RegisteredBrand;
using domain::RegisteredCampaign;
using domain::RegistryResult;
using Kind = domain::RegistryError::Kind;

constexpr const char* kSyncs = "warp_tcr_syncs_total";
constexpr const char* kSyncsHelp = "Brands and campaigns that TCR was asked about.";
constexpr const char* kEvents = "warp_tcr_events_total";
constexpr const char* kEventsHelp = "Events posted by TCR.";

store::Actor actor(const char* why) {
  return {"warpd", why, std::nullopt};
}

template <class T>
asio::awaitable<RegistryResult<T>> ask(domain::CampaignRegistry& registry, std::string id,
                                       void (domain::CampaignRegistry::*what)(std::string,
                                                                              domain::RegistryDone<T>)) {
  using Completion = net::Completion<RegistryResult<T>>;
  auto start = [&registry, id, what](std::unique_ptr<Completion> completion) {
    std::shared_ptr<Completion> kept = std::move(completion);
    (registry.*what)(id, [kept](RegistryResult<T> result) { kept->complete(std::move(result)); });
  };
  auto asking = net::suspend<RegistryResult<T>>(std::move(start));
  co_return co_await std::move(asking);
}

}  // namespace

CampaignSync::CampaignSync(domain::CampaignRegistry& registry, pg::Pool& pool, asio::any_io_executor executor,
                           CampaignSyncSettings settings, log::Logger& log, metrics::Registry& metrics)
    : registry_(registry),
      settings_(std::move(settings)),
      log_(log),
      brands_(pool),
      campaigns_(pool),
      unchanged_(metrics.counter(kSyncs, kSyncsHelp, {{"result", "unchanged"}})),
      changed_(metrics.counter(kSyncs, kSyncsHelp, {{"result", "changed"}})),
      failed_(metrics.counter(kSyncs, kSyncsHelp, {{"result", "failed"}})),
      events_taken_(metrics.counter(kEvents, kEventsHelp, {{"result", "taken"}})),
      events_refused_(metrics.counter(kEvents, kEventsHelp, {{"result", "refused"}})),
      due_(executor) {}

void CampaignSync::stop() {
  stopping_ = true;
  due_.cancel();
}

asio::awaitable<void> CampaignSync::run() {
  while (!stopping_) {
    auto working = once();
    const bool quiet = co_await std::move(working);
    if (stopping_) co_return;
    if (!quiet || !waiting_.empty()) continue;
    due_.expires_after(settings_.interval);
    const auto [error] = co_await due_.async_wait(net::kQuietly);  // an event ends it early
    static_cast<void>(error);
  }
}

asio::awaitable<bool> CampaignSync::once() {
  auto first = events();
  co_await std::move(first);
  auto rest = round();
  const bool more = co_await std::move(rest);
  co_return !more;
}

asio::awaitable<bool> CampaignSync::round() {
  const store::SyncAges ages{settings_.interval, settings_.interval * settings_.settled_after};
  auto finding_brands = brands_.due(actor("sync"), std::string(registry_.name()), ages, settings_.at_once);
  auto brands = co_await std::move(finding_brands);
  if (!brands) co_return false;  // the database is away: the pool says so
  for (auto& brand : *brands) {
    auto one = sync(std::move(brand));
    const bool done = co_await std::move(one);
    if (!done || stopping_) co_return false;
  }
  auto finding = campaigns_.due(actor("sync"), std::string(registry_.name()), ages, settings_.at_once);
  auto campaigns = co_await std::move(finding);
  if (!campaigns) co_return false;
  for (auto& campaign : *campaigns) {
    auto one = sync(std::move(campaign), std::string());
    const bool done = co_await std::move(one);
    if (!done || stopping_) co_return false;
  }
  co_return brands->size() == settings_.at_once || campaigns->size() == settings_.at_once;
}

// What the events name, when it is ours.
asio::awaitable<void> CampaignSync::events() {
  while (!waiting_.empty() && !stopping_) {
    const auto event = std::move(waiting_.front());
    waiting_.pop_front();
    if (!event.campaign_id.empty()) {
      auto finding = campaigns_.by_registry_id(actor("event"), event.campaign_id);
      auto campaign = co_await std::move(finding);
      if (!campaign || campaign->registry != registry_.name()) continue;
      auto one = sync(std::move(*campaign), event.description);
      const bool done = co_await std::move(one);
      static_cast<void>(done);  // else the next round asks
    } else if (!event.brand_id.empty()) {
      auto finding = brands_.by_registry_id(actor("event"), event.brand_id);
      auto brand = co_await std::move(finding);
      if (!brand || brand->registry != registry_.name()) continue;
      auto one = sync(std::move(*brand));
      const bool done = co_await std::move(one);
      static_cast<void>(done);
    }
  }
}

void CampaignSync::count(bool ok, bool news) {
  (ok ? news ? changed_ : unchanged_ : failed_).add();
}

asio::awaitable<bool> CampaignSync::sync(store::Campaign campaign, std::string reason) {
  const auto id = campaign.id;
  auto asking = ask(registry_, campaign.registry_id, &domain::CampaignRegistry::campaign);
  auto said = co_await std::move(asking);
  if (!said && said.error().kind != Kind::NotFound) {
    count(false, false);
    if (said.error().kind == Kind::Unavailable) co_return false;
    auto noting = campaigns_.synced(actor("sync"), id);
    const auto noted = co_await std::move(noting);
    co_return noted.has_value();  // asked again in its turn: it would be refused the same way now
  }
  const auto before = campaign.status;
  bool news = true;
  if (said) {
    const bool refused =
        said->status == CampaignStatus::Rejected || said->status == CampaignStatus::Suspended;
    if (refused && said->rejection_reason.empty()) said->rejection_reason = std::move(reason);
    news = campaign.take(std::move(*said));
  } else {
    campaign.decide(CampaignStatus::Expired, "The Campaign Registry no longer knows it.");
  }
  if (news) {
    auto writing = campaigns_.write(actor("sync"), campaign);
    const auto written = co_await std::move(writing);
    if (!written) {
      count(false, false);
      co_return false;
    }
  }
  if (campaign.status != before)
    log_.info("integrations.campaign_decided", {{"campaign", id},
                                                {"registry_id", campaign.registry_id},
                                                {"before", to_string(before)},
                                                {"status", to_string(campaign.status)}});
  count(true, news);
  auto noting = campaigns_.synced(actor("sync"), id);
  const auto noted = co_await std::move(noting);
  co_return noted.has_value();
}

asio::awaitable<bool> CampaignSync::sync(store::Brand brand) {
  const auto id = brand.id;
  auto asking = ask(registry_, brand.registry_id, &domain::CampaignRegistry::brand);
  auto said = co_await std::move(asking);
  if (!said && said.error().kind != Kind::NotFound) {
    count(false, false);
    if (said.error().kind == Kind::Unavailable) co_return false;
    auto noting = brands_.synced(actor("sync"), id);
    const auto noted = co_await std::move(noting);
    co_return noted.has_value();  // asked again in its turn: it would be refused the same way now
  }
  if (!said) {
    RegisteredBrand gone;
    gone.identity_status = "UNVERIFIED";
    said = std::move(gone);
  }
  const bool news = brand.take(std::move(*said));
  if (news) {
    auto writing = brands_.write(actor("sync"), std::move(brand));
    const auto written = co_await std::move(writing);
    if (!written) {
      count(false, false);
      co_return false;
    }
  }
  count(true, news);
  auto noting = brands_.synced(actor("sync"), id);
  const auto noted = co_await std::move(noting);
  co_return noted.has_value();
}

asio::awaitable<http::Response> CampaignSync::receive(http::Request request) {
  auto event = read_event(settings_.webhook_url, request.body,
                          request.headers.get_or("X-Registry-Signature", ""), settings_.webhook_secret);
  http::Response response;
  if (!event || stopping_ || waiting_.size() >= settings_.waiting) {
    events_refused_.add();
    if (!event) log_.warning("integrations.tcr_event_refused", {{"remote", request.remote}});
    response.status = event ? 503 : 401;
    response.note = event ? "BUSY" : "UNSIGNED";
    co_return response;
  }
  events_taken_.add();
  log_.info("integrations.tcr_event",
            {{"type", event->type}, {"brand", event->brand_id}, {"campaign", event->campaign_id}});
  waiting_.push_back(std::move(*event));
  due_.cancel();
  response.status = 204;
  co_return response;
}

}  // namespace warp::integrations
