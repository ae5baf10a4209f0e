#include "ctl/guess.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace warp::ctl {
namespace {

constexpr std::size_t kNear = 2;

std::vector<const CLI::App*> below(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

const CLI::App* command_of(const CLI::App& app, const std::string& word) {
  for (const auto* command : below(app))
    if (command->check_name(word)) return command;
  return nullptr;
}

std::vector<std::string> commands_below(const CLI::App& app) {
  std::vector<std::string> out;
  for (const auto* command : below(app))
    out.push_back(command->get_name());
  return out;
}

// The nearest, if it is near; what only begins so is nearer than what is spelt otherwise.
std::string meant(const std::vector<std::string>& commands, const std::string& word) {
  std::string best;
  std::size_t least = kNear + 1;
  for (const auto& command : commands) {
    const auto away = command.starts_with(word) ? 1 : distance(command, word);
    if (away >= least || away >= word.size()) continue;
    least = away;
    best = command;
  }
  return best;
}

// The value of an option is no command.
bool takes_next(const CLI::App& app, const std::string& word) {
  if (word.find('=') != std::string::npos) return false;
  for (const auto* at = &app; at != nullptr; at = at->get_parent())
    if (const auto* option = at->get_option_no_throw(word)) return option->get_items_expected_max() > 0;
  return false;
}

}  // namespace

std::size_t distance(std::string_view one, std::string_view other) {
  std::vector<std::size_t> row(other.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= one.size(); ++i) {
    auto diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= other.size(); ++j) {
      const auto replaced = diagonal + (one[i - 1] == other[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row.back();
}

std::string wrong_command(const CLI::App& app, const std::vector<std::string>& words) {
  const auto* at = &app;
  std::string path = app.get_name().empty() ? "warpctl" : app.get_name(), wrong;
  for (std::size_t i = 0; i < words.size() && wrong.empty(); ++i) {
    if (words[i].starts_with('-')) {
      if (takes_next(*at, words[i])) ++i;
      continue;
    }
    const auto* next = command_of(*at, words[i]);
    if (next == nullptr) {
      wrong = words[i];
    } else {
      at = next;
      path += " " + words[i];
    }
  }
  const auto commands = commands_below(*at);
  if (commands.empty()) return {};
  std::string out = wrong.empty() ? path + " wants a command" : path + " has no command " + wrong;
  if (const auto near = wrong.empty() ? std::string() : meant(commands, wrong); !near.empty())
    return out + "; did you mean " + near + "?\n";
  out += ":";
  for (const auto& command : commands)
    out += " " + command;
  return out + "\n";
}

}  // namespace warp::ctl
