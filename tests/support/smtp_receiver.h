// A receiver of mails that notes what it is told and answers as the test says.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "warp/smtp/server.h"

namespace warp::test {

struct SmtpReceiver final : smtp::Receiver {
  std::optional<smtp::Reply> refuses(const domain::IpAddress& ip) override {
    if (ip == refused) return smtp::Reply{554, "5.7.1 Not from there"};
    return std::nullopt;
  }
  smtp::Reply sender(const smtp::Peer&, std::string_view from) override {
    return from == "nobody@refused.example" ? smtp::Reply{550, "no"} : smtp::Reply{250, "Ok"};
  }
  smtp::Reply recipient(const smtp::Peer&, std::string_view, std::string_view to) override {
    if (to.find("unknown") != to.npos) return {550, "5.1.1 no such mailbox"};
    if (to.find("later") != to.npos) return {450, "4.2.0 later"};
    return {250, "Ok"};
  }
  void receive(smtp::Mail mail, std::function<void(smtp::Reply)> done) override {
    mails.push_back(std::move(mail));
    waiting.push_back(std::move(done));
    if (answer) answer_all(*answer);
  }
  void answer_all(const smtp::Reply& reply) {
    for (const auto& done : std::exchange(waiting, {}))
      done(reply);
  }

  std::optional<domain::IpAddress> refused;
  std::optional<smtp::Reply> answer = smtp::Reply{250, "2.0.0 Ok"};
  std::vector<smtp::Mail> mails;
  std::vector<std::function<void(smtp::Reply)>> waiting;
};

}  // namespace warp::test
