#include <cstdio>

#include "ctl/commands.h"

namespace warp::ctl {

void add_request(CLI::App& app, Session& session) {
  auto* get = app.add_subcommand("get", "print the answer of an operation");
  auto& path = *get->add_option("PATH", "below /api/v1, with its query: /trunks?page=2")->required();
  auto& columns = *get->add_option("--columns", "fields of its rows for a table, apart by commas");
  columns.delimiter(',');
  get->callback([&session, &path, &columns] {
    auto wanted = path.as<std::string>();
    if (!wanted.starts_with('/')) wanted.insert(0, "/");
    const Json answer = session.get(wanted);
    if (columns.count() == 0) {
      std::puts(answer.dump(2).c_str());
      return;
    }
    const Json& data = answer.contains("data") ? answer["data"] : answer;
    const Json rows = data.is_array() ? data : Json::array({data});
    session.print(rows, columns.as<std::vector<std::string>>());
  });
}

}  // namespace warp::ctl
