#include "hash.h"

#include <memory>

#include <openssl/evp.h>

namespace warp::sip {

static_assert(Hash::kLongest >= EVP_MAX_MD_SIZE);

namespace {

// Looked up once: by name it is a search under a lock each time.
const EVP_MD* function_of(DigestAlgorithm algorithm) {
  static const EVP_MD* const md5 = EVP_MD_fetch(nullptr, "MD5", nullptr);
  static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return algorithm == DigestAlgorithm::Md5 ? md5 : sha256;
}

EVP_MD_CTX* context_of(DigestAlgorithm algorithm) {
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  thread_local std::array<std::unique_ptr<EVP_MD_CTX, Free>, kDigestAlgorithms> contexts;
  auto& context = contexts[static_cast<std::size_t>(algorithm)];
  if (context == nullptr) context.reset(EVP_MD_CTX_new());
  return context.get();
}

}  // namespace

Hash::Hash(DigestAlgorithm algorithm) : context_(context_of(algorithm)) {
  const EVP_MD* function = function_of(algorithm);
  good_ = context_ != nullptr && function != nullptr && EVP_DigestInit_ex(context_, function, nullptr) == 1;
}

Hash& Hash::add(std::string_view piece) {
  good_ = good_ && EVP_DigestUpdate(context_, piece.data(), piece.size()) == 1;
  return *this;
}

std::size_t Hash::end(Raw& raw) {
  unsigned length = 0;
  good_ = good_ && EVP_DigestFinal_ex(context_, raw.data(), &length) == 1;
  return good_ ? length : 0;
}

}  // namespace warp::sip
