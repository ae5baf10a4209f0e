#include "warp/integrations/embedded_porting.h"

#include <algorithm>
#include <map>

#include <boost/asio/post.hpp>

#include "warp/net/completion.h"
#include "warp/numbering/line_kind.h"
#include "warp/numbering/table.h"
#include "warp/porting/faults.h"
#include "warp/porting/life.h"
#include "warp/store/number_data.h"
#include "warp/store/port_out_pins.h"

#include "embedded_tasks.h"

namespace warp::integrations {
namespace {

namespace asio = boost::asio;
using domain::PortAction;
using domain::PortDocument;
using domain::PortNumber;
using domain::PortProject;
using domain::PortWish;
using porting::Event;
using porting::State;
using Numbers = std::vector<PortNumber>;

constexpr std::chrono::hours kDay{24};

std::string day_of(WallTime when) {
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(when)};
  char text[16];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(day.year()),
                static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
  return text;
}

// The first moment of a day that day_of() or a client wrote.
std::optional<WallTime> start_of(const std::string& day) {
  int year = 0;
  unsigned month = 0, date = 0;
  if (std::sscanf(day.c_str(), "%4d-%2u-%2u", &year, &month, &date) != 3) return std::nullopt;
  const std::chrono::year_month_day parsed{std::chrono::year(year), std::chrono::month(month),
                                           std::chrono::day(date)};
  if (!parsed.ok()) return std::nullopt;
  return WallTime(std::chrono::sys_days(parsed));
}

std::string business_day_after(WallTime now, unsigned days) {
  auto day = std::chrono::floor<std::chrono::days>(now);
  while (days > 0) {
    day += std::chrono::days(1);
    const std::chrono::weekday weekday{day};
    if (weekday != std::chrono::Saturday && weekday != std::chrono::Sunday) --days;
  }
  return day_of(WallTime(day));
}

std::shared_ptr<const numbering::Table> table_of(store::NumberData data) {
  numbering::Table::Source source;
  const auto kind = [](const std::string& name) {
    return numbering::parse_kind(name).value_or(domain::LineKind::Unknown);
  };
  for (auto& row : data.blocks)
    source.blocks.push_back({row.npanxx, row.block, std::move(row.state), std::move(row.ocn),
                             std::move(row.rate_centre), row.lata, kind(row.kind)});
  for (auto& row : data.prefixes)
    source.countries.push_back({std::move(row.prefix), std::move(row.country), kind(row.kind)});
  return numbering::Table::compile(std::move(source));
}

bool is_spid(const std::string& text) {
  return text.size() == 4 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
         });
}

class OnExecutor final : public Executor {
 public:
  explicit OnExecutor(asio::any_io_executor executor) : executor_(std::move(executor)) {}
  void post(std::function<void()> work) override { asio::post(executor_, std::move(work)); }

 private:
  asio::any_io_executor executor_;
};

const domain::PortGroup* group_of(const PortProject& project, const std::string& spid) {
  for (const auto& group : project.groups)
    if (group.spid == spid) return &group;
  return nullptr;
}

}  // namespace

struct EmbeddedPorting::Impl {
  Impl(pg::Pool& numbers, domain::NumberLookup* asked, asio::any_io_executor on,
       EmbeddedPortingSettings configured, const Clock& time, log::Logger& log)
      : pool(numbers),
        lookup(asked),
        home(on),
        settings(std::move(configured)),
        clock(time),
        tasks(on, report_to(log)) {}

  asio::awaitable<domain::PortResult<Numbers>> find(std::vector<std::string> tns,
                                                    std::optional<CustomerId> whose);
  asio::awaitable<std::map<std::string, std::string>> dips(std::vector<std::string> tns);
  Numbers act(const PortProject& project, PortAction action, const PortWish& wish) const;
  bool step(PortNumber& number, Event event) const;
  void judge(PortNumber& number, const PortProject& project) const;
  void look(PortNumber& number, const PortProject& project) const;

  pg::Pool& pool;
  domain::NumberLookup* lookup;
  OnExecutor home;
  const EmbeddedPortingSettings settings;
  const Clock& clock;
  net::TaskGroup tasks;
};

// SPIDs by number, of those that a look-up knows.
asio::awaitable<std::map<std::string, std::string>> EmbeddedPorting::Impl::dips(
    std::vector<std::string> tns) {
  using Found = std::map<std::string, std::string>;
  if (!lookup || tns.empty()) co_return Found();
  struct Tally {
    Found found;
    std::size_t left = 0;
    std::shared_ptr<net::Completion<Found>> completion;
    void take(const std::string& tn, const domain::LookupAnswer& answer) {
      if (is_spid(answer.dni_spid)) found[tn] = answer.dni_spid;
      if (--left == 0) completion->complete(std::move(found));
    }
  };
  auto start = [this, tns](std::unique_ptr<net::Completion<Found>> completion) {
    auto tally = std::make_shared<Tally>();
    tally->left = tns.size();
    tally->completion = std::move(completion);
    for (const auto& tn : tns) {
      domain::LookupRequest request;
      request.dni = tn;
      request.wanted = domain::kLookupDniLrn;
      const auto at_once = lookup->lookup(
          request, home, [tally, tn](domain::LookupAnswer answer) { tally->take(tn, answer); });
      if (at_once) tally->take(tn, *at_once);
    }
  };
  auto asking = net::suspend<Found>(std::move(start));
  co_return co_await std::move(asking);
}

asio::awaitable<domain::PortResult<Numbers>> EmbeddedPorting::Impl::find(std::vector<std::string> tns,
                                                                         std::optional<CustomerId> whose) {
  const auto actor = daemon_actor();
  store::PortOutPinRepository inventory(pool);
  const auto held = co_await inventory.holdings(actor, tns);
  if (!held) co_return unavailable(held.error());
  store::NumberDataRepository data(pool);
  auto rows = co_await data.of_numbers(actor, tns);
  if (!rows) co_return unavailable(rows.error());
  const auto table = table_of(std::move(*rows));
  auto asking = dips(tns);
  const auto spids = co_await std::move(asking);
  Numbers out;
  for (const auto& tn : tns) {
    auto& number = out.emplace_back();
    number.e164 = tn;
    const auto place = table->describe(table->place(tn));
    if (!place.state.empty()) number.facts["state"] = place.state;
    if (!place.rate_centre.empty()) number.facts["rate_center"] = place.rate_centre;
    if (place.lata != 0) number.facts["lata"] = place.lata;
    if (!place.ocn.empty()) number.facts["current"]["ocn"] = place.ocn;
    const auto dipped = spids.find(tn);
    number.spid = dipped != spids.end() ? dipped->second
                  : is_spid(place.ocn)  ? std::string(place.ocn)
                                        : "0000";
    for (const auto& one : *held) {
      if (one.e164 != tn || !one.customer) continue;
      number.on_net = true;
      number.spid = settings.own_spid;
      number.carrier_name = "on-net";
      if (one.customer == whose) {
        PortDocument fault;
        fault["code"] = "ALREADY_OURS";
        fault["message"] = "The number is the customer's already.";
        number.errors = PortDocument::array();
        number.errors.push_back(std::move(fault));
      }
    }
  }
  co_return out;
}

bool EmbeddedPorting::Impl::step(PortNumber& number, Event event) const {
  const auto state = porting::parse_state(number.state);
  const auto made = state ? porting::step(*state, event) : std::nullopt;
  if (!made) return false;
  number.state = porting::to_string(made->state);
  number.ask_at.reset();
  return true;
}

void EmbeddedPorting::Impl::judge(PortNumber& number, const PortProject& project) const {
  if (!step(number, Event::Validate)) return;
  const auto* group = group_of(project, number.spid);
  const auto faults = porting::faults_of(number, group ? *group : domain::PortGroup{});
  number.errors = porting::to_document(faults);
  number.validation = faults.empty() ? "VALID" : "ERROR";
  step(number, faults.empty() ? Event::Valid : Event::Invalid);
}

// As far as time has brought it.
void EmbeddedPorting::Impl::look(PortNumber& number, const PortProject& project) const {
  const auto now = clock.wall();
  const auto state = porting::parse_state(number.state);
  const bool open = state == State::PendingFoc || state == State::SupplementRequested;
  if (open && settings.automatic && (!number.ask_at || *number.ask_at <= now)) {
    number.foc_date = std::max(project.due_date, business_day_after(now, settings.business_days));
    step(number, Event::Confirm);
  }
  if (number.state == "FOC_RECEIVED") step(number, Event::Await);
  if (number.state == "AWAITING_DUE_DATE") {
    const auto due = start_of(number.foc_date).value_or(now);
    if (due <= now)
      step(number, Event::DueDate);
    else
      number.ask_at = due;
  }
  if (number.state == "ACTIVATING") step(number, Event::Done);
}

Numbers EmbeddedPorting::Impl::act(const PortProject& project, PortAction action,
                                   const PortWish& wish) const {
  const auto now = clock.wall();
  Numbers out;
  for (const auto& known : project.numbers) {
    if (!wish.tns.empty() && std::find(wish.tns.begin(), wish.tns.end(), known.e164) == wish.tns.end())
      continue;
    if (!wish.spid.empty() && known.spid != wish.spid) continue;
    auto number = known;
    switch (action) {
      case PortAction::Validate:
        judge(number, project);
        break;
      case PortAction::Details:
      case PortAction::AutoFix:
        if (number.state != "DRAFT") judge(number, project);
        break;
      case PortAction::Submit:
        if (step(number, Event::Submit) && settings.automatic) number.ask_at = now + settings.step;
        break;
      case PortAction::Resubmit:
        if (step(number, Event::Resubmit) && settings.automatic) number.ask_at = now + settings.step;
        break;
      case PortAction::Supplement:
        if (step(number, Event::Supplement) && settings.automatic) number.ask_at = now + settings.step;
        break;
      case PortAction::Cancel:
        step(number, Event::Cancel);
        break;
      case PortAction::Activate:
        if (step(number, Event::Activate)) step(number, Event::Done);
        break;
      case PortAction::Look:
        look(number, project);
        break;
    }
    const bool same = number.state == known.state && number.errors == known.errors &&
                      number.foc_date == known.foc_date && number.ask_at == known.ask_at;
    if (same) continue;
    number.spid.clear();  // who loses it has not changed
    if (number.state != known.state) number.failure.clear();
    out.push_back(std::move(number));
  }
  return out;
}

EmbeddedPorting::EmbeddedPorting(pg::Pool& pool, domain::NumberLookup* lookup, asio::any_io_executor executor,
                                 EmbeddedPortingSettings settings, const Clock& clock, log::Logger& log)
    : impl_(std::make_shared<Impl>(pool, lookup, executor, std::move(settings), clock, log)) {}

EmbeddedPorting::~EmbeddedPorting() = default;

void EmbeddedPorting::preview(std::vector<std::string> tns, domain::PortDone<Numbers> done) {
  answer_by(impl_->tasks, "porting.preview", impl_->find(std::move(tns), std::nullopt), std::move(done));
}

void EmbeddedPorting::create(PortProject, domain::PortDone<std::string> done) {
  done(std::string());
}

void EmbeddedPorting::remove(PortProject, domain::PortDone<bool> done) {
  done(true);
}

void EmbeddedPorting::add(PortProject project, std::vector<std::string> tns, domain::PortDone<Numbers> done) {
  answer_by(impl_->tasks, "porting.add", impl_->find(std::move(tns), project.customer), std::move(done));
}

void EmbeddedPorting::act(PortProject project, PortAction action, PortWish wish,
                          domain::PortDone<Numbers> done) {
  done(impl_->act(project, action, wish));
}

asio::awaitable<void> EmbeddedPorting::close() {
  return end_tasks(impl_->tasks);
}

}  // namespace warp::integrations
