#include "port_work.h"

#include <algorithm>

#include "warp/identity/password.h"
#include "warp/porting/tn_list.h"

namespace warp::api {
namespace {

using PortKind = domain::PortError::Kind;

const store::PortNumberRow* number_of_port(const store::PortView& view, std::string_view e164) {
  const auto found = std::find_if(view.numbers.begin(), view.numbers.end(),
                                  [&](const store::PortNumberRow& row) { return row.number.e164 == e164; });
  return found == view.numbers.end() ? nullptr : &*found;
}

}  // namespace

Failure from_port(const domain::PortError& error, std::string_view what, ErrorCode unavailable) {
  Failure failure;
  switch (error.kind) {
    case PortKind::NotFound:
      return not_found(what);
    case PortKind::Refused:
      failure = Failure{ErrorCode::TniqValidation, error.message};
      if (!error.details.is_null()) failure.details["errors"] = error.details;
      break;
    case PortKind::Conflict:
      failure = port_conflict(error.message);
      break;
    case PortKind::Unavailable:
      failure = Failure{unavailable, error.message};
      break;
  }
  failure.internal = error.internal;
  return failure;
}

Failure no_gateway(const char* what) {
  return Failure{ErrorCode::GatewayUnavailable, std::string("This node has no ") + what + "."};
}

Failure port_conflict(std::string reason, std::string message) {
  Failure failure{ErrorCode::Conflict, std::move(message)};
  failure.details["reason"] = std::move(reason);
  return failure;
}

Failure failure_named(std::string_view code) {
  for (const auto& one : all_errors())
    if (one.name == code) return Failure{one.code, ""};
  return Failure{ErrorCode::InternalError, "", {}, std::string(code)};
}

store::PortDeed port_deed(std::string action, Json details) {
  store::PortDeed out;
  out.action = std::move(action);
  out.details = dump(details);
  return out;
}

boost::asio::awaitable<Outcome<store::PortView>> find_port(Services& services, Call call) {
  store::PortRepository repository(services.pool);
  auto found = co_await repository.view(call.actor(), call.uuid("request_id"));
  if (!found) co_return from_store(found.error(), "port request");
  co_return std::move(*found);
}

Outcome<std::vector<std::string>> numbers_in_list(const Json& list) {
  std::vector<std::string> texts;
  for (const auto& one : list)
    texts.push_back(one.get<std::string>());
  auto read = porting::read_tns(texts);
  Failure failure{ErrorCode::ValidationError, ""};
  if (!read.wrong.empty()) {
    failure.message = "Some of the list are no numbers of the North American plan; nothing was changed.";
    failure.details["wrong"] = read.wrong;
    return failure;
  }
  if (read.numbers.empty()) {
    failure.message = "The list holds no number.";
    return failure;
  }
  if (read.numbers.size() > static_cast<std::size_t>(kMostPortNumbers)) {
    failure.message = "The list holds more than 1000 numbers.";
    return failure;
  }
  return std::move(read.numbers);
}

Outcome<std::vector<std::string>> chosen_numbers(const Json& body, const store::PortView& view) {
  if (!has(body, "tns")) return std::vector<std::string>();
  auto numbers = numbers_in_list(body["tns"]);
  if (!numbers) return numbers;
  for (const auto& e164 : *numbers)
    if (!number_of_port(view, e164)) {
      Failure failure{ErrorCode::ValidationError, "A number is not in this request; nothing was changed."};
      failure.details["tn"] = e164.substr(1);
      return failure;
    }
  return numbers;
}

std::vector<store::PortMerge> merges_of(const store::PortView& view, std::vector<domain::PortNumber> said) {
  std::vector<store::PortMerge> out;
  for (auto& number : said) {
    const auto* known = number_of_port(view, number.e164);
    if (!known) continue;
    store::PortMerge merge;
    merge.was = known->number.state;
    merge.number = std::move(number);
    out.push_back(std::move(merge));
  }
  return out;
}

boost::asio::awaitable<Outcome<store::PortView>> do_port(Services& services, Call call, store::PortView view,
                                                         domain::PortAction action, domain::PortWish wish,
                                                         store::PortDeed deed) {
  auto* port = services.ports.porting;
  if (!port) co_return no_gateway("desk for port requests");
  auto start = [port, project = view.project(), action,
                wish](domain::PortDone<std::vector<domain::PortNumber>> done) {
    port->act(project, action, wish, std::move(done));
  };
  auto asking = ask_port<std::vector<domain::PortNumber>>(std::move(start));
  auto said = co_await std::move(asking);
  if (!said) co_return from_port(said.error(), "port request");
  store::PortRepository repository(services.pool);
  auto merges = merges_of(view, std::move(*said));
  const auto id = view.request.id;
  if (!merges.empty() || !deed.action.empty()) {
    const auto merged = co_await repository.merge(call.as_operator(), id, std::move(merges), std::move(deed));
    if (!merged) co_return from_store(merged.error(), "port request");
  }
  auto now = co_await repository.view(call.actor(), id);
  if (!now) co_return from_store(now.error(), "port request");
  co_return std::move(*now);
}

std::string transfer_fault(const store::Holding* holding, CustomerId to) {
  if (!holding || !holding->customer) return "not_in_warp_inventory";
  if (*holding->customer == to) return "already_yours";
  if (holding->poi_locked) return "poi_locked";
  return {};
}

boost::asio::awaitable<std::string> transfer_number(Services& services, store::Actor by, CustomerId to,
                                                    std::string e164, std::string pin) {
  store::PortOutPinRepository repository(services.pool);
  std::vector<std::string> one;
  one.push_back(e164);
  const auto held = co_await repository.holdings(by, std::move(one));
  if (!held) co_return std::string("lookup_failed");
  const auto* holding = held->empty() ? nullptr : &held->front();
  auto fault = transfer_fault(holding, to);
  if (!fault.empty()) co_return fault;
  const auto trial = co_await repository.try_pin(by, e164);
  if (!trial) co_return std::string("lookup_failed");
  if (!trial->hash) co_return std::string(trial->locked ? "pin_locked" : "invalid_pin");
  if (!identity::verify_password(*trial->hash, pin)) co_return std::string("invalid_pin");
  const auto moved = co_await repository.transfer(by, e164, *holding->customer, to, *trial->hash);
  co_return std::string(moved && *moved ? "" : "transfer_failed");
}

}  // namespace warp::api
