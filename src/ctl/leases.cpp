#include "ctl/commands.h"

namespace warp::ctl {

namespace {

// `warpctl billing` is shared by several families.
CLI::App& billing_of(CLI::App& app) {
  const auto named = [](CLI::App* one) { return one->get_name() == "billing"; };
  if (const auto there = app.get_subcommands(named); !there.empty()) return *there.front();
  auto* made = app.add_subcommand("billing", "money: what is set aside, what the books say");
  made->require_subcommand(1);
  return *made;
}

Json rows_of(const Json& answer) {
  const Json& data = answer.contains("data") ? answer["data"] : answer;
  return data.is_array() ? data : Json::array({data});
}

}  // namespace

void add_leases(CLI::App& app, Session& session) {
  auto& billing = billing_of(app);
  auto* leases = billing.add_subcommand("leases", "money that nodes have set aside for calls");
  leases->require_subcommand(1);

  auto* list = leases->add_subcommand("list", "what is set aside now");
  auto& of_node = *list->add_option("--node", "of this node alone");
  list->callback([&session, &of_node] {
    std::string path = "/billing/leases?per_page=500";
    if (of_node.count() > 0) path += "&node=" + of_node.as<std::string>();
    session.print(rows_of(session.get(path)),
                  {"customer_id", "node", "granted", "settled", "renewed_at", "process_id"});
  });

  auto* release =
      leases->add_subcommand("release", "give back what a node that is gone for good has set aside");
  auto& node = *release->add_option("NODE", "as charging.node of its configuration names it")->required();
  auto& silent = *release->add_option("--silent", "only what was not renewed for so many seconds")
                      ->check(CLI::NonNegativeNumber);
  release->callback([&session, &node, &silent] {
    Json body{{"node", node.as<std::string>()}};
    if (silent.count() > 0) body["silent_seconds"] = silent.as<std::int64_t>();
    session.print(rows_of(session.post("/billing/leases/release", body)), {"leases", "returned"});
  });

  auto* alarms = billing.add_subcommand("alarms", "alarms about money that stand");
  alarms->callback([&session] {
    session.print(rows_of(session.get("/billing/alarms")),
                  {"id", "raised_at", "kind", "customer_id", "details"});
  });
}

}  // namespace warp::ctl
