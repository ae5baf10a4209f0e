#include "warp/webhooks/signature.h"

#include <array>
#include <memory>

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace warp::webhooks {
namespace {

constexpr std::string_view kShared = "whsec_", kSeed = "whsk_";
constexpr std::size_t kSeedOctets = 32, kSignatureOctets = 64;

const unsigned char* octets(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string to_base64(const unsigned char* data, std::size_t size) {
  std::string out(4 * ((size + 2) / 3) + 1, '\0');
  const int written =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), data, static_cast<int>(size));
  out.resize(static_cast<std::size_t>(written));
  return out;
}

std::string from_base64(std::string_view text) {
  std::string out(text.size() / 4 * 3 + 3, '\0');
  const int written = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()), octets(text),
                                      static_cast<int>(text.size()));
  if (written < 0) return {};
  auto length = static_cast<std::size_t>(written);
  for (auto at = text.size(); at > 0 && text[at - 1] == '=' && length > 0; --at)
    --length;
  out.resize(length);
  return out;
}

std::string by_secret(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned length = 0;
  if (!HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), octets(text), text.size(), digest.data(),
            &length))
    return {};
  return "v1," + to_base64(digest.data(), length);
}

std::string by_seed(std::string_view seed, std::string_view text) {
  if (seed.size() != kSeedOctets) return {};
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, octets(seed), seed.size()), EVP_PKEY_free);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  if (!key || !context) return {};
  std::array<unsigned char, kSignatureOctets> signature;
  auto length = signature.size();
  if (EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &length, octets(text), text.size()) != 1)
    return {};
  return "v1a," + to_base64(signature.data(), length);
}

}  // namespace

std::string sign(std::string_view id, std::int64_t timestamp, std::string_view body,
                 std::string_view secret) {
  std::string text(id);
  text.append(".").append(std::to_string(timestamp)).append(".").append(body);
  if (secret.starts_with(kShared)) {
    const auto key = from_base64(secret.substr(kShared.size()));
    return key.empty() ? std::string() : by_secret(key, text);
  }
  if (secret.starts_with(kSeed)) return by_seed(from_base64(secret.substr(kSeed.size())), text);
  return {};
}

std::string signatures(std::string_view id, std::int64_t timestamp, std::string_view body,
                       std::string_view secret, const std::optional<std::string>& previous) {
  auto out = sign(id, timestamp, body, secret);
  if (!previous) return out;
  const auto other = sign(id, timestamp, body, *previous);
  if (!other.empty()) out += (out.empty() ? "" : " ") + other;
  return out;
}

}  // namespace warp::webhooks
