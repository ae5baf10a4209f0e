// /numbers/{tn}/port-out-pin: the word by which a number may be taken away. Never shown.
#include "warp/store/port_out_pins.h"

#include <algorithm>

#include "warp/base/text.h"
#include "warp/identity/password.h"

#include "number_view.h"
#include "services.h"

namespace warp::api {
namespace {

constexpr std::size_t kShortest = 4, kLongest = 10;

Reply shown(const store::PortOutPin& pin) {
  Reply reply;
  reply.bare = true;
  reply.data["set"] = pin.set;
  if (pin.locked_until) reply.data["locked_until"] = timestamp(*pin.locked_until);
  return reply;
}

Answer get_pin(Services& services, Call call) {
  const auto tn = tn_of(call);
  if (!tn) co_return tn.error();
  store::PortOutPinRepository repository(services.pool);
  const auto found = co_await repository.get(call.actor(), *tn);
  if (!found) co_return from_number_store(found.error());
  co_return shown(*found);
}

Answer put_pin(Services& services, Call call) {
  const auto tn = tn_of(call);
  if (!tn) co_return tn.error();
  const auto pin = call.body["pin"].get<std::string>();
  if (pin.size() < kShortest || pin.size() > kLongest || !std::all_of(pin.begin(), pin.end(), is_digit))
    co_return Failure{ErrorCode::InvalidPin, ""};
  store::PortOutPinRepository repository(services.pool);
  const auto put =
      co_await repository.put(call.actor(), *tn, identity::hash_password(pin, identity::kPinCost));
  if (!put) co_return from_number_store(put.error());
  co_return shown(*put);
}

Answer clear_pin(Services& services, Call call) {
  const auto tn = tn_of(call);
  if (!tn) co_return tn.error();
  store::PortOutPinRepository repository(services.pool);
  const auto cleared = co_await repository.clear(call.actor(), *tn);
  if (!cleared) co_return from_number_store(cleared.error());
  co_return no_content();
}

}  // namespace

void add_port_out_pins(EndpointTable& table, Services& services) {
  const std::string path = "/numbers/{tn}/port-out-pin";
  const Schema answer{
      "PortOutPin",
      {boolean("set"), instant("locked_until").says("Absent: not locked. Wrong PINs lock it for a while.")}};
  table.push_back({.path = path,
                   .summary = "Whether the number has a port-out PIN; the PIN itself is never told",
                   .tag = "Numbers",
                   .action = act(services, get_pin),
                   .scope = "numbers:read",
                   .of_customer = true,
                   .answer_kind = AnswerKind::Bare,
                   .answer = answer,
                   .errors = {ErrorCode::TnNotOwned}});
  table.push_back({.method = http::Method::Put,
                   .path = path,
                   .summary = "Set the port-out PIN: 4 to 10 digits; lifts a lock as well",
                   .tag = "Numbers",
                   .action = act(services, put_pin),
                   .scope = "numbers:write",
                   .step_up = true,
                   .of_customer = true,
                   .body_kind = BodyKind::Json,
                   .body = {"PortOutPinBody", {text("pin", 64).needed()}},
                   .body_error = ErrorCode::InvalidRequest,
                   .answer_kind = AnswerKind::Bare,
                   .answer = answer,
                   .errors = {ErrorCode::InvalidPin, ErrorCode::TnNotOwned}});
  table.push_back({.method = http::Method::Delete,
                   .path = path,
                   .summary = "Without a PIN no other customer can take the number over",
                   .tag = "Numbers",
                   .action = act(services, clear_pin),
                   .scope = "numbers:write",
                   .step_up = true,
                   .of_customer = true,
                   .answer_kind = AnswerKind::Nothing,
                   .status = 204,
                   .errors = {ErrorCode::TnNotOwned}});
}

}  // namespace warp::api
