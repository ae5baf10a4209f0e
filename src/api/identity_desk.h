// IdentityDesk: what the endpoints of signing in share: users, sessions, passwords, second factors.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "warp/identity/hasher.h"
#include "warp/identity/secret_box.h"
#include "warp/store/sessions.h"

#include "services.h"

namespace warp::api {

constexpr const char* kSigningInTag = "Signing in";

class IdentityDesk {
 public:
  explicit IdentityDesk(Services& services);

  Services& services;
  const IdentitySettings& settings;
  store::UserRepository users;
  store::SessionRepository sessions;
  identity::Hasher& hasher;
  const std::optional<identity::SecretBox> box;  // none: no second factor can be set up

  // Between password and code: whose password was right, for a while and until it changes.
  std::string challenge_of(const store::User& user) const;
  // What it was made of; nullopt: not ours, or too old.
  std::optional<std::string> open_challenge(std::string_view challenge) const;
  // The user's id, a blank, and what changes with the password.
  static std::string challenge_content(const store::User& user);

  // How a code proved good: "totp" or "recovery_code"; nullopt: it did not. A good one is used up.
  boost::asio::awaitable<Outcome<std::optional<std::string>>> take_code(store::Actor actor, store::User user,
                                                                        std::string code);
  // Counts against the account and against the address, and says no more than that it was wrong.
  boost::asio::awaitable<Failure> refuse(store::Actor actor, std::optional<Uuid> user, std::string address);
  // The secret of the second factor; nullopt: none, or sealed under another key.
  std::optional<std::string> totp_secret(const store::User& user) const;
  // The user as answers show it, in `data`.
  Answer show(store::User user);
  // As it is stored; WEAK_PASSWORD, or SERVICE_UNAVAILABLE when too many wait.
  boost::asio::awaitable<Outcome<std::string>> hash(std::string password, std::string email);
  // What is known of tokens on this node, once the change holds.
  void forget_tokens(const Call& call) const;

 private:
  const std::string challenge_key_;
};

using DeskAction = Answer (*)(IdentityDesk&, Call);
Action at(std::shared_ptr<IdentityDesk> desk, DeskAction action);  // shared by the endpoints of a file

// Before anybody is known: the trail names the act. After: who signs in acts for themselves.
store::Actor stranger(const Call& call, std::string act);
Principal principal_of_user(const store::User& user, SessionId session);
// FORBIDDEN for keys and for tokens of identity providers: they are no users here.
std::optional<Failure> not_a_user(const Call& call);
// A part of the database is away, or too many passwords are being hashed.
Failure too_busy();
store::TokenHash token_hash(std::string_view token);

// The document says of endpoints from there on that keys are refused, and which want a second factor.
void describe_refusals(EndpointTable& table, std::size_t from);

// The fields of a user in answers, and of the answer to a sign-in.
std::vector<Field> user_fields();

}  // namespace warp::api
