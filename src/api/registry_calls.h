// Asking the registry of brands and campaigns from a coroutine, and what its answers mean to a client.
#pragma once

#include "warp/domain/campaign_registry.h"
#include "warp/net/completion.h"
#include "warp/store/brands.h"
#include "warp/store/campaigns.h"

#include "registry_fields.h"

namespace warp::api {

using domain::RegisteredBrand;
using domain::RegisteredCampaign;
using domain::RegistryAnswer;
using domain::RegistryError;
using domain::RegistryResult;

// `start` calls the registry with the `done` that it is given.
template <class T, class Start>
boost::asio::awaitable<RegistryResult<T>> ask_registry(Start start) {
  using Completion = net::Completion<RegistryResult<T>>;
  auto begin = [start = std::move(start)](std::unique_ptr<Completion> completion) mutable {
    std::shared_ptr<Completion> kept = std::move(completion);
    start([kept](RegistryResult<T> result) { kept->complete(std::move(result)); });
  };
  auto asking = net::suspend<RegistryResult<T>>(std::move(begin));
  co_return co_await std::move(asking);
}

// NOT_FOUND, TNIQ_VALIDATION or TNIQ_ERROR.
Failure from_registry(const RegistryError& error, std::string_view what);
// Why nobody can be asked about this object: there is no registry, or the object is of another one.
std::optional<Failure> no_registry(const Services& services);
std::optional<Failure> other_registry(const Services& services, const std::string& owner);
// Something that stands at the registry and not here: the client can adopt it by its id.
Failure orphaned(const store::Error& error, const char* what, const char* name, const std::string& id);

bool is_test_key(const Call& call);
bool is_registry_id(std::string_view id);

// As answers show them.
Json show_brand(const store::Brand& brand);
Json show_campaign(const store::Campaign& campaign);
Schema brand_schema();
Schema campaign_schema();

// What the registry says now, written when it is news.
boost::asio::awaitable<Outcome<store::Brand>> refreshed(Services& services, store::Actor writer,
                                                        store::Brand brand);
boost::asio::awaitable<Outcome<store::Campaign>> refreshed(Services& services, store::Actor writer,
                                                           store::Campaign campaign);
// A brand of the registry as the customer's own: as it stands when it is that already, NOT_FOUND when it is
// somebody else's or unknown. `made` says whether it is new here.
boost::asio::awaitable<Outcome<store::Brand>> adopted(Services& services, store::Actor writer,
                                                      CustomerId customer, std::string registry_id,
                                                      bool& made);

}  // namespace warp::api
