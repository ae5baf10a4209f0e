#include "shared_reads.h"

#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace warp::api {

namespace asio = boost::asio;

namespace {

using Bell = std::shared_ptr<asio::steady_timer>;

// Those who asked while another looked. The first of them looks for all.
struct Group {
  std::vector<Bell> bells;
  std::shared_ptr<const Reply> reply;
  std::optional<Failure> failure;
};

// Not at once: what rings may stand within the turn of who waits.
void ring(const Bell& bell) {
  asio::post(bell->get_executor(), [bell] { bell->cancel(); });
}

Reply copy_of(const Reply& reply) {
  Reply out;
  out.status = reply.status;
  out.meta = reply.meta;
  out.warning = reply.warning;
  out.headers = reply.headers;
  out.bare = reply.bare;
  out.text = reply.text;
  return out;
}

}  // namespace

struct SharedReads::State {
  std::mutex mutex;
  std::unordered_map<std::string, std::shared_ptr<Group>>
      looks;  // that are under way, and who waits for the next

  // Who looks: however that ends, those who waited go on.
  class Turn {
   public:
    Turn(std::shared_ptr<State> state, std::string key, std::shared_ptr<Group> group)
        : state_(std::move(state)), key_(std::move(key)), group_(std::move(group)) {}
    ~Turn() {
      const std::lock_guard guard(state_->mutex);
      if (group_)
        for (std::size_t i = 1; i < group_->bells.size(); ++i)
          ring(group_->bells[i]);
      const auto at = state_->looks.find(key_);
      if (at == state_->looks.end()) return;
      const auto next = std::exchange(at->second, nullptr);
      if (next)
        ring(next->bells.front());
      else
        state_->looks.erase(at);
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    void tell(Outcome<Reply>& outcome) {
      if (!group_ || group_->bells.size() < 2) return;
      if (!outcome) {
        group_->failure = outcome.error();
        return;
      }
      if (outcome->source) return;
      if (outcome->text.empty() && !(outcome->bare && outcome->data.is_null()))
        outcome->text = dump(outcome->data);
      group_->reply = std::make_shared<const Reply>(copy_of(*outcome));
    }

   private:
    const std::shared_ptr<State> state_;
    const std::string key_;
    const std::shared_ptr<Group> group_;
  };
};

SharedReads::SharedReads() : state_(std::make_shared<State>()) {}

Answer SharedReads::answer(std::string key, std::function<Answer()> look) {
  const auto state = state_;
  const auto executor = co_await asio::this_coro::executor;
  std::shared_ptr<Group> group;
  Bell bell;
  std::size_t place = 0;
  {
    const std::lock_guard guard(state->mutex);
    const auto [at, alone] = state->looks.try_emplace(key);
    if (!alone) {
      if (!at->second) at->second = std::make_shared<Group>();
      group = at->second;
      place = group->bells.size();
      bell = std::make_shared<asio::steady_timer>(executor, asio::steady_timer::time_point::max());
      group->bells.push_back(bell);
    }
  }
  if (bell) {
    const auto [error] = co_await bell->async_wait(asio::as_tuple(asio::use_awaitable));
    static_cast<void>(error);
  }
  if (place > 0) {
    if (group->reply) co_return copy_of(*group->reply);
    if (group->failure) co_return *group->failure;
    auto looking = look();  // there was nothing to share
    co_return co_await std::move(looking);
  }
  State::Turn turn(state, std::move(key), group);
  auto looking = look();
  auto outcome = co_await std::move(looking);
  turn.tell(outcome);
  co_return outcome;
}

bool may_share(const Endpoint& endpoint) {
  const bool told = endpoint.answer_kind == AnswerKind::Object || endpoint.answer_kind == AnswerKind::List ||
                    endpoint.answer_kind == AnswerKind::Page;
  return endpoint.method == http::Method::Get && told && endpoint.scope.ends_with(":read") &&
         !endpoint.socket && !endpoint.open && !endpoint.whole;
}

std::string sharing_key(const Endpoint& endpoint, const Call& call) {
  const auto& principal = call.principal();
  std::string key = endpoint.path;
  const auto add = [&key](std::string_view part) {
    key += '\n';
    key += part;
  };
  add(call.request.target);
  add(principal.actor());
  if (principal.kind != PrincipalKind::Key) {
    add(principal.session.value.to_string());
    for (const auto& scope : principal.scopes)
      add(scope);
  }
  if (const auto customer = call.customer()) add(customer->to_string());
  return key;
}

}  // namespace warp::api
