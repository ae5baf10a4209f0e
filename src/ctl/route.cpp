#include <cstdio>
#include <memory>

#include "ctl/commands.h"

namespace warp::ctl {
namespace {

struct Test {
  std::string from, to, trunk, at, lrn;
  unsigned duration = 60;
};

std::string path_of_test(const Test& test) {
  std::string path = "/routing/explain?from=" + escaped(test.from) + "&to=" + escaped(test.to) +
                     "&duration_seconds=" + std::to_string(test.duration);
  if (!test.trunk.empty()) path += "&trunk_id=" + escaped(test.trunk);
  if (!test.at.empty()) path += "&at=" + escaped(test.at);
  if (!test.lrn.empty()) path += "&lrn=" + escaped(test.lrn);
  return path;
}

void show(const Session& session, const Test& test) {
  const Json answer = session.get(path_of_test(test));
  const Json& data = answer.contains("data") ? answer["data"] : answer;
  std::string text;
  if (session.json) {
    text = data.dump(2) + '\n';
  } else {
    for (const auto& line : data["trace"])
      text += line.get<std::string>() + '\n';
  }
  std::fwrite(text.data(), 1, text.size(), stdout);
}

}  // namespace

void add_route(CLI::App& app, Session& session) {
  auto* route = app.add_subcommand("route", "where calls go");
  route->require_subcommand(1);
  auto* test = route->add_subcommand("test", "where a call would go, what it would cost, and why");
  auto given = std::make_shared<Test>();
  test->add_option("from", given->from, "number that calls")->required();
  test->add_option("to", given->to, "number called")->required();
  test->add_option("--trunk,--trunk-id", given->trunk,
                   "id of the trunk that calls; needed unless one of the numbers is ours");
  test->add_option("--at", given->at, "when, as 2025-06-15T12:00:00Z; else now");
  test->add_option("--duration", given->duration, "seconds that are priced")->capture_default_str();
  test->add_option("--lrn", given->lrn, "routing number that a look-up would find");
  test->add_flag("--json", session.json, "the whole answer as JSON");
  test->callback([given, &session] { show(session, *given); });
}

}  // namespace warp::ctl
