#include <array>
#include <fstream>
#include <memory>
#include <vector>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <openssl/evp.h>

#include "warp/store/record_archive.h"

namespace warp::store {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kPiece = 1 << 20;

struct FreeDigest {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

std::string hex(std::span<const unsigned char> octets) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const auto octet : octets) {
    out += kDigits[octet >> 4];
    out += kDigits[octet & 15];
  }
  return out;
}

}  // namespace

asio::awaitable<std::string> sha256_of(std::filesystem::path file) {
  const auto executor = co_await asio::this_coro::executor;
  std::ifstream in(file, std::ios::binary);
  const std::unique_ptr<EVP_MD_CTX, FreeDigest> context(EVP_MD_CTX_new());
  if (!in || EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1) co_return std::string();
  std::vector<char> piece(kPiece);
  while (in) {
    in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    if (in.bad()) co_return std::string();
    EVP_DigestUpdate(context.get(), piece.data(), static_cast<std::size_t>(in.gcount()));
    co_await asio::post(executor, asio::use_awaitable);
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_DigestFinal_ex(context.get(), digest.data(), &size);
  co_return hex({digest.data(), size});
}

}  // namespace warp::store
