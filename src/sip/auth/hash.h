// Hash: one hash over several pieces. What OpenSSL looks up and allocates for it is kept by each thread.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "warp/sip/auth/digest.h"

struct evp_md_ctx_st;

namespace warp::sip {

// One of an algorithm and thread at a time.
class Hash {
 public:
  static constexpr std::size_t kLongest = 64;
  using Raw = std::array<unsigned char, kLongest>;

  explicit Hash(DigestAlgorithm algorithm);
  Hash& add(std::string_view piece);
  std::size_t end(Raw& raw);  // octets written; 0: the library refuses the algorithm

 private:
  evp_md_ctx_st* context_;
  bool good_;
};

}  // namespace warp::sip
