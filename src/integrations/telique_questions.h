// Of one look-up: which questions it has, under which key their answers are kept, where they are asked, and
// what an answer means. Pure.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "warp/integrations/telique.h"

namespace warp::integrations {

struct TeliqueQuestion {
  domain::Lookups part = 0;  // one bit of LookupRequest::wanted
  TeliqueKind kind = TeliqueKind::Lrn;
  std::uint64_t key = 0;  // of the cache
  std::string path;
};

// `part` is one that askable() left.
TeliqueQuestion question_of(const domain::LookupRequest& request, domain::Lookups part);

// What is kept of an answer; nullopt: it cannot be read. NotFound: `body` is absent.
struct TeliqueFinding {
  std::string text, more;
};
std::optional<TeliqueFinding> finding_of(const TeliqueQuestion& question, const std::string* body);

// Enters what was found into the answer.
void apply(const domain::LookupRequest& request, domain::Lookups part, std::string_view text,
           std::string_view more, domain::LookupAnswer& answer);

inline constexpr std::array<domain::Lookups, 5> kParts{domain::kLookupAniLrn, domain::kLookupDniLrn,
                                                       domain::kLookupCnam, domain::kLookupDno,
                                                       domain::kLookupTollFree};
std::string_view part_name(domain::Lookups part);  // for notes: "LRN", "CNAM", "DNO", "toll-free"

}  // namespace warp::integrations
