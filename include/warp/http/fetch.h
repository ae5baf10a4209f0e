// fetch(): a GET that follows some redirects, each judged as the first address was, and takes no more than so
// much. For files whose addresses strangers name.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "warp/http/client.h"

namespace warp::http {

struct FetchLimits {
  std::uint64_t octets = 10u << 20;
  unsigned redirects = 3;
  std::chrono::milliseconds timeout{10'000};  // each hop
};
enum class FetchError : std::uint8_t {
  Forbidden,  // of a scheme or an address that may not be asked
  Failed,     // no answer, or not 200
  TooLarge,
  TooManyRedirects,
};
std::string_view to_string(FetchError error);
struct Fetched {
  std::string content_type;  // type/subtype, or empty
  std::string body;
};

boost::asio::awaitable<Result<Fetched, FetchError>> fetch(Client& client, std::string url,
                                                          FetchLimits limits);

// Where a Location points to from `base`; empty: nowhere.
std::string redirected(std::string_view base, std::string_view location);

}  // namespace warp::http
