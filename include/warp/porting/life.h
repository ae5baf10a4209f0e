// The life of a number that is ported: states and what leads from one to another, as a table.
//
// Pure: what is not in the table does not happen. The names of the states are those of the API.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace warp::porting {

enum class State : std::uint8_t {
  Draft,
  Validating,
  ValidationError,
  ReadyForSubmission,
  LsrPending,
  LsrSubmitted,
  CsrPending,
  CsrApproved,
  CsrMismatch,
  SupplementRequested,
  PendingFoc,
  FocReceived,
  PortConflict,
  PortException,
  AwaitingDueDate,
  ReadyForActivation,
  Activating,
  Activated,
  Cancelled,
  Failed,
  IntraspPending,
  IntraspTimeout,
  IntraspCompleted,
  PortOutRequested,
  PortOutCsrIssued,
  PortOutPending,
  PortedOut,
  LrnCreated,
  Disconnected,
};
constexpr std::size_t kStates = 29;
std::string_view to_string(State state);  // "PENDING_FOC"
std::string_view display(State state);    // "Waiting for the other carrier"
std::optional<State> parse_state(std::string_view text);

enum class Event : std::uint8_t {
  Validate,    // it is looked at (again)
  Valid,       // … and can be ported
  Invalid,     // … and cannot
  Submit,      // the order goes out
  Resubmit,    // … once more, after it was turned down
  Confirm,     // the other carrier has set a date
  Dispute,     // the other carrier says no
  Mismatch,    // … since the details are not the customer's
  Break,       // something else went wrong
  Await,       // the date is known to all
  DueDate,     // it has come
  Supplement,  // another date is wished
  Activate,
  Done,  // the network has it
  Cancel,
  Fail,
};
constexpr std::size_t kEvents = 16;
std::string_view to_string(Event event);

// What follows from a step, besides the state.
enum Action : std::uint8_t {
  kNothing = 0,
  kAskAgain = 1,        // it moves by itself: somebody is to look
  kEnterInventory = 2,  // it is the customer's from now on
};

struct Step {
  State state;
  std::uint8_t actions = kNothing;  // bits
};
// nullopt: that cannot happen to it.
std::optional<Step> step(State state, Event event);

bool is_final(State state);
bool is_pending(State state);   // the order is out, and it is not over
bool is_rejected(State state);  // somebody has to do something
bool before_submission(State state);

}  // namespace warp::porting
