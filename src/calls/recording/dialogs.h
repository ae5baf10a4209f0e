// RecorderDialogs: the dialogs of a shard with recorders (RFC 7866), found by our tag. One runs for each call
// that is recorded by SIPREC; it goes as soon as our BYE leaves, and the table then answers for the tag as it
// does for any leg that was left.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "warp/base/metrics.h"
#include "warp/domain/reason.h"
#include "warp/net/timer_wheel.h"
#include "warp/sip/dialog/dialog.h"
#include "warp/sip/transaction/reliable_answer.h"
#include "warp/sip/transaction/transaction_layer.h"

#include "far_auth.h"
#include "tag.h"

namespace warp::calls {

struct RecorderDialog {
  Tag tag = 0;             // ours
  std::uint64_t call = 0;  // serial
  sip::Flow flow;
  std::string call_id, own_uri, uri, contact;
  std::optional<sip::Dialog> dialog;  // from its 2xx on
  sip::TransactionId invite = 0;      // the last one
  std::uint32_t acked = 0;            // CSeq of the last INVITE that was ACKed
  bool asking = false;                // an INVITE of ours waits for its final answer
  bool behind = false;                // the call has changed meanwhile
  std::shared_ptr<FarAuth> auth;      // null: no credentials
  net::TimerWheel::Handle timer;      // until the first final answer; later: before a re-INVITE goes again
  std::unique_ptr<sip::ReliableAnswer> ok;  // our 200 to a re-INVITE of the recorder's
  std::uint32_t asked = 0;                  // its CSeq
};

struct RecorderDialogs {
  explicit RecorderDialogs(metrics::Registry& registry);

  RecorderDialog* find(Tag tag) const {
    const auto found = live.find(tag);
    return found == live.end() ? nullptr : found->second.get();
  }
  RecorderDialog* find(std::string_view tag) const {
    if (live.empty()) return nullptr;
    const auto parsed = parse_tag(tag);
    return parsed ? find(*parsed) : nullptr;
  }
  void failed(domain::Reason reason);

  std::unordered_map<Tag, std::unique_ptr<RecorderDialog>> live;
  metrics::Registry& registry;
  metrics::Counter &sessions, &updates, &fallbacks, &exhausted;
  metrics::Counter &packets, &lost, &masked;
};

}  // namespace warp::calls
