// Passwords and PINs as they are stored: argon2id in its own text form, "$argon2id$v=19$m=…,t=…,p=…$…$…".
// Both calls take their time (some 20 ms at the cost of passwords): not on a thread that others wait for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace warp::identity {

struct HashCost {
  std::uint32_t memory_kib = 19 * 1024, rounds = 2, lanes = 1;
};
// A PIN of a few digits is guarded by its lock, not by its hash.
constexpr HashCost kPinCost{4 * 1024, 1, 1};

// Throws std::runtime_error when there is no memory or no randomness.
std::string hash_password(std::string_view secret, const HashCost& cost = {});
// False as well for a text that is none of ours, or asks for more than 256 MiB or 16 rounds.
bool verify_password(std::string_view stored, std::string_view secret);
// Made with another cost than this: to be hashed anew when it is known.
bool outdated(std::string_view stored, const HashCost& cost = {});

}  // namespace warp::identity
