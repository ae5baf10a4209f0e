#include "warp/integrations/tcr_webhook.h"

#include <nlohmann/json.hpp>
#include <openssl/crypto.h>
#include <openssl/hmac.h>

#include "base64.h"

namespace warp::integrations {
namespace {

// Members by name, nothing between them: for what TCR's events hold, RFC 8785's form.
using Sorted = nlohmann::json;

// Null unless it is flat: who has not signed yet may not make us walk into depths.
Sorted parse_event(std::string_view body) {
  auto out = Sorted::parse(body, nullptr, false);
  if (!out.is_object()) return {};
  for (const auto& member : out)
    if (member.is_structured()) return {};
  return out;
}

std::string signature_of(std::string_view url, const Sorted& event, std::string_view secret) {
  const auto text = std::string(url) + event.dump(-1, ' ', false, Sorted::error_handler_t::replace);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &length);
  return to_base64({reinterpret_cast<const char*>(digest), length});
}

std::string text_of(const Sorted& event, const char* name) {
  const auto found = event.find(name);
  return found != event.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

std::string sign_event(std::string_view url, std::string_view body, std::string_view secret) {
  const auto event = parse_event(body);
  return event.is_null() ? std::string() : signature_of(url, event, secret);
}

std::optional<TcrEvent> read_event(std::string_view url, std::string_view body, std::string_view signature,
                                   std::string_view secret) {
  if (secret.empty()) return std::nullopt;
  const auto event = parse_event(body);
  if (event.is_null()) return std::nullopt;
  const auto wanted = signature_of(url, event, secret);
  if (signature.size() != wanted.size() || CRYPTO_memcmp(signature.data(), wanted.data(), wanted.size()) != 0)
    return std::nullopt;
  TcrEvent out;
  out.type = text_of(event, "eventType");
  if (out.type.empty()) return std::nullopt;
  out.brand_id = text_of(event, "brandId");
  out.campaign_id = text_of(event, "campaignId");
  out.description = text_of(event, "description");
  return out;
}

}  // namespace warp::integrations
