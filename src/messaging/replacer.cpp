#include "replacer.h"

#include <algorithm>

namespace warp::messaging {
namespace {

using smpp::Status;

bool dearer(const std::optional<domain::PricedMessage>& next,
            const std::optional<domain::PricedMessage>& old) {
  if (!next) return false;
  if (!old) return next->amount > Money();
  return next->currency != old->currency || next->amount > old->amount;
}

Submission submission_of(const domain::Message& message) {
  Submission out;
  out.customer = message.customer;
  out.origin = message.origin;
  out.esme = message.esme;
  out.from = message.from;
  out.to = message.to;
  out.binary_coding = message.binary_coding;
  out.priority = message.priority;
  out.protocol_id = message.protocol_id;
  out.message_class = message.message_class;
  out.service_type = message.service_type;
  out.submitted_coding = message.submitted_coding;
  return out;
}

// What tells the customer to try again stays as it is; the rest has one name.
Status status_of(domain::Reason reason) {
  const auto status = refusal(reason).smpp;
  return status == Status::Throttled || status == Status::MsgQFul ? status : Status::ReplaceFail;
}

}  // namespace

void Replacer::replace(Replacement wanted, ReplaceDone done) {
  auto* live = core_.find(wanted.id);
  if (!live || live->message.customer != wanted.customer || live->message.esme != wanted.esme)
    return done(Status::ReplaceFail);
  const auto& old = live->message;
  if (!dispatcher_.waiting(*live) || old.kind != domain::MessageKind::Sms || !old.udh.empty())
    return done(Status::ReplaceFail);
  auto status = Status::Ok;
  auto next = renew(old, std::move(wanted), status);
  if (!next) return done(status);
  dispatcher_.hold(*live);
  core_.store.replace(*next, core_.guard([this, id = old.id, next = *next, done](bool durable) {
    answered(id, next, durable, done);
  }));
}

std::optional<domain::Message> Replacer::renew(const domain::Message& old, Replacement wanted,
                                               Status& status) {
  auto submission = submission_of(old);
  submission.text = std::move(wanted.text);
  submission.receipts = wanted.receipts;
  submission.not_before = wanted.not_before ? wanted.not_before : old.not_before;
  submission.valid_until = wanted.valid_until ? wanted.valid_until : old.valid_until;
  const auto checked = intake_.recheck(submission);
  if (!checked) {
    core_.metrics.refused(checked.error());
    status = status_of(checked.error());
    return std::nullopt;
  }
  // Nor may the new text take it to other parties than those that it stands for.
  const bool elsewhere = submission.from != old.from || submission.to != old.to;
  if (elsewhere || dearer(checked->price, old.price)) {
    status = Status::ReplaceFail;
    return std::nullopt;
  }
  auto next = old;
  next.text = std::move(submission.text);
  next.receipts = submission.receipts;
  next.encoding = checked->encoding;
  next.segments = checked->segments;
  next.not_before = submission.not_before.value_or(old.not_before);
  next.valid_until = std::min(submission.valid_until.value_or(old.valid_until),
                              core_.clock.wall() + core_.settings.longest_validity);
  return next;
}

void Replacer::answered(MessageId id, domain::Message next, bool durable, const ReplaceDone& done) {
  auto* live = core_.find(id);
  if (!live || live->phase != Phase::Replacing) return done(Status::ReplaceFail);
  if (durable) {
    live->message = std::move(next);
    core_.log.debug("messaging.replaced", {{"message", id}});
  } else {
    core_.metrics.store_failures.add();
  }
  // Answered before it goes out: its receipt cannot come first.
  done(durable ? Status::Ok : Status::SysErr);
  dispatcher_.replaced(*live);
}

}  // namespace warp::messaging
