// The terminal itself: questions whose answers are not seen, and a screen that is drawn anew.
#pragma once

#include <string>
#include <termios.h>

namespace warp::ctl {

// Asks on /dev/tty; `hidden`: what is typed is not shown. Throws WrongUse when there is no terminal.
std::string asked(const std::string& question, bool hidden);

// The whole screen, keys as they are typed, until destroyed. Throws WrongUse unless standard input and output
// are a terminal.
class Screen {
 public:
  Screen();
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  struct Size {
    unsigned rows = 24, columns = 80;
  };
  Size size() const;
  // Lines are cut at the screen's edge.
  void draw(const std::string& text) const;

 private:
  termios before_{};
};

}  // namespace warp::ctl
