#include "warp/domain/porting_port.h"

namespace warp::domain {

std::string_view to_string(PortAction action) {
  switch (action) {
    case PortAction::Validate:
      return "validate";
    case PortAction::Details:
      return "details";
    case PortAction::Submit:
      return "submit";
    case PortAction::Resubmit:
      return "resubmit";
    case PortAction::Supplement:
      return "supplement";
    case PortAction::Cancel:
      return "cancel";
    case PortAction::Activate:
      return "activate";
    case PortAction::AutoFix:
      return "auto_fix";
    case PortAction::Look:
      return "look";
  }
  return "";
}

}  // namespace warp::domain
