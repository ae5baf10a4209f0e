#include <cstdio>

#include "ctl/commands.h"

namespace warp::ctl {
namespace {

// Numbers of people are digits with a '+' perhaps; everything else of a URL's query would be a mistake.
std::string query_text(const std::string& number) {
  std::string out;
  for (const char c : number)
    if (c == '+')
      out += "%2B";
    else if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
      out += c;
  return out;
}

void print_jurisdiction(const Session& session, const Json& data) {
  if (session.json) {
    std::puts(data.dump(2).c_str());
    return;
  }
  Json rows = Json::array();
  for (const char* end : {"from", "to"}) {
    auto row = data.at(end);
    row["end"] = end;
    rows.push_back(std::move(row));
  }
  session.print(rows, {"end", "country", "state", "lata", "ocn", "rate_centre", "kind"});
  std::printf("jurisdiction: %s\n", data.at("jurisdiction").get<std::string>().c_str());
  if (const auto note = data.value("note", std::string()); !note.empty())
    std::printf("note: %s\n", note.c_str());
}

}  // namespace

void add_numbers(CLI::App& app, Session& session) {
  auto* numbers = app.add_subcommand("numbers", "where numbers are, and the data that says so");
  numbers->require_subcommand(1);

  auto* sets = numbers->add_subcommand("sets", "the sets of number data");
  sets->callback([&session] {
    session.print(session.get("/number-data").at("data"),
                  {"name", "version", "rows", "synthetic", "source", "loaded_at"});
  });

  auto* sync = numbers->add_subcommand("sync", "fetch the blocks from the look-up service, as a job");
  sync->callback([&session] {
    const Json job = session.post("/number-data/sync", Json::object()).at("data");
    std::printf("job %s is %s\n", job.at("id").get<std::string>().c_str(),
                job.at("state").get<std::string>().c_str());
  });

  auto* places = numbers->add_subcommand("jurisdiction", "of a call between two numbers");
  auto& from = *places->add_option("FROM", "who calls")->required();
  auto& to = *places->add_option("TO", "who is called")->required();
  auto& from_lrn = *places->add_option("--from-lrn", "as if a dip had found it");
  auto& to_lrn = *places->add_option("--to-lrn", "as if a dip had found it");
  places->callback([&session, &from, &to, &from_lrn, &to_lrn] {
    std::string path = "/lookups/jurisdiction?from=" + query_text(from.as<std::string>()) +
                       "&to=" + query_text(to.as<std::string>());
    if (from_lrn.count() != 0) path += "&from_lrn=" + query_text(from_lrn.as<std::string>());
    if (to_lrn.count() != 0) path += "&to_lrn=" + query_text(to_lrn.as<std::string>());
    print_jurisdiction(session, session.get(path).at("data"));
  });
}

}  // namespace warp::ctl
