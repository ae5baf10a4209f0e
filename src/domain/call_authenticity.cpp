#include "warp/domain/call_authenticity.h"

namespace warp::domain {

std::string_view to_string(Verstat verstat) {
  switch (verstat) {
    case Verstat::NoTnValidation:
      return "No-TN-Validation";
    case Verstat::Passed:
      return "TN-Validation-Passed";
    case Verstat::Failed:
      return "TN-Validation-Failed";
  }
  return "";
}

}  // namespace warp::domain
