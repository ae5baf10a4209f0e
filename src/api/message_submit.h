// From a request to messaging and back: what both a single message and a batch begin with.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "warp/domain/message_port.h"

#include "services.h"

namespace warp::api {

// Fields of one message in a body.
std::vector<Field> submission_fields(bool text_needed = true);
std::vector<ErrorCode> submission_errors();

Outcome<domain::Submission> read_submission(const Json& body, CustomerId customer);
// INVALID_TO, or FROM_NOT_OWNED: what has no sender's form is nobody's.
std::optional<domain::MessageAddress> read_sender(std::string_view text);
std::optional<domain::MessageAddress> read_recipient(std::string_view text);

// Idempotency-Key of the request, empty when there is none.
Outcome<std::string> idempotency_key(const Call& call);
// A reason why nothing can be sent at all.
std::optional<Failure> check_sending(const Services& services);
// Test for a test key: what it sends goes nowhere.
domain::MessageOrigin origin_of(const Call& call);

using Submitted = Result<domain::Accepted, domain::Reason>;
// All at once; answers in the order of `list`.
boost::asio::awaitable<std::vector<Submitted>> submit_all(domain::MessagePort& port,
                                                          std::vector<domain::Submission> list);

// The message just accepted, as it stands.
domain::Message message_of(const domain::Submission& submission, const domain::Accepted& accepted);
// An earlier message in answer to a repeated key; a failure when it is not the same message.
Outcome<domain::Message> same_message(const domain::Submission& submission, domain::Message earlier);
// What was submitted as a message, read from the database when it is a replay.
boost::asio::awaitable<Outcome<domain::Message>> outcome_of(Services& services, store::Actor actor,
                                                            domain::Submission submission, Submitted result);

Failure no_messaging();
bool is_url(std::string_view text);        // http or https
bool is_https_url(std::string_view text);  // or empty

}  // namespace warp::api
