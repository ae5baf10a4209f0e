// Calls that are up: list, end, and the ladder of their SIP messages.
#include <cstdio>
#include <memory>

#include "ctl/commands.h"
#include "ctl/ladder.h"

namespace warp::ctl {
namespace {

// What each end hears: its score, and what did not come of it.
const std::vector<std::string> kCallColumns{"id",
                                            "state",
                                            "direction",
                                            "ani",
                                            "dni",
                                            "trunk_id",
                                            "setup_at",
                                            "answered_at",
                                            "caller_media.mos",
                                            "caller_media.heard_mos",
                                            "callee_media.mos",
                                            "callee_media.heard_mos"};

void hang_up(const Session& session, const std::string& id) {
  session.post("/calls/" + escaped(id) + "/hangup", Json::object());
  std::puts("asked to end");
}

void trace(const Session& session, const std::string& id, bool begin) {
  const auto path = "/calls/" + escaped(id) + "/trace";
  if (begin) {
    session.post(path, Json::object());
    std::puts("traced from now on");
    return;
  }
  const Request wanted{"GET", path};
  if (session.ask(wanted).status == 404)
    throw Refused(404, "nothing of this call is kept: say `warpctl trace " + id + " --start` while it is up");
  const auto answer = session.send(wanted);
  if (answer.json.is_null()) {
    std::fputs(answer.text.c_str(), stdout);
    return;
  }
  const auto& data = answer.json.contains("data") ? answer.json["data"] : answer.json;
  if (session.json)
    std::puts(data.dump(2).c_str());
  else
    std::fputs(ladder_of(data).c_str(), stdout);
}

void list(const Session& session, const std::string& trunk) {
  const auto found = session.get("/calls" + (trunk.empty() ? "" : "?trunk_id=" + escaped(trunk)));
  session.print(found.at("data"), kCallColumns);
}

}  // namespace

void add_calls(CLI::App& app, Session& session) {
  auto* calls = app.add_subcommand("calls", "calls that are up now");
  calls->require_subcommand(0, 1);
  calls->callback([&session, calls] {
    if (calls->get_subcommands().empty()) list(session, "");
  });
  // Shared by the callbacks: they run when this has returned.
  const auto trunk = std::make_shared<std::string>();
  auto* listed = calls->add_subcommand("list", "all that the key may see, as without a command");
  listed->add_option("--trunk", *trunk, "id of a trunk");
  listed->callback([&session, trunk] { list(session, *trunk); });
  const auto ended = std::make_shared<std::string>();
  auto* hangup = calls->add_subcommand("hangup", "end one");
  hangup->add_option("CALL", *ended, "its id")->required();
  hangup->callback([&session, ended] { hang_up(session, *ended); });

  const auto traced = std::make_shared<std::string>();
  const auto begin = std::make_shared<bool>(false);
  auto* ladder = app.add_subcommand("trace", "the SIP messages of a call, both legs, as a ladder");
  ladder->add_option("CALL", *traced, "its id")->required();
  ladder->add_flag("--start", *begin, "begin to keep them");
  ladder->callback([&session, traced, begin] { trace(session, *traced, *begin); });
}

}  // namespace warp::ctl
