#include "message_submit.h"

#include <algorithm>
#include <atomic>

#include "warp/base/text.h"
#include "warp/net/completion.h"
#include "warp/store/messages.h"

#include "formats.h"
#include "media_rules.h"
#include "message_view.h"

namespace warp::api {
namespace {

constexpr std::size_t kLongestClientKey = 200;
constexpr std::int64_t kLongestText = 40'000;  // octets; more than the most segments carry
constexpr std::size_t kLongestLetters = 11;
constexpr std::uint8_t kInternational = 1, kNetworkSpecific = 3;  // TON

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}
bool is_printable_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}
bool host_follows(std::string_view text, std::string_view scheme) {
  if (text.size() <= scheme.size() || !iequals(text.substr(0, scheme.size()), scheme)) return false;
  const auto first = text[scheme.size()];
  return first != '/' && first != '?' && first != '#' && text.find(' ') == std::string_view::npos &&
         is_printable_text(text);
}

// The texts are compared already; one that fell back is another kind now. Attachments are fetched or uploaded
// anew by each try, hence other ones.
bool same_carriage(const domain::Submission& submission, const domain::Message& earlier) {
  const bool rich = submission.kind != domain::MessageKind::Sms;
  if (rich != (earlier.rich != nullptr)) return false;
  return !rich || !submission.rich || submission.rich->subject == earlier.rich->subject;
}
// What its sender wrote: of one that fell back only the fall-back's text is known.
bool same_text(const domain::Submission& submission, const domain::Message& earlier) {
  if (earlier.text == submission.text) return true;
  return submission.kind == domain::MessageKind::Rcs && earlier.kind == domain::MessageKind::Sms &&
         submission.rich && submission.rich->fallback_text == earlier.text;
}

// Slots of a batch fill from whatever thread; the last one answers.
struct Tally {
  std::vector<Submitted> results;
  std::atomic<std::size_t> left;
  std::unique_ptr<net::Completion<std::vector<Submitted>>> completion;

  void put(std::size_t slot, const Submitted& result) {
    results[slot] = result;
    if (left.fetch_sub(1, std::memory_order_acq_rel) == 1) completion->complete(std::move(results));
  }
};

}  // namespace

bool is_url(std::string_view text) {
  return host_follows(text, "https://") || host_follows(text, "http://");
}

bool is_https_url(std::string_view text) {
  return text.empty() || host_follows(text, "https://");
}

std::vector<Field> submission_fields(bool text_needed) {
  std::vector<Field> fields{
      text("from", 32).needed().says("One of the customer's numbers, short codes or names."),
      text("to", 32).needed().says("10 digits, 11 with a leading 1, or E.164 with `+`."),
      text("body").between(1, kLongestText),
      text("status_callback", kLongestUrl)
          .is(is_url, "an http or https URL")
          .says("Told of each step; without it, the account's URL is told of the end."),
      instant("send_at").says("Not before."),
      instant("valid_until").says("Given up then."),
      integer("priority", 0, 3).says("3 is the most urgent."),
      boolean("flash").says("Shown at once and not kept by the phone.")};
  for (auto& field : fields)
    if (field.name == "body") field.required = text_needed;
  return fields;
}

std::vector<ErrorCode> submission_errors() {
  return {ErrorCode::MissingParam,
          ErrorCode::InvalidTo,
          ErrorCode::FromNotOwned,
          ErrorCode::FromNotEnrolled,
          ErrorCode::RecipientOptedOut,
          ErrorCode::ContentRefused,
          ErrorCode::FromCampaignNotApproved,
          ErrorCode::QuietHours,
          ErrorCode::MediaRefused,
          ErrorCode::InsufficientFunds,
          ErrorCode::MessageTooLong,
          ErrorCode::MessageExpired,
          ErrorCode::MessageUnrated,
          ErrorCode::NoMessageRoute,
          ErrorCode::RateLimited,
          ErrorCode::InvalidIdempotencyKey,
          ErrorCode::IdempotencyKeyReused,
          ErrorCode::IdempotencyInProgress,
          ErrorCode::GatewayUnavailable};
}

std::optional<domain::MessageAddress> read_recipient(std::string_view text) {
  const auto e164 = e164_of(text);
  if (!e164) return std::nullopt;
  return domain::MessageAddress{kInternational, 1, *e164};
}

std::optional<domain::MessageAddress> read_sender(std::string_view text) {
  if (auto number = read_recipient(text)) return number;
  if (text.empty() || text.size() > kLongestLetters || !is_printable_text(text)) return std::nullopt;
  if (!all_digits(text)) return domain::MessageAddress{domain::kTonLetters, 0, std::string(text)};
  if (text.size() > kLongestShortCode) return std::nullopt;
  return domain::MessageAddress{kNetworkSpecific, 1, std::string(text)};
}

Outcome<domain::Submission> read_submission(const Json& body, CustomerId customer) {
  const auto from = read_sender(body.at("from").get_ref<const std::string&>());
  if (!from) return Failure{ErrorCode::FromNotOwned, ""};
  const auto to = read_recipient(body.at("to").get_ref<const std::string&>());
  if (!to) return Failure{ErrorCode::InvalidTo, ""};
  domain::Submission out;
  out.customer = customer;
  out.from = *from;
  out.to = *to;
  out.text = take<std::string>(body, "body").value_or("");
  out.status_callback = take<std::string>(body, "status_callback").value_or("");
  out.receipts = out.status_callback.empty() ? domain::ReceiptWish::Final : domain::ReceiptWish::Each;
  if (const auto at = take<std::string>(body, "send_at")) out.not_before = parse_timestamp(*at);
  if (const auto at = take<std::string>(body, "valid_until")) out.valid_until = parse_timestamp(*at);
  out.priority = take<std::uint8_t>(body, "priority").value_or(0);
  if (take<bool>(body, "flash").value_or(false)) out.message_class = std::uint8_t{0};
  return out;
}

Outcome<std::string> idempotency_key(const Call& call) {
  const auto given = call.request.headers.get("Idempotency-Key");
  if (!given) return std::string();
  if (given->empty() || given->size() > kLongestClientKey || !is_printable_text(*given))
    return Failure{ErrorCode::InvalidIdempotencyKey, ""};
  return std::string(*given);
}

std::optional<Failure> check_sending(const Services& services) {
  if (!services.messaging) return no_messaging();
  return std::nullopt;
}

domain::MessageOrigin origin_of(const Call& call) {
  const auto header = call.request.headers.get_or("Authorization", "");
  const auto key = trim(header.substr(std::min(header.find(' '), header.size())));
  return key.starts_with("rk_test_") ? domain::MessageOrigin::Test : domain::MessageOrigin::Rest;
}

boost::asio::awaitable<std::vector<Submitted>> submit_all(domain::MessagePort& port,
                                                          std::vector<domain::Submission> list) {
  if (list.empty()) co_return std::vector<Submitted>();
  using Answers = std::vector<Submitted>;
  auto start = [&port, list = std::move(list)](std::unique_ptr<net::Completion<Answers>> completion) mutable {
    auto submissions = std::move(list);
    auto tally = std::make_shared<Tally>();
    tally->results.assign(submissions.size(), Submitted(domain::Reason::NotReady));
    tally->left = submissions.size();
    tally->completion = std::move(completion);
    for (std::size_t i = 0; i < submissions.size(); ++i)
      port.submit(std::move(submissions[i]), [tally, i](const Submitted& result) { tally->put(i, result); });
  };
  co_return co_await net::suspend<Answers>(std::move(start));
}

domain::Message message_of(const domain::Submission& submission, const domain::Accepted& accepted) {
  domain::Message message;
  message.id = accepted.id;
  message.customer = submission.customer;
  message.origin = submission.origin;
  message.from = submission.from;
  message.to = submission.to;
  message.text = submission.text;
  message.encoding = accepted.encoding;
  message.segments = accepted.segments;
  message.priority = submission.priority;
  message.message_class = submission.message_class;
  message.receipts = submission.receipts;
  message.status_callback = submission.status_callback;
  message.client_reference = submission.client_reference;
  message.campaign = accepted.campaign;
  message.kind = accepted.kind;
  message.rich = submission.rich;
  message.accepted_at = accepted.accepted_at;
  message.not_before = submission.not_before.value_or(accepted.accepted_at);
  message.valid_until = submission.valid_until.value_or(WallTime{});
  message.price = accepted.price;
  return message;
}

Outcome<domain::Message> same_message(const domain::Submission& submission, domain::Message earlier) {
  const bool same = earlier.from.digits == submission.from.digits &&
                    earlier.to.digits == submission.to.digits && same_text(submission, earlier) &&
                    earlier.status_callback == submission.status_callback &&
                    same_carriage(submission, earlier);
  if (same) return earlier;
  Failure failure{ErrorCode::IdempotencyKeyReused, ""};
  failure.details["message_id"] = earlier.id.to_string();
  return failure;
}

boost::asio::awaitable<Outcome<domain::Message>> outcome_of(Services& services, store::Actor actor,
                                                            domain::Submission submission, Submitted result) {
  if (!result) co_return refused(result.error());
  if (!result->replayed) co_return message_of(submission, *result);
  auto earlier = co_await services.messages.get(actor, result->id);
  if (earlier) co_return same_message(submission, std::move(*earlier));
  if (earlier.error().kind == store::ErrorKind::NotFound)
    co_return Failure{ErrorCode::IdempotencyInProgress, ""};
  co_return from_store(earlier.error(), "message");
}

Failure no_messaging() {
  return Failure{ErrorCode::GatewayUnavailable, "This node carries no messages."};
}

}  // namespace warp::api
