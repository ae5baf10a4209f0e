#include "intake.h"

#include <algorithm>

#include "warp/base/text.h"
#include "warp/messaging/pricing.h"
#include "warp/smpp/pdu/encoding.h"
#include "warp/smpp/pdu/segments.h"

#include "carriage.h"
#include "quiet.h"
#include "rules.h"

namespace warp::messaging {
namespace {

using domain::Reason;

constexpr std::size_t kBinaryOctets = 140;

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}
void plain(domain::MessageAddress& address) {
  if (address.digits.starts_with('+')) address.digits.erase(0, 1);
}
bool nanp(std::string_view digits) {
  return digits.size() == 11 && digits.front() == '1' && all_digits(digits);
}
bool address_fits(const domain::MessageAddress& from) {
  if (from.digits.empty() || from.digits.size() > 20) return false;
  return all_digits(from.digits) || from.digits.size() <= 11;
}

}  // namespace

void Intake::submit(Submission submission, SubmitDone done) {
  if (closed) return refuse(closed_reason, done);
  if (core_.messages.size() >= core_.settings.max_messages) return refuse(Reason::Overloaded, done);
  const auto checked = check(submission, false);
  if (!checked) return refuse(checked.error(), done);
  accept(std::move(submission), *checked, std::move(done));
}

void Intake::reply(Submission submission) {
  if (closed) return;
  if (const auto checked = check(submission, true); checked)
    accept(std::move(submission), *checked, [](const auto&) {});
}

Result<Intake::Checked, Reason> Intake::recheck(Submission& submission) {
  if (closed) return closed_reason;
  return check(submission, false);
}

void Intake::refuse(Reason reason, const SubmitDone& done) {
  core_.metrics.refused(reason);
  done(reason);
}

Result<Intake::Checked, Reason> Intake::check(Submission& submission, bool own) {
  Checked checked;
  const auto* customer = core_.directory->customer(submission.customer);
  if (!customer || !customer->active) return Reason::AccountSuspended;
  plain(submission.from);
  plain(submission.to);
  const auto asked = submission.from.digits;
  if (!own)
    if (auto reason = intercept(submission, checked)) return *reason;
  const auto& to = submission.to.digits;
  if (!all_digits(to) || to.size() < 3 || to.size() > 15) return Reason::NumberInvalid;
  if (auto reason = check_sender(submission, *customer, checked)) return *reason;
  // Nor from the number that a rule has taken another for.
  if (!own && (core_.opted_out(submission.customer, submission.from.digits, to) ||
               (checked.sender_set && core_.opted_out(submission.customer, asked, to))))
    return Reason::RecipientOptedOut;
  const auto now = core_.clock.wall();
  if (submission.valid_until &&
      (*submission.valid_until <= now ||
       (submission.not_before && *submission.valid_until <= *submission.not_before)))
    return Reason::MessageExpired;
  if (!own)
    if (auto reason = mind_quiet_hours(submission)) return *reason;
  if (auto reason = count(submission, checked)) return *reason;
  if (!own)
    if (auto reason = spend(submission, *customer, checked.segments)) return *reason;
  if (submission.origin == domain::MessageOrigin::Test) return checked;  // costs nothing
  if (auto reason = price(submission, *customer, checked)) return *reason;
  if (auto reason = mind_campaign(submission, checked, own)) return *reason;
  return checked;
}

// A sender is a number of the account. Letters and short codes are provisioned as numbers are.
std::optional<Reason> Intake::check_sender(const Submission& submission,
                                           const domain::MessagingCustomer& customer,
                                           Checked& checked) const {
  if (!address_fits(submission.from)) return Reason::SenderNotAllowed;
  const auto* number = core_.directory->number(submission.from.digits);
  const bool owned = number && number->customer == submission.customer;
  if (!owned && !checked.sender_set) return Reason::SenderNotAllowed;
  if (owned) checked.campaign = number->campaign;
  if (checked.campaign) {
    const auto* campaign = core_.directory->campaign(*checked.campaign);
    return campaign && campaign->approved ? std::nullopt : std::optional(Reason::CampaignNotApproved);
  }
  if (customer.needs_campaign && nanp(submission.from.digits) && nanp(submission.to.digits))
    return Reason::CampaignMissing;
  return std::nullopt;
}

std::optional<Reason> Intake::intercept(Submission& submission, Checked& checked) const {
  const auto& rules = core_.directory->rules();
  if (rules.empty(domain::Direction::Outbound)) return std::nullopt;
  const auto result = rules.apply(domain::Direction::Outbound,
                                  {submission.customer, submission.from, submission.to, submission.text,
                                   submission.priority, submission.binary_coding, submission.rich});
  core_.metrics.rules_acted.add(result.acted.size());
  checked.via = result.via;
  checked.sender_set = result.sender_set;
  return result.refused ? std::optional(Reason::ContentRefused) : std::nullopt;
}

// What would disturb waits for the end of quiet hours, when it is worth something then.
std::optional<Reason> Intake::mind_quiet_hours(Submission& submission) const {
  const auto now = core_.clock.wall();
  const auto first = std::max(now, submission.not_before.value_or(now));
  const auto until = core_.directory->quiet().quiet_until(submission.customer, submission.to.digits, first);
  if (!until) return std::nullopt;
  const auto longest = now + core_.settings.longest_validity;
  const auto valid = std::min(longest, submission.valid_until.value_or(longest));
  if (*until >= valid) return Reason::QuietHours;
  submission.not_before = *until;
  core_.metrics.quiet_held.add();
  return std::nullopt;
}

// Last, because it takes of what the campaign has left. Answers to keywords go whatever is left.
std::optional<Reason> Intake::mind_campaign(const Submission& submission, const Checked& checked, bool own) {
  const auto* campaign = checked.campaign ? core_.directory->campaign(*checked.campaign) : nullptr;
  if (!campaign) return std::nullopt;
  const auto carrier = core_.directory->carrier(submission.to.digits);
  const CampaignLimits::Moment at{core_.clock.now(), core_.clock.wall()};
  if (own) {
    core_.limits.count(campaign->id, carrier, checked.segments, at.wall);
    return std::nullopt;
  }
  return core_.limits.take(*campaign, carrier, checked.segments, at)
             ? std::nullopt
             : std::optional(Reason::MessageThrottled);
}

std::optional<Reason> Intake::count(const Submission& submission, Checked& checked) const {
  if (submission.kind != domain::MessageKind::Sms) {
    if (submission.binary_coding) return Reason::MessageMalformed;
    const auto whole = count_whole(submission.kind, submission.text, submission.rich.get());
    checked.segments = whole.segments;
    checked.encoding = to_string(smpp::Alphabet::Utf8);
    return whole.wrong;
  }
  if (submission.binary_coding) {
    checked.encoding = to_string(smpp::Alphabet::Binary);
    if (submission.udh.size() + submission.text.size() > kBinaryOctets) {
      // Unpacked septets are one an octet.
      const auto alphabet = smpp::interpret(*submission.binary_coding, smpp::Alphabet::Gsm7).alphabet;
      if (alphabet != smpp::Alphabet::Gsm7 || submission.text.size() > 160) return Reason::MessageTooLong;
    }
    return std::nullopt;
  }
  const auto text = smpp::encode_text(submission.text);
  if (text.broken > 0) return Reason::MessageMalformed;
  const auto segments = smpp::count_segments(text);
  if (segments > smpp::kMostParts) return Reason::MessageTooLong;
  checked.segments = static_cast<std::uint16_t>(segments);
  checked.encoding = to_string(text.alphabet);
  return std::nullopt;
}

std::optional<Reason> Intake::spend(const Submission& submission, const domain::MessagingCustomer& customer,
                                    std::uint32_t segments) {
  const auto now = core_.clock.now();
  const auto* esme = submission.esme ? core_.directory->esme(*submission.esme) : nullptr;
  TokenBucket* account = customer.mps ? &customers_[customer.id] : nullptr;
  TokenBucket* bind = esme && esme->mps ? &esmes_[esme->id] : nullptr;
  const auto burst = customer.mps ? (customer.burst > 0 ? customer.burst : *customer.mps) : 0;
  // Both or neither: what one refuses must not cost the other.
  if (account && account->wait(segments, *customer.mps, burst, now).count() > 0)
    return Reason::MessageThrottled;
  if (bind && !bind->take(segments, *esme->mps, *esme->mps, now)) return Reason::MessageThrottled;
  if (account && !account->take(segments, *customer.mps, burst, now)) return Reason::MessageThrottled;
  return std::nullopt;
}

std::optional<Reason> Intake::price(const Submission& submission, const domain::MessagingCustomer& customer,
                                    Checked& checked) const {
  checked.price = price_of(*core_.directory, customer.rate_plan, submission.to.digits, checked.segments);
  // What is held and charged is in the account's currency.
  if (!checked.price || checked.price->currency != customer.currency) return Reason::MessageUnrated;
  return std::nullopt;
}

void Intake::accept(Submission submission, const Checked& checked, SubmitDone done) {
  const auto now = core_.clock.wall();
  domain::Message message;
  message.id = {core_.ids.uuid7(now)};
  message.customer = submission.customer;
  message.kind = submission.kind;
  if (message.kind != domain::MessageKind::Sms) message.rich = std::move(submission.rich);
  message.origin = submission.origin;
  message.esme = submission.esme;
  message.from = std::move(submission.from);
  if (!all_digits(message.from.digits)) message.from.ton = domain::kTonLetters, message.from.npi = 0;
  message.to = std::move(submission.to);
  message.text = std::move(submission.text);
  message.binary_coding = submission.binary_coding;
  message.udh = std::move(submission.udh);
  message.encoding = checked.encoding;
  message.segments = checked.segments;
  message.priority = std::min<std::uint8_t>(submission.priority, 3);
  message.protocol_id = submission.protocol_id;
  message.message_class = submission.message_class;
  message.receipts = submission.receipts;
  message.status_callback = std::move(submission.status_callback);
  message.client_reference = std::move(submission.client_reference);
  message.service_type = submission.service_type;
  message.submitted_coding = submission.submitted_coding;
  message.campaign = checked.campaign;
  message.accepted_at = now;
  message.not_before = submission.not_before.value_or(now);
  message.valid_until = std::min(
      submission.valid_until.value_or(std::max(now, message.not_before) + core_.settings.default_validity),
      now + core_.settings.longest_validity);
  message.price = checked.price;
  auto candidates = dispatcher_.route(message, nullptr, checked.via);
  if (candidates.none() && dispatcher_.fall_back(message))
    candidates = dispatcher_.route(message, nullptr, checked.via);
  if (candidates.none()) return refuse(Reason::NoMessageRoute, done);
  message.connector = candidates.connectors.front();

  auto& live = core_.add(std::move(message));
  live.via = checked.via;
  dispatcher_.reserve_direct(live, live.message.connector);
  Accepted accepted{live.message.id,  live.message.segments, checked.encoding, checked.price, false, now,
                    checked.campaign, live.message.kind};
  core_.store.insert_once(
      live.message, core_.guard([this, accepted, done = std::move(done)](const domain::Insertion& outcome) {
        inserted(accepted, outcome, done);
      }));
}

void Intake::inserted(Accepted accepted, const domain::Insertion& outcome, const SubmitDone& done) {
  auto* live = core_.find(accepted.id);
  if (!live) return;
  if (outcome.earlier) {
    dispatcher_.abandoned(*live);
    accepted.id = *outcome.earlier;
    accepted.replayed = true;
    return done(accepted);
  }
  if (outcome.unpaid) {
    dispatcher_.abandoned(*live);
    return refuse(Reason::InsufficientFunds, done);
  }
  if (!outcome.durable) {
    core_.metrics.store_failures.add();
    dispatcher_.abandoned(*live);
    return refuse(Reason::StoreUnavailable, done);
  }
  core_.metrics.accepted.add();
  core_.log.debug("messaging.accepted", {{"message", accepted.id}});
  // Acknowledged before it goes out, so that its receipt cannot come first.
  done(accepted);
  dispatcher_.admitted(*live);
}

}  // namespace warp::messaging
