#include "warp/integrations/certificate_fetcher.h"

#include <atomic>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "warp/base/checked.h"
#include "warp/base/text.h"
#include "warp/http/url.h"

namespace warp::integrations {

namespace asio = boost::asio;

// Told once: by the answer, by the deadline, or when the task is destroyed unrun.
struct HttpsCertificateFetcher::Pending {
  explicit Pending(Done d) : done(std::move(d)) {}
  ~Pending() { tell({}); }
  void tell(FetchedCertificate fetched) {
    if (!told.exchange(true)) done(std::move(fetched));
  }
  const Done done;
  std::atomic<bool> told{false};
};

std::optional<std::chrono::seconds> lifetime_of(std::string_view cache_control) {
  std::optional<std::chrono::seconds> lifetime;
  while (!cache_control.empty()) {
    const auto comma = cache_control.find(',');
    const auto directive = trim(cache_control.substr(0, comma));
    cache_control.remove_prefix(comma == cache_control.npos ? cache_control.size() : comma + 1);
    if (iequals(directive, "no-store") || iequals(directive, "no-cache")) return std::chrono::seconds(0);
    constexpr std::string_view kAge = "max-age=";
    if (directive.size() > kAge.size() && iequals(directive.substr(0, kAge.size()), kAge))
      if (const auto seconds = parse_number<std::uint32_t>(directive.substr(kAge.size())))
        lifetime = std::chrono::seconds(*seconds);
  }
  return lifetime;
}

HttpsCertificateFetcher::HttpsCertificateFetcher(CertificateFetchSettings settings,
                                                 std::unique_ptr<http::Client> client, net::TaskGroup& tasks)
    : settings_(std::move(settings)), client_(std::move(client)), tasks_(tasks) {}

Result<std::unique_ptr<HttpsCertificateFetcher>, std::string> HttpsCertificateFetcher::make(
    CertificateFetchSettings settings, net::TaskGroup& tasks) {
  http::ClientSettings client_settings;
  client_settings.private_targets = settings.allow_private;
  client_settings.ca_file = settings.ca_file;
  client_settings.timeout = settings.timeout;
  client_settings.user_agent = settings.user_agent;
  client_settings.body_octets = stir::kLongestPem;
  auto client = http::Client::make(std::move(client_settings));
  if (!client) return client.error();
  return std::unique_ptr<HttpsCertificateFetcher>(
      new HttpsCertificateFetcher(std::move(settings), std::move(*client), tasks));
}

bool HttpsCertificateFetcher::allowed(std::string_view text) const {
  const auto url = http::Url::parse(text);
  return url && url->secure && (settings_.any_port || url->port == 443 || url->port == 8443);
}

void HttpsCertificateFetcher::fetch(std::string url, Done done) {
  auto pending = std::make_shared<Pending>(std::move(done));
  if (!allowed(url)) return pending->tell({});
  // A refused task is destroyed, and with the last of them its `pending`, which tells.
  tasks_.spawn("stir.deadline", give_up(settings_.timeout, pending));
  tasks_.spawn("stir.fetch", carry(std::move(url), std::move(pending)));
}

asio::awaitable<void> HttpsCertificateFetcher::give_up(std::chrono::milliseconds after,
                                                       std::shared_ptr<Pending> pending) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  timer.expires_after(after);
  const auto [error] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  static_cast<void>(error);
  pending->tell({});
}

asio::awaitable<void> HttpsCertificateFetcher::carry(std::string url, std::shared_ptr<Pending> pending) {
  http::ClientRequest request;
  request.method = http::Method::Get;
  request.url = std::move(url);
  request.headers.set("Accept", "application/pem-certificate-chain, application/x-pem-file, */*");
  auto sending = client_->send(std::move(request));
  auto answer = co_await std::move(sending);
  FetchedCertificate fetched;
  fetched.good = answer && answer->status == 200 && answer->complete;
  if (fetched.good) {
    fetched.lifetime = lifetime_of(answer->headers.get_or("Cache-Control", ""));
    fetched.pem = std::move(answer->body);
  }
  pending->tell(std::move(fetched));
}

}  // namespace warp::integrations
