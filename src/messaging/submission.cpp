#include "warp/messaging/submission.h"

#include <array>

namespace warp::messaging {
namespace {
using domain::Reason;
using smpp::Status;

constexpr std::array kRefusals{
    Refusal{Reason::AccountSuspended, Status::SubmitFail, 403, "ACCOUNT_SUSPENDED"},
    Refusal{Reason::NumberInvalid, Status::InvDstAdr, 400, "INVALID_TO"},
    Refusal{Reason::MessageMalformed, Status::InvMsgLen, 400, "INVALID_PAYLOAD"},
    Refusal{Reason::Overloaded, Status::MsgQFul, 503, "OVERLOADED"},
    Refusal{Reason::NotReady, Status::MsgQFul, 503, "NOT_READY"},
    Refusal{Reason::DaemonStopping, Status::MsgQFul, 503, "NOT_READY"},
    Refusal{Reason::SenderNotAllowed, Status::InvSrcAdr, 422, "FROM_NOT_OWNED"},
    Refusal{Reason::CampaignMissing, Status::InvSrcAdr, 422, "FROM_NOT_ENROLLED"},
    Refusal{Reason::RecipientOptedOut, Status::SubmitFail, 422, "RECIPIENT_OPTED_OUT"},
    Refusal{Reason::MessageThrottled, Status::Throttled, 429, "RATE_LIMITED"},
    Refusal{Reason::MessageTooLong, Status::InvMsgLen, 400, "MESSAGE_TOO_LONG"},
    Refusal{Reason::MessageExpired, Status::InvExpiry, 400, "MESSAGE_EXPIRED"},
    Refusal{Reason::MessageUnrated, Status::SubmitFail, 422, "MESSAGE_UNRATED"},
    Refusal{Reason::NoMessageRoute, Status::SubmitFail, 422, "NO_MESSAGE_ROUTE"},
    Refusal{Reason::StoreUnavailable, Status::SysErr, 503, "STORE_UNAVAILABLE"},
    Refusal{Reason::ContentRefused, Status::SubmitFail, 422, "CONTENT_REFUSED"},
};
constexpr Refusal kOther{Reason::NotReady, Status::SysErr, 500, "INTERNAL_ERROR"};

}  // namespace

const Refusal& refusal(Reason reason) {
  for (const auto& row : kRefusals)
    if (row.reason == reason) return row;
  return kOther;
}

}  // namespace warp::messaging
