#include "live_session.h"

#include <algorithm>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "warp/api/authenticator.h"
#include "warp/store/standing.h"

#include "member_text.h"

namespace warp::api {
namespace {

namespace asio = boost::asio;
using live::Topic;
using SteadyClock = std::chrono::steady_clock;

constexpr int kReadyLooks = 100;
constexpr std::chrono::milliseconds kReadyLook{20};
constexpr const char* kBadFrame = "The frame is no JSON object with a known `op`.";

LiveFrame plain_frame(const char* op) {
  Json frame;
  frame["op"] = op;
  return {op, {}, dump(frame)};
}

// A hub that has just begun does not know the places of before yet, nor does one that nobody asked for calls.
asio::awaitable<void> until_ready(live::Hub& hub, Topic topic) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (int i = 0; i < kReadyLooks && !hub.ready(topic); ++i) {
    timer.expires_after(kReadyLook);
    const auto [error] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    if (error) co_return;
  }
}

}  // namespace

std::unique_ptr<LiveSession> LiveSession::open(std::shared_ptr<LiveWorld> world, const http::Request& request,
                                               asio::any_io_executor executor) {
  const auto context = std::dynamic_pointer_cast<Context>(request.attachment);
  if (!context || !context->principal) return nullptr;
  {
    const std::lock_guard lock(world->mutex);
    const auto& settings = world->services.settings.live;
    const auto& customer = context->principal->customer;
    if (world->watchers >= settings.connections) return nullptr;
    auto& of_customer = world->watchers_of[customer];
    if (customer && of_customer >= settings.customer_connections) return nullptr;
    ++of_customer;
    ++world->watchers;
  }
  return std::unique_ptr<LiveSession>(new LiveSession(std::move(world), request, std::move(executor)));
}

LiveSession::LiveSession(std::shared_ptr<LiveWorld> world, const http::Request& request,
                         asio::any_io_executor executor)
    : world_(std::move(world)),
      services_(world_->services),
      bell_(std::make_shared<live::Bell>(std::move(executor))),
      header_(request.headers.get_or("Authorization", "")),
      address_(request.remote),
      principal_(*std::dynamic_pointer_cast<Context>(request.attachment)->principal),
      counted_for_(principal_.customer),
      began_(SteadyClock::now()),
      next_tick_(began_ + services_.settings.live.tick),
      next_check_(began_ + services_.settings.live.recheck) {}

LiveSession::~LiveSession() {
  const std::lock_guard lock(world_->mutex);
  --world_->watchers;
  const auto counted = world_->watchers_of.find(counted_for_);
  if (counted != world_->watchers_of.end() && --counted->second == 0) world_->watchers_of.erase(counted);
}

LiveFrame LiveSession::hello() const {
  Json frame;
  frame["op"] = "hello";
  frame["node"] = services_.settings.node;
  frame["heartbeat_s"] =
      std::chrono::duration_cast<std::chrono::seconds>(services_.settings.live.heartbeat).count();
  return {"hello", {}, dump(frame)};
}

LiveFrame LiveSession::heartbeat() {
  return plain_frame("heartbeat");
}

LiveFrame LiveSession::error_frame(std::string_view topic, const Failure& failure) const {
  const auto& row = info(failure.code);
  Json frame;
  frame["op"] = "error";
  frame["topic"] = topic.empty() ? Json() : Json(topic);
  frame["code"] = row.name;
  frame["message"] = failure.message.empty() ? std::string(row.cause) : failure.message;
  if (!failure.details.is_null()) frame["details"] = failure.details;
  return {"error", {}, dump(frame)};
}

// Written by hand around the event's data, which is JSON already.
LiveFrame LiveSession::event_frame(Watch& watch, std::string type, WallTime at, const std::string& token,
                                   const std::string& data) {
  Json frame;
  frame["op"] = "event";
  frame["topic"] = to_string(watch.filter.topic);
  frame["seq"] = ++watch.sequence;
  frame["token"] = token;
  frame["type"] = type;
  frame["at"] = timestamp(at);
  auto text = dump(frame);
  text.pop_back();
  text += ",\"data\":" + data + "}";
  return {std::move(type), token, std::move(text)};
}

asio::awaitable<LiveFrame> LiveSession::snapshot_frame(live::Filter filter, std::string token) {
  Json frame;
  frame["op"] = "snapshot";
  frame["topic"] = to_string(filter.topic);
  frame["token"] = token;
  auto looking = snapshot_of(*world_, std::move(filter));
  frame["data"] = co_await std::move(looking);
  LiveFrame out{"snapshot", std::move(token), dump(frame)};
  co_return out;
}

// What is shown now is no news at the next tick.
void LiveSession::remember(Watch& watch) {
  LiveFrames unsaid;
  const auto sequence = watch.sequence;
  if (watch.filter.topic == Topic::Trunks) say_trunks(watch, unsaid);
  if (watch.filter.topic == Topic::Counters) say_counters(watch, unsaid);
  watch.sequence = sequence;
}

asio::awaitable<LiveFrames> LiveSession::subscribe(std::string name, Json given, std::string resume) {
  LiveFrames out;
  const auto refuse = [&](const Failure& failure) { out.push_back(error_frame(name, failure)); };
  const auto topic = live::parse_topic(name);
  if (!topic) {
    refuse({ErrorCode::ValidationError, "There is no such topic."});
    co_return out;
  }
  if (const auto refused = services_.authorizer.check(principal_, need_of(*topic))) {
    refuse(*refused);
    co_return out;
  }
  auto filter = read_filter(*topic, given, principal_);
  if (!filter) {
    refuse(filter.error());
    co_return out;
  }
  if (!services_.ports.hub) {
    refuse({ErrorCode::GatewayUnavailable, "This node tells nobody what happens."});
    co_return out;
  }
  std::optional<live::Place> after;
  if (!resume.empty() && *topic != Topic::Counters) {
    after = live::Place::parse(resume);
    if (!after) {
      refuse({ErrorCode::ValidationError, "The token is none of ours."});
      co_return out;
    }
  }
  Watch watch;
  watch.filter = *filter;
  std::string token;
  if (*topic != Topic::Counters) {
    auto waiting = until_ready(*services_.ports.hub, *topic);
    co_await std::move(waiting);
    auto joined = services_.ports.hub->subscribe(*filter, bell_, after);
    if (!joined.subscription) {
      refuse({ErrorCode::ResumeTooOld, ""});
      co_return out;
    }
    watch.subscription = std::move(joined.subscription);
    token = joined.place.to_string();
    watch.token = token;
  }
  remember(watch);
  watches_.insert_or_assign(*topic, std::move(watch));
  if (!after) {
    auto looking = snapshot_frame(*filter, std::move(token));
    auto snapshot = co_await std::move(looking);
    out.push_back(std::move(snapshot));
  }
  co_return out;
}

asio::awaitable<LiveFrames> LiveSession::take(std::string text) {
  LiveFrames out;
  const auto parsed = parse_json(text);
  const auto op = parsed && parsed->is_object() ? member_text(*parsed, "op") : std::string();
  if (op == "ping") {
    out.push_back(plain_frame("pong"));
  } else if (op == "subscribe") {
    const auto filter = parsed->find("filter");
    Json given = filter == parsed->end() ? Json() : *filter;
    auto subscribing =
        subscribe(member_text(*parsed, "topic"), std::move(given), member_text(*parsed, "resume"));
    out = co_await std::move(subscribing);
  } else if (op == "unsubscribe") {
    const auto name = member_text(*parsed, "topic");
    const auto topic = live::parse_topic(name);
    if (!topic || watches_.erase(*topic) == 0)
      out.push_back(error_frame(name, {ErrorCode::ValidationError, "There is no such subscription."}));
  } else {
    out.push_back(error_frame("", {ErrorCode::ValidationError, kBadFrame}));
  }
  co_return out;
}

void LiveSession::say_trunks(Watch& watch, LiveFrames& out) {
  const auto all = world_->loads.trunks();
  for (const auto& trunk : *all) {
    if (watch.filter.customer && *watch.filter.customer != trunk.customer) continue;
    auto key = trunk.id.to_string();
    if (!watch.filter.key.empty() && watch.filter.key != key) continue;
    auto data = dump(to_json(trunk));
    auto& shown = watch.shown[std::move(key)];
    if (shown == data) continue;
    shown = data;
    if (watch.filter.type.empty() || watch.filter.type == "trunk.status")
      out.push_back(event_frame(watch, "trunk.status", services_.clock.wall(), watch.token, data));
  }
}

void LiveSession::say_counters(Watch& watch, LiveFrames& out) {
  auto data = dump(to_json(world_->loads.account(watch.filter.customer)));
  out.push_back(event_frame(watch, "counters.updated", services_.clock.wall(), {}, data));
}

void LiveSession::tick(Watch& watch, LiveFrames& out) {
  if (watch.filter.topic == Topic::Trunks) say_trunks(watch, out);
  if (watch.filter.topic == Topic::Counters) say_counters(watch, out);
}

asio::awaitable<void> LiveSession::drain(Topic topic, LiveFrames& out) {
  const auto found = watches_.find(topic);
  if (found == watches_.end() || !found->second.subscription) co_return;
  auto& watch = found->second;
  const auto batch = watch.subscription->take();
  for (const auto& event : batch.events) {
    watch.token = event->place.to_string();
    out.push_back(event_frame(watch, event->type, event->at, watch.token, event->data));
  }
  if (batch.dropped == 0) co_return;
  auto token = batch.dropped_to.to_string();
  watch.token = token;
  Json frame;
  frame["op"] = "dropped";
  frame["topic"] = to_string(topic);
  frame["count"] = batch.dropped;
  frame["token"] = token;
  out.push_back({"dropped", token, dump(frame)});
  remember(watch);
  auto filter = watch.filter;
  auto looking = snapshot_frame(std::move(filter), std::move(token));
  auto snapshot = co_await std::move(looking);
  out.push_back(std::move(snapshot));
}

asio::awaitable<LiveFrames> LiveSession::pump() {
  LiveFrames out;
  const auto now = SteadyClock::now();
  if (now >= next_check_) {
    next_check_ = now + services_.settings.live.recheck;
    auto checking = recheck(out);
    co_await std::move(checking);
    if (over_) co_return out;
  }
  for (const auto topic : live::kTopics) {
    auto draining = drain(topic, out);
    co_await std::move(draining);
  }
  if (now >= next_tick_) {
    next_tick_ = now + services_.settings.live.tick;
    for (auto& [topic, watch] : watches_)
      tick(watch, out);
  }
  co_return out;
}

asio::awaitable<void> LiveSession::wait(Time at_the_latest) {
  auto until = std::min(at_the_latest, next_check_);
  if (watches_.contains(Topic::Trunks) || watches_.contains(Topic::Counters))
    until = std::min(until, next_tick_);
  auto waiting = bell_->wait(until);
  co_await std::move(waiting);
}

// Who it is, asked again; of whom came with a ticket, by what the ticket stood for.
asio::awaitable<Outcome<Principal>> LiveSession::prove() {
  if (!header_.empty()) {
    auto proving = services_.authenticator.authenticate(header_, address_);
    co_return co_await std::move(proving);
  }
  auto now = principal_;
  if (now.kind == PrincipalKind::Token) {
    if (SteadyClock::now() - began_ < services_.settings.live.token_stay) co_return now;
    co_return Failure{ErrorCode::Unauthorized, "The ticket is good no longer: get another."};
  }
  store::StandingRepository standing(services_.pool);
  if (now.kind == PrincipalKind::Key) {
    if (now.key.is_nil()) co_return now;
    auto asking = standing.of_key(now.key.value, now.is_operator());
    auto scopes = co_await std::move(asking);
    if (!scopes) co_return from_store(scopes.error(), "key");
    now.scopes = std::move(*scopes);
    co_return now;
  }
  auto asking = standing.of_session(now.session.value);
  const auto found = co_await std::move(asking);
  if (!found) co_return from_store(found.error(), "session");
  if (now.role) now.scopes.clear();  // those of its role come anew
  co_return now;
}

asio::awaitable<std::optional<Failure>> LiveSession::add_role(Principal& principal) {
  if (!principal.role) co_return std::nullopt;
  auto asking = services_.roles->find(*principal.role);
  auto role = co_await std::move(asking);
  if (!role) co_return role.error();
  const bool fits = role->for_operators == principal.is_operator() &&
                    (!role->customer || role->customer == principal.customer);
  if (!fits) co_return Failure{ErrorCode::Unauthorized, "The role is not one of this account."};
  for (auto& scope : role->scopes)
    principal.scopes.push_back(std::move(scope));
  co_return std::nullopt;
}

asio::awaitable<void> LiveSession::recheck(LiveFrames& out) {
  auto proving = prove();
  auto proven = co_await std::move(proving);
  std::optional<Failure> failure;
  if (!proven)
    failure = proven.error();
  else if (proven->customer != principal_.customer)
    failure = Failure{ErrorCode::Unauthorized, "The credential is another customer's now."};
  if (!failure) {
    auto adding = add_role(*proven);
    failure = co_await std::move(adding);
  }
  if (failure) {
    // What cannot be asked now is asked the next time.
    const bool passing = failure->code == ErrorCode::ServiceUnavailable ||
                         failure->code == ErrorCode::RateLimited || failure->code == ErrorCode::InternalError;
    if (!passing) over_ = std::move(failure);
    co_return;
  }
  principal_ = std::move(*proven);
  for (const auto topic : live::kTopics) {
    if (!watches_.contains(topic)) continue;
    const auto refused = services_.authorizer.check(principal_, need_of(topic));
    if (!refused) continue;
    watches_.erase(topic);
    out.push_back(error_frame(to_string(topic), *refused));
  }
}

}  // namespace warp::api
