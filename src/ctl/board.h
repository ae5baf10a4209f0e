// What `warpctl top` shows: the newest of each object that live topics speak of.
#pragma once

#include <map>
#include <string>

#include "ctl/session.h"

namespace warp::ctl {

class Board {
 public:
  // A frame of /live: a snapshot replaces what was known of its topic, an event changes one object.
  void take(const Json& frame);
  void say(const std::string& state) { state_ = state; }
  // At most so many lines.
  std::string text(unsigned rows) const;

 private:
  using Rows = std::map<std::string, Json>;
  template <class Columns>
  std::string table(const std::string& topic, const Columns& columns, std::size_t most) const;
  std::string summary() const;

  std::map<std::string, Rows> topics_;
  std::map<std::string, std::string> refused_;
  std::string state_ = "connecting";
};

}  // namespace warp::ctl
