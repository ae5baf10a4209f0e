#include "warp/messaging/submission.h"

#include <array>

namespace warp::messaging {
namespace {
using domain::Reason;
using smpp::Status;

constexpr std::array kRefusals{
    Refusal{Reason::AccountSuspended, Status::SubmitFail},
    Refusal{Reason::NumberInvalid, Status::InvDstAdr},
    Refusal{Reason::MessageMalformed, Status::InvMsgLen},
    Refusal{Reason::Overloaded, Status::MsgQFul},
    Refusal{Reason::NotReady, Status::MsgQFul},
    Refusal{Reason::DaemonStopping, Status::MsgQFul},
    Refusal{Reason::SenderNotAllowed, Status::InvSrcAdr},
    Refusal{Reason::CampaignMissing, Status::InvSrcAdr},
    Refusal{Reason::RecipientOptedOut, Status::SubmitFail},
    Refusal{Reason::MessageThrottled, Status::Throttled},
    Refusal{Reason::MessageTooLong, Status::InvMsgLen},
    Refusal{Reason::MessageExpired, Status::InvExpiry},
    Refusal{Reason::MessageUnrated, Status::SubmitFail},
    Refusal{Reason::NoMessageRoute, Status::SubmitFail},
    Refusal{Reason::StoreUnavailable, Status::SysErr},
    Refusal{Reason::ContentRefused, Status::SubmitFail},
    Refusal{Reason::CampaignNotApproved, Status::InvSrcAdr},
    Refusal{Reason::QuietHours, Status::InvExpiry},
    Refusal{Reason::MediaRefused, Status::SubmitFail},
    Refusal{Reason::InsufficientFunds, Status::SubmitFail},
    Refusal{Reason::PartsMissing, Status::SubmitFail},
};
constexpr Refusal kOtherRefusal{Reason::NotReady, Status::SysErr};

}  // namespace

const Refusal& refusal(Reason reason) {
  for (const auto& row : kRefusals)
    if (row.reason == reason) return row;
  return kOtherRefusal;
}

}  // namespace warp::messaging
