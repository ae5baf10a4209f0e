#include "warp/numbering/askable.h"

#include "plan.h"

namespace warp::numbering {

domain::Lookups askable(const domain::LookupRequest& request) {
  constexpr std::size_t kShortest = 10, kLongest = 15;
  const bool from = is_nanp(request.ani), to = is_nanp(request.dni);
  const bool from_free = is_toll_free(request.ani), to_free = is_toll_free(request.dni);
  domain::Lookups sensible = 0;
  if (from && !from_free) sensible |= domain::kLookupAniLrn;
  if (to && !to_free) sensible |= domain::kLookupDniLrn;
  if (from) sensible |= domain::kLookupDno;
  if (to_free && from && !from_free) sensible |= domain::kLookupTollFree;
  if (request.ani.size() >= kShortest && request.ani.size() <= kLongest) sensible |= domain::kLookupCnam;
  return static_cast<domain::Lookups>(request.wanted & sensible);
}

std::string_view national(std::string_view e164) {
  return is_nanp(e164) ? e164.substr(1) : std::string_view();
}

}  // namespace warp::numbering
