#include "warp/domain/jurisdiction.h"

#include <array>

#include "names.h"

namespace warp::domain {

namespace {

constexpr std::array<std::string_view, 7> kNames{"UNKNOWN",    "LOCAL",         "INTRALATA", "INTRASTATE",
                                                 "INTERSTATE", "INTERNATIONAL", "TOLLFREE"};

}  // namespace

std::string_view to_string(Jurisdiction one) {
  return name_of(kNames, one);
}

std::optional<Jurisdiction> parse_jurisdiction(std::string_view text) {
  return find_name<Jurisdiction>(kNames, text);
}

}  // namespace warp::domain
