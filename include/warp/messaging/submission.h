// What a customer hands in, and what a refusal is called by SMPP. The API has its own table.
#pragma once

#include "warp/domain/submission.h"
#include "warp/smpp/pdu/status.h"

namespace warp::messaging {

using domain::Accepted;
using domain::Submission;
using domain::SubmitDone;

struct Refusal {
  domain::Reason reason;
  smpp::Status smpp;  // command_status of the submit_sm_resp
};
// What a Reason is called; reasons that messaging does not give are system errors.
const Refusal& refusal(domain::Reason reason);

}  // namespace warp::messaging
