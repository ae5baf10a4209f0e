#include "greeting.h"

namespace warp::redis {
namespace {

// Rights of a user may leave these out; we can do without.
bool dispensable(const std::string& name, const Reply& reply) {
  return name == "CLIENT" || (name == "PING" && reply.text().starts_with("NOPERM"));
}

}  // namespace

std::vector<Arguments> greeting(const Settings& settings) {
  std::vector<Arguments> commands;
  if (!settings.url.user.empty())
    commands.push_back({"AUTH", settings.url.user, settings.password});
  else if (!settings.password.empty())
    commands.push_back({"AUTH", settings.password});
  if (!settings.client_name.empty()) commands.push_back({"CLIENT", "SETNAME", settings.client_name});
  if (settings.url.database != 0) commands.push_back({"SELECT", std::to_string(settings.url.database)});
  commands.push_back({"PING"});
  return commands;
}

std::optional<std::string> not_let_in(const std::vector<Arguments>& greeting,
                                      const std::vector<Reply>& replies) {
  for (std::size_t i = 0; i < greeting.size(); ++i) {
    const auto& name = greeting[i].front();
    if (replies[i].is_error() && !dispensable(name, replies[i])) return name + ": " + replies[i].text();
  }
  return std::nullopt;
}

}  // namespace warp::redis
