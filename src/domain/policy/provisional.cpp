#include "warp/domain/policy/provisional.h"

#include <array>

namespace warp::domain {
namespace {

constexpr std::array<std::string_view, 3> kReliable{"off", "supported", "required"};
constexpr std::array<std::string_view, 3> kRedirect{"next_route", "follow", "refuse"};

}  // namespace

void describe(ProvisionalPolicy& p, PolicyFields& fields) {
  fields.choice("reliable", p.reliable, kReliable, "Reliable provisional responses (100rel) on this side.");
  fields.flag("early_media", p.early_media, "Descriptions in 18x go on to this side.");
  fields.choice("redirect", p.redirect, kRedirect, "What a 3xx from this side means.");
  fields.number("most_redirects", p.most_redirects, 0, 20, "Contacts followed for one call.");
}

}  // namespace warp::domain
