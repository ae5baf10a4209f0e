// One request that was let in: the transaction that it is, when it has an Idempotency-Key or an If-Match.
#include <algorithm>
#include <atomic>

#include <openssl/sha.h>

#include "warp/base/text.h"
#include "warp/store/idempotency.h"

#include "manners.h"

namespace warp::api {
namespace {

constexpr std::size_t kLongestKey = 200;
constexpr std::size_t kLongestKept = 256 * 1024;  // octets of an answer
constexpr std::chrono::minutes kPurgeInterval{10};

Failure wrong_field(std::string_view name) {
  Failure failure{ErrorCode::InvalidParam, "The answer has no member of that name."};
  failure.details["param"] = "fields";
  failure.details["field"] = name;
  return failure;
}

std::optional<Failure> read_fields(const Endpoint& endpoint, Call& call) {
  if (!has_fields(endpoint)) return std::nullopt;
  const auto wanted = take<std::string>(call.query, "fields");
  if (!wanted) return std::nullopt;
  const auto& known = endpoint.answer.fields;
  for (std::string_view rest = *wanted; !rest.empty();) {
    const auto comma = std::min(rest.find(','), rest.size());
    const auto name = trim(rest.substr(0, comma));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    if (std::none_of(known.begin(), known.end(), [&](const Field& field) { return field.name == name; }))
      return wrong_field(name.substr(0, 64));
    call.context->only.emplace_back(name);
  }
  return std::nullopt;
}

void keep_only(const std::vector<std::string>& names, Json& object) {
  if (!object.is_object()) return;
  Json kept = Json::object();
  for (auto& [name, value] : object.items())
    if (std::find(names.begin(), names.end(), name) != names.end()) kept[name] = std::move(value);
  object = std::move(kept);
}

void project(const std::vector<std::string>& names, Json& data) {
  if (names.empty()) return;
  if (data.is_array())
    for (auto& element : data)
      keep_only(names, element);
  else
    keep_only(names, data);
}

// The ETag is that of the whole, whatever part of it is asked for.
void finish(const Endpoint& endpoint, const Context& context, Reply& reply) {
  if (reply.source || !reply.text.empty()) return;
  if (has_etag(endpoint) && reply.status == 200 && !reply.bare) {
    reply.text = dump(reply.data);
    reply.headers.set("ETag", etag_of(reply.text));
  }
  if (context.only.empty()) return;
  project(context.only, reply.data);
  reply.text.clear();
}

// Members in the order of their names, so that two texts of one meaning have one digest.
void canonical(const Json& value, std::string& out) {
  if (value.is_object()) {
    std::vector<std::pair<std::string, const Json*>> members;
    for (const auto& [name, member] : value.items())
      members.emplace_back(name, &member);
    std::sort(members.begin(), members.end());
    out += '{';
    for (const auto& [name, member] : members) {
      out += dump(Json(name));
      out += ':';
      canonical(*member, out);
      out += ',';
    }
    out += '}';
  } else if (value.is_array()) {
    out += '[';
    for (const auto& element : value) {
      canonical(element, out);
      out += ',';
    }
    out += ']';
  } else {
    out += dump(value);
  }
}

std::string digest_of(const Call& call) {
  std::string text;
  canonical(call.query, text);
  canonical(call.body, text);
  std::string hash(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
         reinterpret_cast<unsigned char*>(hash.data()));
  return hash;
}

bool is_keyed(const Endpoint& endpoint) {
  return endpoint.idempotency == Idempotency::Accepted || endpoint.idempotency == Idempotency::Required;
}

Outcome<std::string> read_key(const Endpoint& endpoint, const Call& call) {
  if (!is_keyed(endpoint)) return std::string();
  const auto given = call.request.headers.get("Idempotency-Key");
  if (!given) {
    if (endpoint.idempotency == Idempotency::Required) return Failure{ErrorCode::MissingIdempotencyKey, ""};
    return std::string();
  }
  const auto printable =
      std::all_of(given->begin(), given->end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (given->empty() || given->size() > kLongestKey || !printable)
    return Failure{ErrorCode::InvalidIdempotencyKey, ""};
  return std::string(*given);
}

store::IdempotentRequest request_of(const Endpoint& endpoint, const Call& call, std::string key) {
  store::IdempotentRequest out;
  if (call.principal().is_operator()) out.caller = call.principal().actor();
  out.endpoint = std::string(http::to_string(endpoint.method)) + " " + endpoint.path;
  for (const auto& [name, value] : call.request.params)
    out.endpoint += " " + value;
  out.key = std::move(key);
  out.digest = digest_of(call);
  return out;
}

std::string kept_form(Reply& reply) {
  if (reply.text.empty() && !reply.data.is_null()) reply.text = dump(reply.data);
  Json kept;
  const bool whole = reply.text.size() <= kLongestKept;
  kept["text"] = whole ? Json(reply.text) : Json();
  kept["meta"] = reply.meta;
  kept["warning"] = whole ? reply.warning : "The first answer was too long to be kept.";
  kept["bare"] = reply.bare;
  if (const auto location = reply.headers.get("Location")) kept["location"] = std::string(*location);
  return dump(kept);
}

Outcome<Reply> replayed(const store::KeyFound& found) {
  const auto kept = parse_json(found.reply);
  if (!kept || !kept->is_object()) {
    Failure failure;
    failure.internal = "a kept answer cannot be read";
    return failure;
  }
  Reply reply;
  reply.status = found.status;
  reply.text = take<std::string>(*kept, "text").value_or("");
  if (has(*kept, "meta") && (*kept)["meta"].is_object()) reply.meta = (*kept)["meta"];
  reply.warning = take<std::string>(*kept, "warning").value_or("");
  reply.bare = take<bool>(*kept, "bare").value_or(false);
  if (const auto location = take<std::string>(*kept, "location")) reply.headers.set("Location", *location);
  reply.headers.set("Idempotency-Replayed", "true");
  return reply;
}

Failure in_progress() {
  Failure failure{ErrorCode::IdempotencyInProgress, ""};
  failure.details["retry_after"] = 1;
  return failure;
}

// The context without its transaction, whatever becomes of the request.
class Taking {
 public:
  Taking(std::shared_ptr<Context> context, std::shared_ptr<pg::Joint> joint) : context_(std::move(context)) {
    context_->joint = std::move(joint);
  }
  ~Taking() {
    context_->joint.reset();
    context_->later.clear();
  }
  Taking(const Taking&) = delete;
  Taking& operator=(const Taking&) = delete;

 private:
  const std::shared_ptr<Context> context_;
};

// 412 when the object is not as the client saw it; its lock keeps two such changes apart.
boost::asio::awaitable<std::optional<Failure>> compare(store::IdempotencyRepository& store,
                                                       const Endpoint& endpoint, const Call& call,
                                                       std::string wanted) {
  auto name = endpoint.path;
  for (const auto& [param, value] : call.request.params)
    name += " " + value;
  if (const auto customer = call.customer()) name += " " + customer->to_string();
  const auto locked = co_await store.lock(call.actor(), std::move(name));
  if (!locked) co_return from_store(locked.error(), "object");
  Call read;
  read.request = call.request;
  read.request.method = http::Method::Get;
  read.context = call.context;
  auto reading = endpoint.reads(std::move(read));
  const auto seen = co_await std::move(reading);
  if (!seen) co_return seen.error();
  const auto etag = etag_of(dump(seen->data));
  if (names_etag(wanted, etag)) co_return std::nullopt;
  Failure failure{ErrorCode::PreconditionFailed, ""};
  failure.details["etag"] = etag;
  co_return failure;
}

// In the transaction: what is asked for before the action, the action, and what is kept of it.
Answer act_within(const Endpoint& endpoint, Call call, store::IdempotencyRepository& store,
                  std::optional<store::IdempotentRequest> keyed, std::string wanted) {
  const auto context = call.context;
  const auto actor = call.actor();
  if (keyed) {
    auto found = co_await store.find(actor, *keyed);
    if (!found) co_return from_store(found.error(), "request");
    switch (found->state) {
      case store::KeyState::Busy:
        co_return in_progress();
      case store::KeyState::Reused:
        co_return Failure{ErrorCode::IdempotencyKeyReused, ""};
      case store::KeyState::Replay:
        co_return replayed(*found);
      case store::KeyState::New:
        break;
    }
  }
  if (!wanted.empty()) {
    auto comparing = compare(store, endpoint, call, std::move(wanted));
    if (auto refused = co_await std::move(comparing)) co_return std::move(*refused);
  }
  auto running = endpoint.action(std::move(call));
  auto outcome = co_await std::move(running);
  if (!outcome) co_return std::move(outcome).error();
  finish(endpoint, *context, *outcome);
  const bool kept = keyed && !outcome->source && outcome->status >= 200 && outcome->status < 300;
  if (!kept) co_return outcome;
  auto form = kept_form(*outcome);
  const auto done = co_await store.keep(actor, *keyed, outcome->status, std::move(form));
  if (done) co_return outcome;
  // Somebody else was quicker with this key, on a node whose clock or lock we do not share.
  if (done.error().kind == store::ErrorKind::Duplicate) co_return in_progress();
  co_return from_store(done.error(), "request");
}

Answer perform_within(Services& services, const Endpoint& endpoint, Call call, std::string key,
                      std::string wanted) {
  store::IdempotencyRepository store(services.pool);
  auto joint = co_await store.begin();
  if (!joint) co_return from_store(joint.error(), "request");
  std::optional<store::IdempotentRequest> keyed;
  if (!key.empty()) keyed = request_of(endpoint, call, std::move(key));
  const auto context = call.context;
  const Taking taking(context, *joint);
  std::exception_ptr thrown;
  Outcome<Reply> outcome = Failure{};
  try {
    auto acting = act_within(endpoint, std::move(call), store, std::move(keyed), std::move(wanted));
    outcome = co_await std::move(acting);
  } catch (...) {
    thrown = std::current_exception();
  }
  if (thrown || !outcome) {
    co_await (*joint)->rollback();
    if (thrown) std::rethrow_exception(thrown);
    co_return std::move(outcome).error();
  }
  auto whole = *joint;
  const auto committed = co_await store.commit(std::move(whole));
  if (!committed) co_return from_store(committed.error(), "request");
  context->joint.reset();
  for (auto& work : std::exchange(context->later, {}))
    work();
  co_return outcome;
}

// Now and then by whoever comes: old answers are nobody's business of the moment.
boost::asio::awaitable<void> forget_old(Services& services) {
  static std::atomic<std::int64_t> next{0};
  const auto now = services.clock.now().time_since_epoch().count();
  auto due = next.load(std::memory_order_relaxed);
  if (now < due) co_return;
  const auto later = (services.clock.now() + kPurgeInterval).time_since_epoch().count();
  if (!next.compare_exchange_strong(due, later)) co_return;
  store::IdempotencyRepository store(services.pool);
  const auto gone = co_await store.purge(services.settings.requests.idempotency_keep);
  if (gone.has_error()) co_return;  // the next one tries again
}

Answer act_alone(const Endpoint& endpoint, Call call) {
  const auto context = call.context;
  auto running = endpoint.action(std::move(call));
  auto outcome = co_await std::move(running);
  if (outcome) finish(endpoint, *context, *outcome);
  co_return outcome;
}

}  // namespace

Answer perform(Services& services, const Endpoint& endpoint, Call call) {
  if (auto wrong = read_fields(endpoint, call)) co_return std::move(*wrong);
  auto key = read_key(endpoint, call);
  if (!key) co_return key.error();
  std::string wanted;
  if (endpoint.reads) wanted = call.request.headers.get_or("If-Match", "");
  if (!key->empty() || !wanted.empty() || endpoint.whole) {
    const bool keyed = !key->empty();
    auto within = perform_within(services, endpoint, std::move(call), std::move(*key), std::move(wanted));
    auto outcome = co_await std::move(within);
    if (keyed) co_await forget_old(services);
    co_return outcome;
  }
  if (!may_share(endpoint)) {
    auto acting = act_alone(endpoint, std::move(call));
    co_return co_await std::move(acting);
  }
  auto name = sharing_key(endpoint, call);
  const auto* operation = &endpoint;
  auto asking = services.shared_reads.answer(std::move(name), [operation, call = std::move(call)]() mutable {
    return act_alone(*operation, std::move(call));
  });
  co_return co_await std::move(asking);
}

}  // namespace warp::api
