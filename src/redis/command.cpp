#include "command.h"

#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <string_view>

#include <hiredis/hiredis.h>

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

// One MULTI at the beginning and its end at the end, or none of them.
bool transaction_whole(const std::vector<Arguments>& commands) {
  const bool begins = named(commands.front(), "multi");
  if (begins != ends_transaction(commands.back())) return false;
  if (begins && commands.size() < 2) return false;
  for (std::size_t i = 1; i + 1 < commands.size(); ++i)
    if (named(commands[i], "multi") || ends_transaction(commands[i])) return false;
  return commands.size() == 1 || !named(commands.back(), "multi");
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
  if (!commands.empty() && !transaction_whole(commands))
    return "MULTI and EXEC must be the first and the last command of one pipeline";
  return std::nullopt;
}

std::string encode(const std::vector<Arguments>& commands) {
  std::string wire;
  std::vector<const char*> texts;
  std::vector<std::size_t> lengths;
  for (const auto& command : commands) {
    texts.clear();
    lengths.clear();
    for (const auto& argument : command) {
      texts.push_back(argument.data());
      lengths.push_back(argument.size());
    }
    char* formatted = nullptr;
    const int length =
        redisFormatCommandArgv(&formatted, static_cast<int>(texts.size()), texts.data(), lengths.data());
    if (length < 0) throw std::bad_alloc();
    const std::unique_ptr<char, void (*)(char*)> owner(formatted, redisFreeCommand);
    wire.append(formatted, static_cast<std::size_t>(length));
  }
  return wire;
}

}  // namespace warp::redis
