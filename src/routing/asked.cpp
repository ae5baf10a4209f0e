#include "asked.h"

namespace warp::routing {
namespace {

using domain::Jurisdiction;

// Digits of the country code that a number begins with (ITU-T E.164, by its zones).
std::size_t country_code_length(std::string_view e164) {
  if (e164.empty()) return 0;
  if (e164[0] == '1' || e164[0] == '7') return 1;
  if (e164.size() < 2) return e164.size();
  constexpr std::string_view kTwoDigits =
      "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 "
      "82 84 86 90 91 92 93 94 95 98 ";
  const auto found = kTwoDigits.find(e164.substr(0, 2));
  return found != std::string_view::npos && found % 3 == 0 ? 2 : 3;
}

std::string_view country_code(std::string_view e164) {
  return e164.substr(0, country_code_length(e164));
}

Jurisdiction known_jurisdiction(const RouteQuery& query) {
  return query.numbers ? query.numbers->jurisdiction : jurisdiction_of(query.ani, query.dni);
}

}  // namespace

Jurisdiction jurisdiction_of(std::string_view ani, std::string_view dni) {
  if (ani.empty() || dni.empty()) return Jurisdiction::Unknown;
  return country_code(ani) == country_code(dni) ? Jurisdiction::Unknown : Jurisdiction::International;
}

Asked::Asked(const RouteQuery& from)
    : query(from), jurisdiction(known_jurisdiction(from)), dialled(from.dni), calling(from.ani) {
  if (!from.numbers) return;
  if (!from.numbers->routing.empty() && from.numbers->routing != from.dni)
    ported.emplace(from.numbers->routing);
  if (jurisdiction != Jurisdiction::TollFree) return;
  const std::string_view origin = from.numbers->rated.empty() ? from.ani : from.numbers->rated;
  if (!origin.empty()) by_origin.emplace(origin);
}

}  // namespace warp::routing
