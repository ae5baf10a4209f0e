// What an operator sets for messaging as a whole.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace warp::messaging {

struct Settings {
  std::size_t max_messages = 2'000'000;  // not final, in memory; more are refused as Overloaded
  std::chrono::seconds default_validity{48 * 3600}, longest_validity{7 * 24 * 3600};
  // Sent and no final receipt: the message expires with ReceiptMissing.
  std::chrono::seconds receipt_timeout{72 * 3600};
  // A part failed: how long the others may still report before the message is undelivered.
  std::chrono::seconds part_grace{600};
  std::chrono::seconds parked_timeout{72 * 3600};
  std::size_t max_parked = 200'000;
  // A connector that cannot send for so long gives its queue to others.
  std::chrono::seconds reroute_after{30};
  // Circuit breaker: failures of the connector in a row, and how long it rests then.
  unsigned breaker_failures = 10;
  std::chrono::seconds breaker_rest{30};
  std::chrono::milliseconds throttle_first{500}, throttle_longest{30'000};
  std::chrono::milliseconds retry_first{5'000}, retry_longest{1'800'000};
  // Messages made durable as Sending ahead of the window, so that the store's delay does not empty it.
  std::size_t ahead = 128;
  std::chrono::milliseconds store_retry{1'000};
  std::chrono::milliseconds delivery_first{5'000}, delivery_longest{3 * 3'600'000};
  // The longest pause for a bind that is there and says "later": it may be mended at any moment.
  std::chrono::milliseconds bind_delivery_longest{60'000};
  std::chrono::seconds delivery_give_up{72 * 3600};
  std::size_t owed_in_memory = 10'000;  // deliveries of one receiver; the rest waits in the store
  std::size_t webhooks_at_once = 64;
  std::chrono::seconds reassembly_patience{24 * 3600};
  // Answers to STOP, START and HELP; empty: none is sent.
  std::string stop_reply, start_reply, help_reply;
};

}  // namespace warp::messaging
