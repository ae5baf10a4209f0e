// Reading documents of providers: what is not of the wanted type is not there.
#pragma once

#include <string>

#include "warp/domain/porting_port.h"

namespace warp::integrations {

inline std::string tniq_text(const domain::PortDocument& object, const char* name) {
  if (!object.is_object()) return {};
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}
inline bool tniq_flag(const domain::PortDocument& object, const char* name) {
  if (!object.is_object()) return false;
  const auto found = object.find(name);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

}  // namespace warp::integrations
