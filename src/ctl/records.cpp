#include <cstdio>

#include "ctl/commands.h"

namespace warp::ctl {
namespace {

// "?a=b&c=d" of those that were given.
class Query {
 public:
  void add(const std::string& name, const std::string& value) {
    if (value.empty()) return;
    text_ += (text_.empty() ? "?" : "&") + name + "=" + value;
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

std::string given(const CLI::Option& option) {
  return option.count() == 0 ? std::string() : option.as<std::string>();
}

void add_usage(CLI::App& app, Session& session) {
  auto* usage = app.add_subcommand("usage", "what was used and charged, by days (UTC)");
  auto& by = *usage->add_option("--by", "customer, trunk, provider, prefix, jurisdiction or day");
  auto& from = *usage->add_option("--from", "first day, YYYY-MM-DD");
  auto& to = *usage->add_option("--to", "last day");
  auto& customer = *usage->add_option("--customer", "id of an account");
  usage->callback([&session, &by, &from, &to, &customer] {
    Query query;
    query.add("group_by", given(by));
    query.add("start_date", given(from));
    query.add("end_date", given(to));
    query.add("customer_id", given(customer));
    session.print(session.get("/usage" + query.text())["data"],
                  {"key", "currency", "attempts", "answered", "seconds", "billable_seconds", "segments",
                   "charge", "cost", "margin"});
  });
}

void add_list(CLI::App& app, Session& session) {
  auto* list = app.add_subcommand("list", "detail records, newest first");
  auto& from = *list->add_option("--from", "first day, YYYY-MM-DD");
  auto& to = *list->add_option("--to", "last day");
  auto& dni = *list->add_option("--to-number", "called number, or digits and *");
  list->callback([&session, &from, &to, &dni] {
    Query query;
    query.add("start_date", given(from));
    query.add("end_date", given(to));
    query.add("dni", given(dni));
    session.print(session.get("/cdr/details" + query.text())["data"],
                  {"id", "start_time", "ani", "dni", "disposition", "duration_seconds", "jurisdiction",
                   "cost", "currency", "reason"});
  });
}

void print_run(const Json& answer) {
  std::puts(answer["data"].dump(2).c_str());
}

void add_rerate(CLI::App& app, Session& session) {
  auto* rerate = app.add_subcommand("rerate", "past calls at other prices");
  rerate->require_subcommand(1);
  auto* preview = rerate->add_subcommand("preview", "what it would come to");
  auto& from = *preview->add_option("FROM", "YYYY-MM-DDTHH:MM:SSZ")->required();
  auto& to = *preview->add_option("TO", "up to, but without")->required();
  auto& customer = *preview->add_option("--customer", "id of an account");
  auto& prefix = *preview->add_option("--prefix", "of the called number");
  auto& plan = *preview->add_option("--plan", "id of the rate plan; else each call's own");
  preview->callback([&session, &from, &to, &customer, &prefix, &plan] {
    Json body;
    body["start_time"] = from.as<std::string>();
    body["end_time"] = to.as<std::string>();
    if (customer.count() > 0) body["customer_id"] = given(customer);
    if (prefix.count() > 0) body["prefix"] = given(prefix);
    if (plan.count() > 0) body["rate_plan_id"] = given(plan);
    print_run(session.post("/cdr/rerates", body));
  });
  for (const char* verb : {"show", "commit", "cancel"}) {
    auto* one = rerate->add_subcommand(verb, std::string(verb) + " a run");
    auto& id = *one->add_option("ID", "of the run")->required();
    one->callback([&session, &id, verb = std::string(verb)] {
      const auto path = "/cdr/rerates/" + id.as<std::string>();
      print_run(verb == "show" ? session.get(path) : session.post(path + "/" + verb, Json::object()));
    });
  }
}

}  // namespace

void add_records(CLI::App& app, Session& session) {
  auto* records = app.add_subcommand("records", "detail records, their sums, and their prices anew");
  records->require_subcommand(1);
  add_list(*records, session);
  add_usage(*records, session);
  add_rerate(*records, session);
}

}  // namespace warp::ctl
