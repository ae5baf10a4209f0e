// Early dialogs of a call that is being set up, on both legs: the forks of the far INVITE (one a To tag), and
// what the caller sees of them. Made only for calls that need it: 100rel on either leg, UPDATE, or a second
// early dialog. docs/sip/call-setup.md.
//
// A fork whose description the caller gets has a tag of its own towards the caller, from which it is known
// which far end a PRACK or an UPDATE means. Freed when the call is answered or fails.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "call.h"
#include "context.h"
#include "reliable_provisional.h"

namespace warp::calls {

inline constexpr std::size_t kMostForks = 16;          // early dialogs of one far INVITE; more are not heard
inline constexpr std::size_t kMostCallerDialogs = 32;  // that one caller sees
inline constexpr std::size_t kMostQueued = 8;          // reliable responses that wait for a PRACK

// An early dialog with a far end.
struct Fork {
  std::uint64_t key = 0;           // far_key()
  std::optional<sip::Dialog> far;  // from its first reliable response on
  std::uint32_t rseq = 0;          // the last reliable response taken, in order; 0: none
  std::uint32_t owed_prack = 0;    // its RSeq: it made an offer, the PRACK waits for the answer
  std::uint8_t allows_update = 0;
  bool agreed = false;                // offer and answer are exchanged, reliably
  bool changed = false;               // by UPDATE since: a description in its 2xx is an old one
  std::optional<sdp::Session> offer;  // that it made (delayed offer)
  std::string description;            // the last that came with an 18x
};

// An early dialog with the caller.
struct CallerDialog {
  Tag tag = 0;
  std::uint64_t key = 0;              // whose description was sent with it; 0: nobody's yet
  std::optional<sip::Dialog> dialog;  // from the first reliable response on
  std::uint32_t rseq = 0;             // the last one that we sent; 0: none
  bool agreed = false;
};

// A provisional response on its way to the caller.
struct Progress {
  std::uint16_t status = 180;
  Tag tag = 0;
  std::string body;
  bool offer = false;       // the body is an offer, its PRACK brings the answer
  std::string early_media;  // P-Early-Media
};

struct Early {
  std::vector<Fork> forks;  // of the attempt that runs
  std::vector<CallerDialog> callers;
  // One reliable response at a time (RFC 3262 §3).
  std::unique_ptr<ReliableProvisional> open;
  std::uint32_t open_rseq = 0;
  Tag open_tag = 0;
  bool open_described = false, open_offer = false;
  std::deque<Progress> queue;
  bool answer_held = false;  // the 2xx waits for the PRACK
};

Early& early_of(Call& call);  // makes it

// Which early dialog of the attempt a far response speaks for. Never 0.
std::uint64_t far_key(const Attempt& attempt, std::string_view far_tag);
inline std::uint64_t far_key(const Call& call, const sip::Message& response) {
  return far_key(call.setup->attempt, response.to().tag);
}
Fork* find_fork(Call& call, std::uint64_t key);  // null when there is none
CallerDialog* find_caller_dialog(Call& call, Tag tag);
CallerDialog& caller_dialog(Call& call, Tag tag);  // makes it

// The dialog with the caller under that tag, wherever it lives; null when there is none yet.
sip::Dialog* dialog_with_caller(Call& call, Tag tag);

// From now on the caller leg speaks for that far end, under its own tag (RFC 3261 §13.2.2.4).
void speak_as(Context& context, Call& call, std::uint64_t key);

// A dialog with the far end out of a response with To tag.
sip::Dialog far_dialog(const Context& context, const Call& call, const sip::Message& response,
                       const sip::Flow& from);

// The attempt is over: its forks are gone.
void forget_forks(Context& context, Call& call);
// One of them answered: the others are gone.
void keep_fork(Context& context, Call& call, std::uint64_t key);
// The call leaves its set-up: the other tags are unknown from now on, nothing is sent again. A PRACK that is
// still on its way is answered.
enum class Leaving : std::uint8_t { Answered, Failed };
void leave_early(Context& context, Call& call, Leaving how);

}  // namespace warp::calls
