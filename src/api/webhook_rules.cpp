#include "webhook_rules.h"

#include <arpa/inet.h>
#include <array>
#include <memory>
#include <stdexcept>

#include <boost/asio/ip/address.hpp>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "warp/base/text.h"
#include "warp/http/public_address.h"
#include "warp/http/url.h"

namespace warp::api {
namespace {

constexpr std::string_view kSeed = "whsk_";
constexpr std::size_t kOctets = 32;
using SecretOctets = std::array<unsigned char, kOctets>;

std::string to_base64(const SecretOctets& octets) {
  std::array<char, 4 * ((kOctets + 2) / 3) + 1> text{};
  const int written = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), octets.data(), kOctets);
  return {text.data(), static_cast<std::size_t>(written)};
}

// The address that a host is without any look-up, in any of the forms that resolvers take: 127.1, 0x7f000001,
// 2130706433.
std::optional<boost::asio::ip::address> literal(const std::string& host) {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(host, error);
  if (!error) return address;
  in_addr old{};
  if (inet_aton(host.c_str(), &old) == 0) return std::nullopt;
  return boost::asio::ip::address_v4(ntohl(old.s_addr));
}

bool names_this_machine(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  if (iequals(host, "localhost")) return true;
  constexpr std::string_view kBelow = ".localhost";
  return host.size() > kBelow.size() && iequals(host.substr(host.size() - kBelow.size()), kBelow);
}

}  // namespace

std::optional<std::string> wrong_target(std::string_view text, const WebhookSettings& settings) {
  const auto url = http::Url::parse(text);
  if (!url) return "must be an absolute https:// URL without user information";
  if (!url->secure && !settings.allow_http) return "must begin with https://";
  if (settings.allow_private) return std::nullopt;
  const auto address = literal(url->host);
  if (names_this_machine(url->host) || (address && !http::is_public(*address)))
    return "must not name a private or reserved address";
  return std::nullopt;
}

std::string make_webhook_secret(std::string_view signature) {
  SecretOctets octets;
  if (RAND_bytes(octets.data(), kOctets) != 1) throw std::runtime_error("no randomness to be had");
  return (signature == "ed25519" ? std::string(kSeed) : std::string("whsec_")) + to_base64(octets);
}

std::string public_key_of(std::string_view secret) {
  if (!secret.starts_with(kSeed)) return {};
  secret.remove_prefix(kSeed.size());
  std::array<unsigned char, kOctets + 4> seed{};
  if (secret.size() != 44 ||
      EVP_DecodeBlock(seed.data(), reinterpret_cast<const unsigned char*>(secret.data()), 44) < 0)
    return {};
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), kOctets), EVP_PKEY_free);
  SecretOctets open{};
  auto size = open.size();
  if (!key || EVP_PKEY_get_raw_public_key(key.get(), open.data(), &size) != 1) return {};
  return "whpk_" + to_base64(open);
}

}  // namespace warp::api
