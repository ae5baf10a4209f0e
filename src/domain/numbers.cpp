#include "warp/domain/numbers.h"

#include "names.h"

namespace warp::domain {
namespace {

constexpr std::array<std::string_view, 2> kStages{"entry", "exit"};
constexpr std::array<std::string_view, 2> kSubjects{"called", "calling"};
constexpr std::array<std::string_view, 5> kClasses{"local", "tollfree", "domestic", "international",
                                                   "emergency"};

}  // namespace

std::string_view to_string(NumberStage stage) {
  return name_of(kStages, stage);
}

std::string_view to_string(NumberSubject subject) {
  return name_of(kSubjects, subject);
}

std::optional<NumberStage> parse_number_stage(std::string_view text) {
  return find_name<NumberStage>(kStages, text);
}

std::optional<NumberSubject> parse_number_subject(std::string_view text) {
  return find_name<NumberSubject>(kSubjects, text);
}

std::string_view to_string(NumberClass one) {
  switch (one) {
    case NumberClass::Local:
      return kClasses[0];
    case NumberClass::TollFree:
      return kClasses[1];
    case NumberClass::Domestic:
      return kClasses[2];
    case NumberClass::International:
      return kClasses[3];
    case NumberClass::Emergency:
      return kClasses[4];
  }
  return "";
}

std::optional<NumberClass> parse_number_class(std::string_view text) {
  for (std::size_t i = 0; i < kClasses.size(); ++i)
    if (kClasses[i] == text) return static_cast<NumberClass>(1u << i);
  return std::nullopt;
}

}  // namespace warp::domain
