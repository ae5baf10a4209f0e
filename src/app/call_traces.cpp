#include "app/call_traces.h"

#include <algorithm>

#include "warp/base/text.h"
#include "warp/sip/transport/scan.h"

namespace warp::app {
namespace {

constexpr std::string_view kMask = "***";

bool proves(std::string_view line) {
  const auto name = trim(line.substr(0, line.find(':')));
  return iequals(name, "Authorization") || iequals(name, "Proxy-Authorization");
}

}  // namespace

std::string without_secrets(std::string_view message) {
  std::string out;
  out.reserve(message.size());
  bool hidden = false;  // a line that begins with a blank goes on with the header before it
  while (!message.empty()) {
    const auto end = message.find('\n');
    const auto line = message.substr(0, end == message.npos ? message.size() : end + 1);
    if (trim(line).empty()) break;  // the body
    message.remove_prefix(line.size());
    const bool goes_on = line.front() == ' ' || line.front() == '\t';
    if (!goes_on) hidden = proves(line);
    if (!hidden) {
      out += line;
    } else if (!goes_on) {
      out += line.substr(0, line.find(':') + 1);
      out += ' ';
      out += kMask;
      out += "\r\n";
    }
  }
  out += message;
  return out;
}

const CallTraces::Trace* CallTraces::find(CallId call) const {
  const auto found =
      std::find_if(traces_.begin(), traces_.end(), [&](const Trace& trace) { return trace.call == call; });
  return found == traces_.end() ? nullptr : &*found;
}

CallTraces::Trace* CallTraces::find(CallId call) {
  const auto found =
      std::find_if(traces_.begin(), traces_.end(), [&](const Trace& trace) { return trace.call == call; });
  return found == traces_.end() ? nullptr : &*found;
}

void CallTraces::watch(Trace& trace, std::string sip_call_id) {
  if (sip_call_id.empty() || !by_sip_call_id_.try_emplace(sip_call_id, &trace).second) return;
  trace.sip_call_ids.push_back(std::move(sip_call_id));
  watched_.store(by_sip_call_id_.size(), std::memory_order_relaxed);
}

void CallTraces::end(Trace& trace) {
  for (const auto& id : trace.sip_call_ids)
    by_sip_call_id_.erase(id);
  trace.sip_call_ids.clear();
  trace.running = false;
  watched_.store(by_sip_call_id_.size(), std::memory_order_relaxed);
}

// False: all of them run.
bool CallTraces::make_room() {
  const auto now = clock_.now();
  for (auto& trace : traces_)
    if (trace.until && *trace.until <= now) end(trace);
  if (traces_.size() < kMost) return true;
  const auto ended =
      std::find_if(traces_.begin(), traces_.end(), [](const Trace& trace) { return !trace.running; });
  if (ended == traces_.end()) return false;
  traces_.erase(ended);
  return true;
}

bool CallTraces::start(CallId call, CustomerId customer, const std::vector<std::string>& sip_call_ids) {
  const std::lock_guard lock(mutex_);
  auto* trace = find(call);
  if (trace == nullptr) {
    if (!make_room()) return false;
    trace = &traces_.emplace_back();
    trace->call = call;
    trace->customer = customer;
  }
  trace->running = true;
  for (const auto& id : sip_call_ids)
    watch(*trace, id);
  return true;
}

bool CallTraces::stop(CallId call) {
  const std::lock_guard lock(mutex_);
  auto* trace = find(call);
  if (trace == nullptr || !trace->running) return false;
  end(*trace);
  return true;
}

bool CallTraces::running(CallId call) const {
  if (!watches()) return false;
  const std::lock_guard lock(mutex_);
  const auto* trace = find(call);
  return trace != nullptr && trace->running && !trace->until;
}

std::optional<api::CallTrace> CallTraces::read(CallId call, std::optional<CustomerId> customer) const {
  const std::lock_guard lock(mutex_);
  const auto* trace = find(call);
  if (trace == nullptr || (customer && *customer != trace->customer)) return std::nullopt;
  api::CallTrace out;
  out.running = trace->running && !trace->until;
  out.cut = trace->cut;
  out.messages = trace->messages;
  return out;
}

void CallTraces::add(std::string_view sip_call_id, bool sent, const sip::Flow& flow,
                     std::string_view message) {
  const std::lock_guard lock(mutex_);
  const auto found = by_sip_call_id_.find(sip_call_id);
  if (found == by_sip_call_id_.end()) return;
  auto& trace = *found->second;
  if (trace.until && *trace.until <= clock_.now()) return end(trace);
  if (trace.messages.size() >= kMessages || trace.octets + message.size() > kOctets) {
    trace.cut = true;
    return;
  }
  trace.octets += message.size();
  api::TracedMessage kept;
  kept.at = clock_.wall();
  kept.sent = sent;
  kept.transport = domain::to_string(flow.transport);
  kept.local = flow.local.to_string();
  kept.remote = flow.remote.to_string();
  kept.text = without_secrets(message);
  trace.messages.push_back(std::move(kept));
}

void CallTraces::join(std::string_view sip_call_id, std::string_view far) {
  const std::lock_guard lock(mutex_);
  const auto found = by_sip_call_id_.find(sip_call_id);
  if (found != by_sip_call_id_.end()) watch(*found->second, std::string(far));
}

void CallTraces::over(CallId call) {
  const std::lock_guard lock(mutex_);
  if (auto* trace = find(call)) trace->until = clock_.now() + kLingers;
}

void TraceTap::on_message(Way way, const sip::Flow& flow, std::string_view bytes) {
  if (tap_ != nullptr) tap_->on_message(way, flow, bytes);
  if (traces_.watches()) traces_.add(sip::find_call_id(bytes), way == Way::Out, flow, bytes);
}

void TraceTap::joined(const Legs& legs) {
  if (capture_ != nullptr) capture_->joined(legs);
  if (traces_.watches()) traces_.join(legs.call_id, legs.far_call_id);
}

void TraceTap::ended(const domain::CallRecord& record) {
  if (capture_ != nullptr) capture_->ended(record);
  if (traces_.watches()) traces_.over(record.call);
}

}  // namespace warp::app
