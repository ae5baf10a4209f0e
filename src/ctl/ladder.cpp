#include "ctl/ladder.h"

#include <algorithm>
#include <vector>

namespace warp::ctl {
namespace {

constexpr std::size_t kLane = 30;
const std::string kPlatform = "WARP";

// The start line; what came from the network must not steer the terminal.
std::string start_line(const Json& message) {
  auto text = member_text(message, "text");
  text.resize(std::min(text.find_first_of("\r\n"), text.size()));
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7f'; },
      '?');
  if (text.starts_with("SIP/2.0 ")) text.erase(0, 8);
  if (text.size() > kLane - 4) text.resize(kLane - 4);
  return text;
}

std::size_t place_of(std::vector<std::string>& parties, const std::string& party) {
  const auto found = std::find(parties.begin(), parties.end(), party);
  if (found != parties.end()) return static_cast<std::size_t>(found - parties.begin());
  parties.push_back(party);
  return parties.size() - 1;
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

// "|--INVITE sip:…-->|" between two lanes, whichever is left.
std::string arrow(std::size_t from, std::size_t to, std::size_t lanes, const std::string& text) {
  std::string line(kLane * (lanes - 1) + 1, ' ');
  for (std::size_t lane = 0; lane < lanes; ++lane)
    line[lane * kLane] = '|';
  const auto left = std::min(from, to) * kLane + 1, right = std::max(from, to) * kLane - 1;
  for (auto i = left; i <= right && from != to; ++i)
    line[i] = '-';
  if (from < to) line[right] = '>';
  if (from > to) line[left] = '<';
  const auto start = from == to ? std::min(left, line.size()) : left + 1;
  line.replace(start, std::min(text.size(), line.size() - start), text);
  return line;
}

}  // namespace

std::string ladder_of(const Json& trace) {
  const auto& messages = trace.is_object() && trace.contains("messages") ? trace["messages"] : trace;
  if (!messages.is_array() || messages.empty()) return "no messages\n";
  struct Step {
    std::string at, text;
    std::size_t from, to;
  };
  std::vector<std::string> parties;
  std::vector<Step> steps;
  for (const auto& message : messages) {
    const bool sent = message.contains("sent") && message["sent"] == true;
    const auto remote = member_text(message, "remote");
    const auto from = place_of(parties, sent ? kPlatform : remote);
    const auto to = place_of(parties, sent ? remote : kPlatform);
    steps.push_back({member_text(message, "at"), start_line(message), from, to});
  }
  constexpr std::size_t kTime = 29;
  std::string out(kTime, ' ');
  for (const auto& party : parties)
    out += padded(party, kLane);
  out += '\n';
  for (const auto& step : steps)
    out += padded(step.at, kTime) + arrow(step.from, step.to, parties.size(), step.text) + '\n';
  return out;
}

}  // namespace warp::ctl
