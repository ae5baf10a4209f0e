// Terms: what we and one side have said to one another about a stream, as domain::MediaTerms. It does not
// matter who offered: each side's terms come from our description and its own alone.
#pragma once

#include <array>
#include <memory>

#include "warp/domain/media_terms.h"
#include "warp/domain/policy/media.h"
#include "warp/sdp/session.h"

namespace warp::calls {

// What was said about one stream between us and one side.
struct Said {
  const sdp::Session* ours = nullptr;
  const sdp::Session* theirs = nullptr;
  const domain::MediaPolicy* policy = nullptr;
  bool answered_by_us = false;  // else by them: whose order of codecs counts
};

domain::MediaTerms terms_of(const Said& said, std::size_t stream);

// How long packets of each format are, rounded to what its codec can do. `ptime` is in milliseconds.
inline constexpr unsigned kUsualPtime = 20;
void set_ptimes(domain::MediaTerms& terms, unsigned ptime);

// Both sides of a stream together: the codec that both share comes first on either; packets are as long on
// one as on the other unless a policy has a wish. Where no policy has any and the sides number their formats
// differently, as each may, the formats are left out: packets pass as they are.
void settle_terms(domain::MediaTerms& offerer, domain::MediaTerms& answerer, const Said& offerer_said,
                  const Said& answerer_said, std::size_t stream);

// Terms without keys are alike in most calls, and shared by them. Used by one shard.
class TermsCache {
 public:
  std::shared_ptr<const domain::MediaTerms> of(domain::MediaTerms&& terms);

 private:
  std::array<std::shared_ptr<const domain::MediaTerms>, 16> known_;
  std::size_t next_ = 0;
};

}  // namespace warp::calls
