#include "app/call_desk.h"

#include <algorithm>

#include "warp/api/call_json.h"
#include "warp/api/schema.h"
#include "warp/net/completion.h"

namespace warp::app {
namespace {

namespace asio = boost::asio;
using api::Json;

constexpr std::size_t kMostOfANode = 10'000;

std::optional<std::string> text_of(const Json& question, const char* name) {
  const auto found = question.find(name);
  if (found == question.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

Json question_of(const char* what, const std::string& id, std::optional<CustomerId> customer) {
  Json question;
  question["op"] = what;
  question["id"] = id;
  if (customer) question["customer_id"] = customer->to_string();
  return question;
}

api::CallFilter filter_of(const Json& question) {
  api::CallFilter filter;
  if (const auto customer = text_of(question, "customer_id"))
    filter.customer = CustomerId::parse(*customer).value_or(CustomerId{});
  if (const auto trunk = text_of(question, "trunk_id"))
    filter.trunk = TrunkId::parse(*trunk).value_or(TrunkId{});
  filter.id = text_of(question, "id").value_or("");
  const auto limit = question.find("limit");
  if (limit != question.end() && limit->is_number_unsigned())
    filter.limit = std::min(limit->get<std::size_t>(), kMostOfANode);
  return filter;
}

calls::LiveFilter live_filter(const api::CallFilter& filter) {
  calls::LiveFilter out;
  out.customer = filter.customer;
  out.trunk = filter.trunk;
  if (!filter.id.empty()) out.call = CallId::parse(filter.id).value_or(CallId{});
  out.limit = filter.limit;
  return out;
}

// By place: what calls say, and what the API calls it.
constexpr std::pair<calls::RecordingAnswer, api::CallRecording> kRecordingOutcomes[] = {
    {calls::RecordingAnswer::Done, api::CallRecording::Done},
    {calls::RecordingAnswer::NoSuchCall, api::CallRecording::NoSuchCall},
    {calls::RecordingAnswer::NotUp, api::CallRecording::NotUp},
    {calls::RecordingAnswer::NoMedia, api::CallRecording::NoMedia},
    {calls::RecordingAnswer::Already, api::CallRecording::Already},
    {calls::RecordingAnswer::NotRecorded, api::CallRecording::NotRecorded},
    {calls::RecordingAnswer::Refused, api::CallRecording::Refused},
};

api::CallRecording outcome_of(calls::RecordingAnswer said) {
  for (const auto& [calls_word, api_word] : kRecordingOutcomes)
    if (calls_word == said) return api_word;
  return api::CallRecording::Refused;
}

calls::RecordingAnswer said_of(api::CallRecording outcome) {
  for (const auto& [calls_word, api_word] : kRecordingOutcomes)
    if (api_word == outcome) return calls_word;
  return calls::RecordingAnswer::Refused;
}

calls::RecordingAnswer answer_named(std::string_view name) {
  for (const auto& [calls_word, api_word] : kRecordingOutcomes)
    if (to_string(calls_word) == name) return calls_word;
  return calls::RecordingAnswer::Refused;
}

calls::RecordingWish wish_of(const Json& question) {
  calls::RecordingWish wish;
  wish.form = domain::parse_recording_form(text_of(question, "form").value_or("")).value_or(wish.form);
  const auto said = [&question](const char* name) {
    return question.contains(name) && question[name].is_boolean() && question[name].get<bool>();
  };
  wish.tone = said("tone");
  wish.siprec = said("siprec");
  wish.recorder = text_of(question, "recorder").value_or("");
  wish.mask_digits = said("mask_digits");
  return wish;
}

Json flag(bool value) {
  Json out;
  out["done"] = value;
  return out;
}

Json shown(const std::optional<api::CallTrace>& trace) {
  Json out = Json::object();
  if (!trace) return out;
  out["running"] = trace->running;
  out["cut"] = trace->cut;
  out["messages"] = Json::array();
  for (const auto& message : trace->messages)
    out["messages"].push_back(api::to_json(message));
  return out;
}

std::optional<api::CallTrace> trace_of(const Json& value) {
  if (!value.is_object() || !value.contains("messages")) return std::nullopt;
  api::CallTrace trace;
  trace.running = value.value("running", false);
  trace.cut = value.value("cut", false);
  for (const auto& item : value["messages"])
    if (auto message = api::message_of(item)) trace.messages.push_back(std::move(*message));
  return trace;
}

}  // namespace

void CallDesk::join(const calls::LiveCalls& calls, CallTraces& traces) {
  calls_ = &calls;
  traces_ = &traces;
}

asio::awaitable<std::vector<calls::LiveCall>> CallDesk::here(calls::LiveFilter filter) {
  if (calls_ == nullptr) co_return std::vector<calls::LiveCall>();
  using Found = std::vector<calls::LiveCall>;
  auto start = [this, filter](std::shared_ptr<net::Completion<Found>> done) {
    calls_->list(filter, needs_.home, [done](Found found) { done->complete(std::move(found)); });
  };
  auto asking = net::suspend<Found>(std::move(start));
  co_return co_await std::move(asking);
}

api::ActiveCall CallDesk::view(const calls::LiveCall& call) const {
  api::ActiveCall out;
  out.id = call.call.to_string();
  out.node = needs_.node;
  out.customer = call.customer;
  out.trunk = call.trunk;
  if (!call.provider.is_nil()) out.provider = call.provider;
  out.direction = call.direction == domain::Direction::Inbound ? "inbound" : "outbound";
  out.state = calls::to_string(call.state);
  out.ani = call.ani;
  out.dni = call.dni;
  out.setup_at = call.setup_at;
  out.answered_at = call.answered_at;
  out.recording = call.recording;
  out.tracing = traces_ != nullptr && traces_->running(call.call);
  return out;
}

void add_figures(api::ActiveCall& out, const calls::LiveCall& call) {
  out.caller_media = api::to_json(call.caller_media);
  out.callee_media = api::to_json(call.callee_media);
}

asio::awaitable<NodeLink::Answers> CallDesk::ask(Json question) {
  auto peers = needs_.link != nullptr ? needs_.peers() : std::vector<std::string>();
  if (peers.empty()) co_return NodeLink::Answers();
  auto asking = needs_.link->ask(std::move(peers), api::dump(question));
  co_return co_await std::move(asking);
}

asio::awaitable<bool> CallDesk::elsewhere(Json question) {
  auto asking = ask(std::move(question));
  const auto answers = co_await std::move(asking);
  for (const auto& [node, text] : answers) {
    const auto said = text ? api::parse_json(*text) : std::nullopt;
    if (said && said->is_object() && said->value("done", false)) co_return true;
  }
  co_return false;
}

asio::awaitable<api::ActiveCalls> CallDesk::list(api::CallFilter filter) {
  api::ActiveCalls out;
  auto looking = here(live_filter(filter));
  const auto mine = co_await std::move(looking);
  for (const auto& call : mine)
    add_figures(out.calls.emplace_back(view(call)), call);
  if (!filter.id.empty() && !out.calls.empty()) co_return out;
  auto question = question_of("list", filter.id, filter.customer);
  if (filter.trunk) question["trunk_id"] = filter.trunk->to_string();
  question["limit"] = filter.limit;
  auto asking = ask(std::move(question));
  const auto answers = co_await std::move(asking);
  for (const auto& [node, text] : answers) {
    const auto said = text ? api::parse_json(*text) : std::nullopt;
    if (!said || !said->is_object() || !said->contains("calls")) {
      out.missing.push_back(node);
      continue;
    }
    for (const auto& item : (*said)["calls"])
      if (auto call = api::call_of(item)) out.calls.push_back(std::move(*call));
  }
  std::stable_sort(out.calls.begin(), out.calls.end(), [](const auto& a, const auto& b) {
    return std::tie(a.setup_at, a.id) < std::tie(b.setup_at, b.id);
  });
  if (out.calls.size() > filter.limit) out.calls.resize(filter.limit);
  co_return out;
}

asio::awaitable<bool> CallDesk::end_here(CallId call, std::optional<CustomerId> customer) {
  if (calls_ == nullptr) co_return false;
  auto start = [this, call, customer](std::shared_ptr<net::Completion<bool>> done) {
    calls_->end(call, customer, domain::Reason::NormalClearing, needs_.home,
                [done](bool ended) { done->complete(ended); });
  };
  auto asking = net::suspend<bool>(std::move(start));
  co_return co_await std::move(asking);
}

asio::awaitable<bool> CallDesk::end(std::string id, std::optional<CustomerId> customer) {
  const auto call = CallId::parse(id);
  if (!call) co_return false;
  auto ending = end_here(*call, customer);
  if (co_await std::move(ending)) co_return true;
  auto asking = elsewhere(question_of("end", id, customer));
  co_return co_await std::move(asking);
}

asio::awaitable<bool> CallDesk::trace_here(CallId call, std::optional<CustomerId> customer, bool on) {
  if (traces_ == nullptr) co_return false;
  if (!on) {
    if (!traces_->read(call, customer)) co_return false;
    traces_->stop(call);
    co_return true;
  }
  calls::LiveFilter filter;
  filter.customer = customer;
  filter.call = call;
  filter.limit = 1;
  auto looking = here(filter);
  const auto found = co_await std::move(looking);
  if (found.empty()) co_return false;
  const std::vector<std::string> ids{found.front().sip_call_id, found.front().far_sip_call_id};
  co_return traces_->start(call, found.front().customer, ids);
}

asio::awaitable<bool> CallDesk::trace(std::string id, std::optional<CustomerId> customer, bool on) {
  const auto call = CallId::parse(id);
  if (!call) co_return false;
  auto tracing = trace_here(*call, customer, on);
  if (co_await std::move(tracing)) co_return true;
  auto asking = elsewhere(question_of(on ? "trace" : "untrace", id, customer));
  co_return co_await std::move(asking);
}

asio::awaitable<std::optional<api::CallTrace>> CallDesk::traced(std::string id,
                                                                std::optional<CustomerId> customer) {
  const auto call = CallId::parse(id);
  if (!call) co_return std::nullopt;
  if (traces_ != nullptr)
    if (auto trace = traces_->read(*call, customer)) co_return trace;
  auto asking = ask(question_of("traced", id, customer));
  const auto answers = co_await std::move(asking);
  for (const auto& [node, text] : answers) {
    const auto said = text ? api::parse_json(*text) : std::nullopt;
    if (!said) continue;
    if (auto trace = trace_of(*said)) co_return trace;
  }
  co_return std::nullopt;
}

asio::awaitable<api::BegunRecording> CallDesk::record_here(CallId call, std::optional<CustomerId> customer,
                                                           std::optional<calls::RecordingWish> wish) {
  if (calls_ == nullptr) co_return api::BegunRecording{};
  using Said = calls::RecordingBegun;
  auto start = [this, call, customer, wish](std::shared_ptr<net::Completion<Said>> done) {
    if (wish)
      calls_->record(call, customer, *wish, needs_.home,
                     [done](Said said) { done->complete(std::move(said)); });
    else
      calls_->stop_recording(call, customer, needs_.home,
                             [done](calls::RecordingAnswer said) { done->complete(Said{said}); });
  };
  auto asking = net::suspend<Said>(std::move(start));
  const auto said = co_await std::move(asking);
  co_return api::BegunRecording{outcome_of(said.answer), said.id.is_nil() ? "" : said.id.to_string()};
}

asio::awaitable<api::BegunRecording> CallDesk::record(std::string id, std::optional<CustomerId> customer,
                                                      std::optional<calls::RecordingWish> wish) {
  const auto call = CallId::parse(id);
  if (!call) co_return api::BegunRecording{};
  auto recording = record_here(*call, customer, wish);
  auto here = co_await std::move(recording);
  if (here.outcome != api::CallRecording::NoSuchCall) co_return here;
  auto question = question_of(wish ? "record" : "unrecord", id, customer);
  if (wish) {
    question["form"] = to_string(wish->form);
    question["tone"] = wish->tone;
    question["siprec"] = wish->siprec;
    question["recorder"] = wish->recorder;
    question["mask_digits"] = wish->mask_digits;
  }
  auto asking = ask(std::move(question));
  const auto answers = co_await std::move(asking);
  for (const auto& [node, text] : answers) {
    const auto said = text ? api::parse_json(*text) : std::nullopt;
    const auto outcome = said && said->is_object() ? text_of(*said, "outcome") : std::nullopt;
    if (outcome && *outcome != to_string(calls::RecordingAnswer::NoSuchCall))
      co_return api::BegunRecording{outcome_of(answer_named(*outcome)),
                                    text_of(*said, "recording").value_or("")};
  }
  co_return api::BegunRecording{};
}

asio::awaitable<api::BegunRecording> CallDesk::start_recording(std::string id,
                                                               std::optional<CustomerId> customer,
                                                               domain::RecordingWish wish) {
  return record(std::move(id), customer, std::move(wish));
}

asio::awaitable<api::CallRecording> CallDesk::stop_recording(std::string id,
                                                             std::optional<CustomerId> customer) {
  auto stopping = record(std::move(id), customer, std::nullopt);
  const auto stopped = co_await std::move(stopping);
  co_return stopped.outcome;
}

asio::awaitable<std::string> CallDesk::answer(std::string text) {
  const auto question = api::parse_json(text);
  if (!question || !question->is_object()) co_return std::string("{}");
  const auto what = text_of(*question, "op").value_or("");
  const auto filter = filter_of(*question);
  if (what == "list") {
    Json out;
    out["calls"] = Json::array();
    auto looking = here(live_filter(filter));
    const auto found = co_await std::move(looking);
    for (const auto& call : found) {
      auto shown = view(call);
      add_figures(shown, call);
      out["calls"].push_back(api::to_json(shown));
    }
    co_return api::dump(out);
  }
  const auto call = CallId::parse(filter.id);
  if (!call) co_return std::string("{}");
  if (what == "end") {
    auto ending = end_here(*call, filter.customer);
    const bool ended = co_await std::move(ending);
    co_return api::dump(flag(ended));
  }
  if (what == "trace" || what == "untrace") {
    auto tracing = trace_here(*call, filter.customer, what == "trace");
    const bool traced = co_await std::move(tracing);
    co_return api::dump(flag(traced));
  }
  if (what == "record" || what == "unrecord") {
    auto recording = record_here(*call, filter.customer,
                                 what == "record" ? std::optional(wish_of(*question)) : std::nullopt);
    const auto begun = co_await std::move(recording);
    Json out;
    out["outcome"] = to_string(said_of(begun.outcome));
    if (!begun.id.empty()) out["recording"] = begun.id;
    co_return api::dump(out);
  }
  if (what == "traced" && traces_ != nullptr)
    co_return api::dump(shown(traces_->read(*call, filter.customer)));
  co_return std::string("{}");
}

}  // namespace warp::app
