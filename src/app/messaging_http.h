// The clients by which messaging reaches webhooks, providers and the files that they name.
#pragma once

#include <memory>
#include <stdexcept>
#include <utility>

#include "warp/http/client.h"

namespace warp::app {

inline std::unique_ptr<http::Client> make_messaging_client(http::ClientSettings settings) {
  auto client = http::Client::make(std::move(settings));
  if (!client) throw std::runtime_error(client.error() + "; see messaging.webhooks.ca_file");
  return std::move(*client);
}

}  // namespace warp::app
