#include "warp/domain/target_health.h"

namespace warp::domain {

std::string_view to_string(Health health) {
  switch (health) {
    case Health::Up:
      return "up";
    case Health::Down:
      return "down";
    case Health::Open:
      return "open";
    case Health::HalfOpen:
      return "half_open";
  }
  return "";
}

}  // namespace warp::domain
