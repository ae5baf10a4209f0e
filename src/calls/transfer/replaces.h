// Replaces (RFC 3891): the dialog that a header names, and whether it is one of this shard's.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "call.h"
#include "context.h"

namespace warp::calls {

// As its recipient sees it: to-tag is ours, from-tag the peer's.
struct DialogName {
  std::string call_id, local_tag, remote_tag;
  bool early_only = false;
};

// A header's value; nullopt: anything but one Call-ID with one to-tag and one from-tag.
std::optional<DialogName> parse_replaces(std::string_view value);

// What a Refer-To asks for.
struct Referral {
  enum class Kind : std::uint8_t { Malformed, Blind, Attended };
  Kind kind = Kind::Malformed;
  std::string number;  // to be called; empty: none that can be
  DialogName dialog;   // attended: to be joined
};
Referral read_referral(const sip::Message& refer);

// The leg of an answered call; null: there is none here.
LegRef find_dialog(const Context& context, const DialogName& name);
// Whose calls a party may name: its own and those of its customer's other trunks.
bool same_owner(const Context& context, const Party& a, const Party& b);

}  // namespace warp::calls
