#include "warp/identity/key_set_cache.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "warp/http/client.h"
#include "warp/identity/jwks.h"

#include "strict_json.h"

namespace warp::identity {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::minutes kFresh{10};
constexpr std::chrono::seconds kBetween{30};  // between fetches for the sake of an unknown kid, or of age
constexpr std::chrono::seconds kRetry{2};     // while there is no set at all
constexpr std::uint64_t kLongestDocument = 256 * 1024;
constexpr std::chrono::seconds kPatience{5};
constexpr int kDocumentDepth = 6;

std::string discovery_of(const KeySource& source) {
  if (!source.discovery_url.empty()) return source.discovery_url;
  auto url = source.issuer;
  while (url.ends_with('/'))
    url.pop_back();
  return url + "/.well-known/openid-configuration";
}

}  // namespace

asio::awaitable<std::optional<std::string>> HttpFetcher::get(std::string url) {
  http::ClientRequest request;
  request.method = http::Method::Get;
  request.url = url;
  request.headers.set("Accept", "application/json");
  request.timeout = kPatience;
  request.body_octets = kLongestDocument;
  auto sending = client_.send(std::move(request));
  auto answer = co_await std::move(sending);
  if (!answer) {
    log_.warning("identity.fetch_failed", {{"url", url}, {"error", http::to_string(answer.error())}});
    co_return std::nullopt;
  }
  if (answer->status != 200 || !answer->complete) {
    log_.warning("identity.fetch_failed",
                 {{"url", url}, {"status", answer->status}, {"complete", answer->complete}});
    co_return std::nullopt;
  }
  co_return std::move(answer->body);
}

struct KeySetCache::State {
  State(Fetcher& by, KeySource of, const Clock& time, log::Logger& to)
      : fetcher(by), source(std::move(of)), clock(time), log(to) {}

  bool allowed(std::string_view url) const {
    return url.starts_with("https://") || (source.allow_http && url.starts_with("http://"));
  }
  bool usable() const { return set && clock.now() - fetched_at <= source.max_stale; }
  bool wanted(const std::string& kid) const {
    if (!usable()) return true;
    return clock.now() - fetched_at > kFresh || (!kid.empty() && !set->knows(kid));
  }
  bool may_ask() const {
    const auto between = usable() ? kBetween : kRetry;
    return !asked_at || clock.now() - *asked_at >= between;
  }

  Fetcher& fetcher;
  const KeySource source;
  const Clock& clock;
  log::Logger& log;
  std::shared_ptr<const KeySet> set;  // shared with those who verify by it
  Monotonic fetched_at{};
  std::optional<Monotonic> asked_at;
  std::shared_ptr<asio::steady_timer> under_way;  // never due; cancelled when the fetch has ended
};

namespace {

// The address of the keys out of the discovery document, if it is the issuer's.
std::optional<std::string> keys_url(const KeySource& source, std::string_view document) {
  const auto parsed = parse_object(document, kDocumentDepth);
  if (!parsed) return std::nullopt;
  const auto issuer = parsed->find("issuer"), url = parsed->find("jwks_uri");
  if (issuer == parsed->end() || !issuer->is_string() || *issuer != source.issuer) return std::nullopt;
  if (url == parsed->end() || !url->is_string()) return std::nullopt;
  return url->get<std::string>();
}

// Wakes those who wait for a fetch, however it ends.
class Wake {
 public:
  explicit Wake(std::shared_ptr<asio::steady_timer>& under_way) : under_way_(under_way) {}
  ~Wake() {
    under_way_->cancel();
    under_way_.reset();
  }
  Wake(const Wake&) = delete;
  Wake& operator=(const Wake&) = delete;

 private:
  std::shared_ptr<asio::steady_timer>& under_way_;
};

template <class State>
asio::awaitable<std::optional<KeySet>> fetch_set(std::shared_ptr<State> state) {
  const auto& source = state->source;
  const auto refused = [&](const char* why) {
    state->log.warning("identity.keys_refused", {{"issuer", source.issuer}, {"why", why}});
  };
  const auto discovery = discovery_of(source);
  if (!state->allowed(discovery)) {
    refused("the discovery document is not at an https address");
    co_return std::nullopt;
  }
  auto asking = state->fetcher.get(discovery);
  const auto document = co_await std::move(asking);
  if (!document) co_return std::nullopt;
  const auto url = keys_url(source, *document);
  if (!url || !state->allowed(*url)) {
    refused("the discovery document is not this issuer's, or names no address of keys that may be used");
    co_return std::nullopt;
  }
  auto asking_keys = state->fetcher.get(*url);
  const auto keys = co_await std::move(asking_keys);
  if (!keys) co_return std::nullopt;
  auto parsed = parse_key_set(*keys);
  if (!parsed) {
    refused(parsed.error().c_str());
    co_return std::nullopt;
  }
  co_return std::move(*parsed);
}

template <class State>
asio::awaitable<void> fetch(std::shared_ptr<State> state) {
  state->asked_at = state->clock.now();
  const auto executor = co_await asio::this_coro::executor;
  state->under_way = std::make_shared<asio::steady_timer>(executor);
  state->under_way->expires_at(asio::steady_timer::time_point::max());
  const Wake wake(state->under_way);
  auto fetching = fetch_set(state);
  auto fetched = co_await std::move(fetching);
  if (!fetched) co_return;
  state->set = std::make_shared<const KeySet>(std::move(*fetched));
  state->fetched_at = state->clock.now();
}

asio::awaitable<void> wait_for(std::shared_ptr<asio::steady_timer> end) {
  [[maybe_unused]] const auto [ended] = co_await end->async_wait(asio::as_tuple(asio::use_awaitable));
}

}  // namespace

KeySetCache::KeySetCache(Fetcher& fetcher, KeySource source, const Clock& clock, log::Logger& log)
    : state_(std::make_shared<State>(fetcher, std::move(source), clock, log)) {}

KeySetCache::~KeySetCache() = default;

asio::awaitable<std::shared_ptr<const KeySet>> KeySetCache::find(std::string kid) {
  const auto state = state_;
  if (state->wanted(kid)) {
    if (const auto under_way = state->under_way) {
      // Who can do with what is there does not wait.
      const bool enough = state->usable() && (kid.empty() || state->set->knows(kid));
      if (!enough) co_await wait_for(under_way);
    } else if (state->may_ask()) {
      auto fetching = fetch(state);
      co_await std::move(fetching);
    }
  }
  co_return state->usable() ? state->set : nullptr;
}

}  // namespace warp::identity
