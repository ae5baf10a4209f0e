#include "warp/porting/life.h"

#include <algorithm>
#include <array>

namespace warp::porting {
namespace {

using enum State;

struct Name {
  State state;
  std::string_view name, display;
};
constexpr std::array<Name, kStates> kNames{{
    {Draft, "DRAFT", "Draft"},
    {Validating, "VALIDATING", "Being checked"},
    {ValidationError, "VALIDATION_ERROR", "Cannot be ported as it stands"},
    {ReadyForSubmission, "READY_FOR_SUBMISSION", "Ready to be submitted"},
    {LsrPending, "LSR_PENDING", "Service request being written"},
    {LsrSubmitted, "LSR_SUBMITTED", "Service request sent"},
    {CsrPending, "CSR_PENDING", "Customer record asked for"},
    {CsrApproved, "CSR_APPROVED", "Customer record agrees"},
    {CsrMismatch, "CSR_MISMATCH", "Customer record differs"},
    {SupplementRequested, "SUPPLEMENT_REQUESTED", "Another date is asked for"},
    {PendingFoc, "PENDING_FOC", "Waiting for the other carrier"},
    {FocReceived, "FOC_RECEIVED", "Date confirmed"},
    {PortConflict, "PORT_CONFLICT", "Refused by the other carrier"},
    {PortException, "PORT_EXCEPTION", "Stopped by an exception"},
    {AwaitingDueDate, "AWAITING_DUE_DATE", "Waiting for the date"},
    {ReadyForActivation, "READY_FOR_ACTIVATION", "Ready to be activated"},
    {Activating, "ACTIVATING", "Being activated"},
    {Activated, "ACTIVATED", "Activated"},
    {Cancelled, "CANCELLED", "Cancelled"},
    {Failed, "FAILED", "Failed"},
    {IntraspPending, "INTRASP_PENDING", "Moving within the carrier"},
    {IntraspTimeout, "INTRASP_TIMEOUT", "Move within the carrier timed out"},
    {IntraspCompleted, "INTRASP_COMPLETED", "Moved within the carrier"},
    {PortOutRequested, "PORT_OUT_REQUESTED", "Another carrier asks for it"},
    {PortOutCsrIssued, "PORT_OUT_CSR_ISSUED", "Customer record given out"},
    {PortOutPending, "PORT_OUT_PENDING", "Leaving"},
    {PortedOut, "PORTED_OUT", "Gone to another carrier"},
    {LrnCreated, "LRN_CREATED", "Routing number made"},
    {Disconnected, "DISCONNECTED", "Disconnected"},
}};
constexpr bool in_order() {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (static_cast<std::size_t>(kNames[i].state) != i) return false;
  return true;
}
static_assert(in_order(), "the names follow the enumeration");

constexpr std::array<std::string_view, kEvents> kEventNames{
    "validate", "valid", "invalid",  "submit",     "resubmit", "confirm", "dispute", "mismatch",
    "break",    "await", "due_date", "supplement", "activate", "done",    "cancel",  "fail"};

struct Row {
  State from;
  Event event;
  Step to;
};
constexpr Row kRows[] = {
    {Draft, Event::Validate, {Validating, kAskAgain}},
    {ValidationError, Event::Validate, {Validating, kAskAgain}},
    {ReadyForSubmission, Event::Validate, {Validating, kAskAgain}},
    {Validating, Event::Validate, {Validating, kAskAgain}},
    {Validating, Event::Valid, {ReadyForSubmission}},
    {Validating, Event::Invalid, {ValidationError}},

    {ReadyForSubmission, Event::Submit, {PendingFoc, kAskAgain}},
    {CsrMismatch, Event::Resubmit, {PendingFoc, kAskAgain}},
    {PortConflict, Event::Resubmit, {PendingFoc, kAskAgain}},
    {PortException, Event::Resubmit, {PendingFoc, kAskAgain}},
    {Failed, Event::Resubmit, {PendingFoc, kAskAgain}},

    {LsrPending, Event::Confirm, {FocReceived, kAskAgain}},
    {LsrSubmitted, Event::Confirm, {FocReceived, kAskAgain}},
    {CsrPending, Event::Confirm, {FocReceived, kAskAgain}},
    {CsrApproved, Event::Confirm, {FocReceived, kAskAgain}},
    {PendingFoc, Event::Confirm, {FocReceived, kAskAgain}},
    {SupplementRequested, Event::Confirm, {FocReceived, kAskAgain}},
    {PortConflict, Event::Confirm, {FocReceived, kAskAgain}},
    {PortException, Event::Confirm, {FocReceived, kAskAgain}},
    {FocReceived, Event::Await, {AwaitingDueDate, kAskAgain}},
    {FocReceived, Event::DueDate, {ReadyForActivation}},
    {AwaitingDueDate, Event::DueDate, {ReadyForActivation}},

    {LsrPending, Event::Supplement, {SupplementRequested, kAskAgain}},
    {LsrSubmitted, Event::Supplement, {SupplementRequested, kAskAgain}},
    {CsrPending, Event::Supplement, {SupplementRequested, kAskAgain}},
    {CsrApproved, Event::Supplement, {SupplementRequested, kAskAgain}},
    {CsrMismatch, Event::Supplement, {SupplementRequested, kAskAgain}},
    {PendingFoc, Event::Supplement, {SupplementRequested, kAskAgain}},
    {SupplementRequested, Event::Supplement, {SupplementRequested, kAskAgain}},
    {FocReceived, Event::Supplement, {SupplementRequested, kAskAgain}},
    {PortConflict, Event::Supplement, {SupplementRequested, kAskAgain}},
    {PortException, Event::Supplement, {SupplementRequested, kAskAgain}},
    {AwaitingDueDate, Event::Supplement, {SupplementRequested, kAskAgain}},
    {ReadyForActivation, Event::Supplement, {SupplementRequested, kAskAgain}},

    {ReadyForActivation, Event::Activate, {Activating, kAskAgain}},
    {Activating, Event::Done, {Activated, kEnterInventory}},
    {IntraspPending, Event::Done, {Activated, kEnterInventory}},
    {ReadyForSubmission, Event::Done, {Activated, kEnterInventory}},  // on-net, by its PIN
    {Activating, Event::Fail, {Failed}},
    {ReadyForSubmission, Event::Fail, {Failed}},
};

// Whatever is pending can be turned down, given up or fail; before that there is nothing to cancel.
constexpr State kPending[] = {LsrPending,     LsrSubmitted,  CsrPending,      CsrApproved,
                              CsrMismatch,    PendingFoc,    FocReceived,     SupplementRequested,
                              PortConflict,   PortException, AwaitingDueDate, ReadyForActivation,
                              IntraspPending, IntraspTimeout};

}  // namespace

std::string_view to_string(State state) {
  return kNames[static_cast<std::size_t>(state)].name;
}

std::string_view display(State state) {
  return kNames[static_cast<std::size_t>(state)].display;
}

std::optional<State> parse_state(std::string_view text) {
  for (const auto& one : kNames)
    if (one.name == text) return one.state;
  return std::nullopt;
}

std::string_view to_string(Event event) {
  return kEventNames[static_cast<std::size_t>(event)];
}

std::optional<Step> step(State state, Event event) {
  for (const auto& row : kRows)
    if (row.from == state && row.event == event) return row.to;
  if (!is_pending(state) || state == Activating) return std::nullopt;
  switch (event) {
    case Event::Cancel:
      return Step{Cancelled};
    case Event::Dispute:
      return Step{PortConflict};
    case Event::Mismatch:
      return Step{CsrMismatch};
    case Event::Break:
      return Step{PortException};
    case Event::Fail:
      return Step{Failed};
    case Event::Validate:
    case Event::Valid:
    case Event::Invalid:
    case Event::Submit:
    case Event::Resubmit:
    case Event::Confirm:
    case Event::Await:
    case Event::DueDate:
    case Event::Supplement:
    case Event::Activate:
    case Event::Done:
      return std::nullopt;
  }
  return std::nullopt;
}

bool is_final(State state) {
  return state == Activated || state == Cancelled || state == Failed || state == IntraspCompleted ||
         state == PortedOut || state == Disconnected;
}

bool is_pending(State state) {
  return state == Activating ||
         std::find(std::begin(kPending), std::end(kPending), state) != std::end(kPending);
}

bool is_rejected(State state) {
  return state == CsrMismatch || state == PortConflict || state == PortException || state == Failed;
}

bool before_submission(State state) {
  return state == Draft || state == Validating || state == ValidationError || state == ReadyForSubmission;
}

}  // namespace warp::porting
