// What the resources about bought and ported numbers share: asking the ports from a coroutine, what their
// answers mean to a client, and how what was said becomes what is stored.
#pragma once

#include "warp/domain/entity_checks.h"
#include "warp/domain/number_stock.h"
#include "warp/domain/porting_port.h"
#include "warp/net/completion.h"
#include "warp/store/port_out_pins.h"
#include "warp/store/ports.h"

#include "services.h"

namespace warp::api {

constexpr std::int64_t kMostPortNumbers = 1000;
constexpr const char* kPortingTag = "Porting";
inline const std::string kPortPath = "/porting/requests/{request_id:uuid}";

// `start` calls a port with the `done` that it is given.
template <class T, class Start>
boost::asio::awaitable<domain::PortResult<T>> ask_port(Start start) {
  using Completion = net::Completion<domain::PortResult<T>>;
  auto begin = [start = std::move(start)](std::unique_ptr<Completion> completion) mutable {
    std::shared_ptr<Completion> kept = std::move(completion);
    start([kept](domain::PortResult<T> result) { kept->complete(std::move(result)); });
  };
  auto asking = net::suspend<domain::PortResult<T>>(std::move(begin));
  co_return co_await std::move(asking);
}

// NOT_FOUND, TNIQ_VALIDATION, CONFLICT with details.reason, or `unavailable`.
Failure from_port(const domain::PortError& error, std::string_view what,
                  ErrorCode unavailable = ErrorCode::TniqError);
Failure no_gateway(const char* what);
Failure port_conflict(std::string reason, std::string message = {});
// The failure of an error's name, such as numbers.take() gives.
Failure failure_named(std::string_view code);

// What was done to a request, for its trail.
store::PortDeed port_deed(std::string action, Json details = Json::object());

// A request of the caller's, with its numbers.
boost::asio::awaitable<Outcome<store::PortView>> find_port(Services& services, Call call);
// The numbers of a body's list; VALIDATION_ERROR when there is none, or one that is no number.
Outcome<std::vector<std::string>> numbers_in_list(const Json& list);
// Those of `tns` (absent: all) as the provider takes them; VALIDATION_ERROR for an empty list or a number
// that is not in the request.
Outcome<std::vector<std::string>> chosen_numbers(const Json& body, const store::PortView& view);

// Has the provider do it, and stores what it says. The request as it is then.
boost::asio::awaitable<Outcome<store::PortView>> do_port(Services& services, Call call, store::PortView view,
                                                         domain::PortAction action, domain::PortWish wish,
                                                         store::PortDeed deed);
std::vector<store::PortMerge> merges_of(const store::PortView& view, std::vector<domain::PortNumber> said);

Answer preview_port(Services& services, Call call);  // port_preview.cpp

// A number of another customer's here becomes `to`'s by its PIN. Empty, or why not: not_in_warp_inventory,
// already_yours, poi_locked, invalid_pin, pin_locked, transfer_failed, lookup_failed.
boost::asio::awaitable<std::string> transfer_number(Services& services, store::Actor by, CustomerId to,
                                                    std::string e164, std::string pin);
// The same without a PIN: whether it could be. Empty, or why not.
std::string transfer_fault(const store::Holding* holding, CustomerId to);

}  // namespace warp::api
