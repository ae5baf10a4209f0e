#include "ctl/terminal.h"

#include <cstdio>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "ctl/session.h"

namespace warp::ctl {
namespace {

void say(int descriptor, const std::string& text) {
  for (std::size_t from = 0; from < text.size();) {
    const auto count = write(descriptor, text.data() + from, text.size() - from);
    if (count <= 0) return;
    from += static_cast<std::size_t>(count);
  }
}

// Of at most so many columns; octets that continue a character take no room.
std::string cut(const std::string& line, unsigned columns) {
  unsigned used = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if ((line[i] & 0xc0) == 0x80) continue;
    if (used++ == columns) return line.substr(0, i);
  }
  return line;
}

}  // namespace

std::string asked(const std::string& question, bool hidden) {
  const int tty = open("/dev/tty", O_RDWR | O_CLOEXEC);
  if (tty < 0) throw WrongUse("there is no terminal to ask on");
  termios before{};
  tcgetattr(tty, &before);
  if (hidden) {
    auto quiet = before;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(tty, TCSAFLUSH, &quiet);
  }
  say(tty, question);
  std::string line;
  for (char c = 0; line.size() < 1024 && read(tty, &c, 1) == 1 && c != '\n';)
    line += c;
  if (hidden) {
    tcsetattr(tty, TCSAFLUSH, &before);
    say(tty, "\n");
  }
  close(tty);
  return line;
}

Screen::Screen() {
  if (isatty(0) == 0 || isatty(1) == 0) throw WrongUse("this needs a terminal");
  tcgetattr(0, &before_);
  auto raw = before_;
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  tcsetattr(0, TCSANOW, &raw);
  say(1, "\x1b[?1049h\x1b[?25l");
}

Screen::~Screen() {
  say(1, "\x1b[?25h\x1b[?1049l");
  tcsetattr(0, TCSANOW, &before_);
}

Screen::Size Screen::size() const {
  winsize seen{};
  if (ioctl(1, TIOCGWINSZ, &seen) != 0 || seen.ws_row == 0 || seen.ws_col == 0) return {};
  return {seen.ws_row, seen.ws_col};
}

void Screen::draw(const std::string& text) const {
  const auto room = size();
  std::string out = "\x1b[H";
  unsigned row = 0;
  for (std::size_t from = 0; from < text.size() && row < room.rows; ++row) {
    const auto end = std::min(text.find('\n', from), text.size());
    if (row != 0) out += "\r\n";
    out += cut(text.substr(from, end - from), room.columns) + "\x1b[K";
    from = end + 1;
  }
  say(1, out + "\x1b[J");
}

}  // namespace warp::ctl
