#include "warp/http/fetch.h"

#include "warp/http/media_type.h"
#include "warp/http/url.h"

namespace warp::http {
namespace {

bool is_redirect(unsigned status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

FetchError failed_with(ClientError error) {
  switch (error) {
    case ClientError::BadUrl:
    case ClientError::PlainRefused:
    case ClientError::AddressForbidden:
      return FetchError::Forbidden;
    case ClientError::TooLarge:
      return FetchError::TooLarge;
    case ClientError::NoSuchHost:
    case ClientError::ConnectFailed:
    case ClientError::TlsFailed:
    case ClientError::TimedOut:
    case ClientError::Broken:
      return FetchError::Failed;
  }
  return FetchError::Failed;
}

}  // namespace

std::string_view to_string(FetchError error) {
  switch (error) {
    case FetchError::Forbidden:
      return "forbidden";
    case FetchError::Failed:
      return "failed";
    case FetchError::TooLarge:
      return "too_large";
    case FetchError::TooManyRedirects:
      return "too_many_redirects";
  }
  return "";
}

std::string redirected(std::string_view base, std::string_view location) {
  if (location.find("://") != std::string_view::npos) return std::string(location);
  const auto url = Url::parse(base);
  if (!url || !location.starts_with('/') || location.starts_with("//")) return {};
  return (url->secure ? "https://" : "http://") + url->authority() + std::string(location);
}

boost::asio::awaitable<Result<Fetched, FetchError>> fetch(Client& client, std::string url,
                                                          FetchLimits limits) {
  for (unsigned hop = 0;; ++hop) {
    ClientRequest request;
    request.method = Method::Get;
    request.url = url;
    request.timeout = limits.timeout;
    request.body_octets = limits.octets + 1;
    auto sending = client.send(std::move(request));
    auto answer = co_await std::move(sending);
    if (!answer) co_return failed_with(answer.error());
    if (is_redirect(answer->status)) {
      if (hop >= limits.redirects) co_return FetchError::TooManyRedirects;
      url = redirected(url, answer->headers.get_or("Location", ""));
      if (url.empty()) co_return FetchError::Failed;
      continue;
    }
    if (answer->status != 200) co_return FetchError::Failed;
    if (answer->body.size() > limits.octets) co_return FetchError::TooLarge;
    if (!answer->complete) co_return FetchError::Failed;
    co_return Fetched{media_type(answer->headers.get_or("Content-Type", "")), std::move(answer->body)};
  }
}

}  // namespace warp::http
