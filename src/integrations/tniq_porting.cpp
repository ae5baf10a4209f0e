#include <algorithm>

#include "warp/integrations/tniq_client.h"
#include "warp/porting/life.h"
#include "warp/porting/tn_list.h"

#include "embedded_tasks.h"
#include "tniq_text.h"

namespace warp::integrations {
namespace {

namespace asio = boost::asio;
using domain::PortAction;
using domain::PortDocument;
using domain::PortError;
using domain::PortNumber;
using domain::PortProject;
using domain::PortWish;
using Numbers = std::vector<PortNumber>;

const PortDocument& list_in(const PortDocument& said) {
  static const PortDocument kNone = PortDocument::array();
  if (said.is_array()) return said;
  for (const char* name : {"tns", "numbers", "items"})
    if (said.is_object() && said.contains(name) && said[name].is_array()) return said[name];
  return kNone;
}

PortDocument tns_of(const std::vector<std::string>& numbers) {
  auto out = PortDocument::array();
  for (const auto& e164 : numbers)
    out.push_back(e164.substr(e164.size() == 11 ? 1 : 0));
  return out;
}

PortDocument port_errors_of(const PortDocument& row) {
  auto out = PortDocument::array();
  if (!row.contains("validation_errors") || !row["validation_errors"].is_array()) return out;
  for (const auto& error : row["validation_errors"]) {
    PortDocument one;
    one["code"] = error.is_string() ? error.get<std::string>() : tniq_text(error, "code");
    one["message"] = error.is_string() ? error.get<std::string>() : tniq_text(error, "message");
    one["field"] = tniq_text(error, "field");
    out.push_back(std::move(one));
  }
  return out;
}

// A number detail; nothing that we do not know is taken over.
std::optional<PortNumber> read_number(const PortDocument& row, WallTime ask_at) {
  PortNumber out;
  out.e164 = porting::nanp_of(tniq_text(row, "tn"));
  if (out.e164.empty()) return std::nullopt;
  const auto state = porting::parse_state(tniq_text(row, "lifecycle_state"));
  if (state) out.state = porting::to_string(*state);
  const auto validation = tniq_text(row, "validation_status");
  if (validation == "PENDING" || validation == "VALIDATING" || validation == "VALID" || validation == "ERROR")
    out.validation = validation;
  const auto spid =
      tniq_text(row, "current_spid").empty() ? tniq_text(row, "spid") : tniq_text(row, "current_spid");
  const bool sane = spid.size() == 4 && std::all_of(spid.begin(), spid.end(), [](char c) {
                      return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
                    });
  if (sane) out.spid = spid;
  out.carrier_name = tniq_text(row, "carrier_name").substr(0, 128);
  out.errors = port_errors_of(row);
  for (const char* name :
       {"state", "locality", "rate_center", "npac_region", "soa_status", "lsr_status", "csr_status"})
    if (const auto text = tniq_text(row, name); !text.empty() && text.size() <= 64) out.facts[name] = text;
  if (row.contains("lata") && row["lata"].is_number_unsigned()) out.facts["lata"] = row["lata"];
  if (const auto foc = tniq_text(row, "foc_date"); foc.size() >= 10) out.foc_date = foc.substr(0, 10);
  out.failure = tniq_text(row, "failure_reason").substr(0, 512);
  if (state && !porting::is_final(*state) && !porting::before_submission(*state)) out.ask_at = ask_at;
  if (state == porting::State::Validating) out.ask_at = ask_at;
  return out;
}

Numbers read_numbers(const PortDocument& said, WallTime ask_at) {
  Numbers out;
  for (const auto& row : list_in(said))
    if (row.is_object())
      if (auto number = read_number(row, ask_at)) out.push_back(std::move(*number));
  return out;
}

std::string path_of(const PortProject& project) {
  return "/porting/projects/" + http::percent_encode(project.id);
}

asio::awaitable<domain::PortResult<Numbers>> numbers_of(TniqClient* client, PortProject project,
                                                        WallTime ask_at) {
  auto asking = client->ask(http::Method::Get, path_of(project) + "/tns", PortDocument());
  const auto said = co_await std::move(asking);
  if (!said) co_return said.error();
  co_return read_numbers(*said, ask_at);
}

asio::awaitable<domain::PortResult<Numbers>> previewed(TniqClient* client, std::vector<std::string> tns,
                                                       WallTime ask_at) {
  PortDocument body;
  body["tns"] = tns_of(tns);
  auto asking = client->ask(http::Method::Post, "/porting/preview", std::move(body));
  const auto said = co_await std::move(asking);
  if (!said) co_return said.error();
  auto out = read_numbers(*said, ask_at);
  for (auto& number : out)
    if (number.spid.empty()) number.spid = "0000";
  co_return out;
}

asio::awaitable<domain::PortResult<std::string>> created(TniqClient* client, PortProject project) {
  PortDocument body;
  body["name"] = project.name;
  body["customer_id"] = project.customer.to_string();
  if (!project.due_date.empty()) body["desired_due_date"] = project.due_date;
  auto asking = client->ask(http::Method::Post, "/porting/projects", std::move(body));
  const auto said = co_await std::move(asking);
  if (!said) co_return said.error();
  auto id = tniq_text(*said, "id");
  if (id.empty() || id.size() > 128)
    co_return PortError{PortError::Kind::Unavailable, "The provider gave no id.", {}, "no id of a project"};
  co_return id;
}

asio::awaitable<domain::PortResult<bool>> removed(TniqClient* client, PortProject project) {
  auto asking = client->ask(http::Method::Delete, path_of(project), PortDocument());
  const auto said = co_await std::move(asking);
  if (!said) co_return said.error();
  co_return true;
}

asio::awaitable<domain::PortResult<Numbers>> added(TniqClient* client, PortProject project,
                                                   std::vector<std::string> tns, WallTime ask_at) {
  PortDocument body;
  body["tns"] = tns_of(tns);
  auto asking = client->ask(http::Method::Post, path_of(project) + "/tns", std::move(body));
  const auto said = co_await std::move(asking);
  if (!said) co_return said.error();
  auto finding = numbers_of(client, project, ask_at);
  auto all = co_await std::move(finding);
  if (!all) co_return all.error();
  Numbers out;
  for (auto& number : *all) {
    if (std::find(tns.begin(), tns.end(), number.e164) == tns.end()) continue;
    if (number.spid.empty()) number.spid = "0000";
    out.push_back(std::move(number));
  }
  co_return out;
}

std::string verb_of(PortAction action) {
  switch (action) {
    case PortAction::AutoFix:
      return "auto-fix";
    case PortAction::Validate:
    case PortAction::Details:
    case PortAction::Submit:
    case PortAction::Resubmit:
    case PortAction::Supplement:
    case PortAction::Cancel:
    case PortAction::Activate:
    case PortAction::Look:
      return std::string(domain::to_string(action));
  }
  return {};
}

asio::awaitable<domain::PortResult<Numbers>> acted(TniqClient* client, PortProject project, PortAction action,
                                                   PortWish wish, WallTime ask_at) {
  if (action != PortAction::Look) {
    PortDocument body = PortDocument::object();
    if (!wish.tns.empty()) body["tns"] = tns_of(wish.tns);
    if (!wish.due_date.empty()) body["new_ddd"] = wish.due_date;
    if (!wish.error_group.empty()) body["error_group_id"] = wish.error_group;
    auto method = http::Method::Post;
    auto path = path_of(project) + "/" + verb_of(action);
    if (action == PortAction::Details) {
      method = http::Method::Put;
      path = path_of(project) + "/groups/" + http::percent_encode(wish.spid) + "/details";
      for (const auto& group : project.groups)
        if (group.spid == wish.spid) body = group.details;
    }
    auto asking = client->ask(method, std::move(path), std::move(body));
    const auto said = co_await std::move(asking);
    if (!said) co_return said.error();
  }
  auto finding = numbers_of(client, std::move(project), ask_at);
  co_return co_await std::move(finding);
}

}  // namespace

void TniqPorting::preview(std::vector<std::string> tns, domain::PortDone<Numbers> done) {
  answer_by(client_.tasks(), "tniq.preview", previewed(&client_, std::move(tns), clock_.wall() + poll_),
            std::move(done));
}

void TniqPorting::create(PortProject project, domain::PortDone<std::string> done) {
  answer_by(client_.tasks(), "tniq.create", created(&client_, std::move(project)), std::move(done));
}

void TniqPorting::remove(PortProject project, domain::PortDone<bool> done) {
  answer_by(client_.tasks(), "tniq.remove", removed(&client_, std::move(project)), std::move(done));
}

void TniqPorting::add(PortProject project, std::vector<std::string> tns, domain::PortDone<Numbers> done) {
  answer_by(client_.tasks(), "tniq.add",
            added(&client_, std::move(project), std::move(tns), clock_.wall() + poll_), std::move(done));
}

void TniqPorting::act(PortProject project, PortAction action, PortWish wish, domain::PortDone<Numbers> done) {
  answer_by(client_.tasks(), "tniq.act",
            acted(&client_, std::move(project), action, std::move(wish), clock_.wall() + poll_),
            std::move(done));
}

}  // namespace warp::integrations
