#include "warp/identity/password.h"

#include <argon2.h>
#include <array>
#include <optional>
#include <stdexcept>

#include <openssl/rand.h>

#include "warp/base/checked.h"

namespace warp::identity {
namespace {

constexpr std::string_view kHead = "$argon2id$v=19$";
constexpr std::size_t kLongest = 256, kSalt = 16, kHash = 32;

std::optional<std::uint32_t> take_number(std::string_view& text, std::string_view name, char end) {
  if (!text.starts_with(name)) return std::nullopt;
  text.remove_prefix(name.size());
  const auto at = text.find(end);
  if (at == std::string_view::npos) return std::nullopt;
  const auto value = parse_number<std::uint32_t>(text.substr(0, at));
  text.remove_prefix(at + 1);
  return value;
}

std::optional<HashCost> cost_of(std::string_view stored) {
  if (stored.size() > kLongest || !stored.starts_with(kHead)) return std::nullopt;
  stored.remove_prefix(kHead.size());
  const auto memory = take_number(stored, "m=", ',');
  const auto rounds = memory ? take_number(stored, "t=", ',') : std::nullopt;
  const auto lanes = rounds ? take_number(stored, "p=", '$') : std::nullopt;
  if (!lanes) return std::nullopt;
  if (*memory > 256 * 1024 || *rounds > 16 || *lanes > 4) return std::nullopt;
  return HashCost{*memory, *rounds, *lanes};
}

}  // namespace

std::string hash_password(std::string_view secret, const HashCost& cost) {
  std::array<unsigned char, kSalt> salt;
  if (RAND_bytes(salt.data(), static_cast<int>(salt.size())) != 1)
    throw std::runtime_error("no randomness to be had");
  std::array<char, kLongest> text{};
  const int failed =
      argon2id_hash_encoded(cost.rounds, cost.memory_kib, cost.lanes, secret.data(), secret.size(),
                            salt.data(), salt.size(), kHash, text.data(), text.size());
  if (failed != ARGON2_OK) throw std::runtime_error(std::string("argon2: ") + argon2_error_message(failed));
  return text.data();
}

bool verify_password(std::string_view stored, std::string_view secret) {
  if (!cost_of(stored)) return false;
  return argon2id_verify(std::string(stored).c_str(), secret.data(), secret.size()) == ARGON2_OK;
}

bool outdated(std::string_view stored, const HashCost& cost) {
  const auto made = cost_of(stored);
  return !made || made->memory_kib != cost.memory_kib || made->rounds != cost.rounds ||
         made->lanes != cost.lanes;
}

}  // namespace warp::identity
