#include "command.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "warp/base/text.h"

namespace warp::redis {
namespace {

// They change the connection for all who share it, or keep all others waiting.
constexpr std::array<std::string_view, 26> kNotShared = {
    "auth",         "hello",        "select", "quit",      "reset",      "watch",      "unwatch",
    "monitor",      "sync",         "psync",  "subscribe", "psubscribe", "ssubscribe", "unsubscribe",
    "punsubscribe", "sunsubscribe", "blpop",  "brpop",     "brpoplpush", "blmove",     "blmpop",
    "bzpopmin",     "bzpopmax",     "bzmpop", "wait",      "shutdown"};

bool named(const Arguments& command, std::string_view name) {
  return !command.empty() && iequals(command.front(), name);
}

bool shared(const Arguments& command) {
  if (named(command, "client") && command.size() > 1 && iequals(command[1], "reply")) return false;
  if (named(command, "xread") || named(command, "xreadgroup"))
    return std::none_of(command.begin(), command.end(),
                        [](const std::string& word) { return iequals(word, "block"); });
  return std::none_of(kNotShared.begin(), kNotShared.end(),
                      [&](std::string_view name) { return named(command, name); });
}

bool ends_transaction(const Arguments& command) {
  return named(command, "exec") || named(command, "discard");
}

// Transactions follow each other or stand among other commands; each one ends, none is in another.
bool transactions_whole(const std::vector<Arguments>& commands) {
  bool open = false;
  for (const Arguments& command : commands) {
    const bool begins = named(command, "multi");
    if (!begins && !ends_transaction(command)) continue;
    if (begins == open) return false;
    open = begins;
  }
  return !open;
}

}  // namespace

std::optional<std::string> refusal(const std::vector<Arguments>& commands, std::size_t max_octets) {
  constexpr std::size_t kPerArgument = 16;  // length and line ends
  std::size_t octets = 0;
  for (const auto& command : commands) {
    if (command.empty() || command.front().empty()) return "a command without a name";
    if (!shared(command)) return command.front() + " cannot be sent on a shared connection";
    for (const auto& argument : command)
      octets += argument.size() + kPerArgument;
  }
  if (octets > max_octets) return "the command is longer than max_unsent_octets";
  if (!transactions_whole(commands)) return "what MULTI begins must end within the same pipeline";
  return std::nullopt;
}

std::string encode(const std::vector<Arguments>& commands) {
  constexpr std::size_t kPerArgument = 16;
  std::size_t octets = 0;
  for (const auto& command : commands) {
    octets += kPerArgument;
    for (const auto& argument : command)
      octets += argument.size() + kPerArgument;
  }
  std::string wire;
  wire.reserve(octets);
  const auto line = [&wire](char type, std::size_t number) {
    std::array<char, 24> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    wire += type;
    wire.append(digits.data(), end);
    wire += "\r\n";
  };
  for (const auto& command : commands) {
    line('*', command.size());
    for (const auto& argument : command) {
      line('$', argument.size());
      wire += argument;
      wire += "\r\n";
    }
  }
  return wire;
}

}  // namespace warp::redis
