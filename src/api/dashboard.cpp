// Headline counts.
#include "warp/store/dashboard.h"

#include "live_loads.h"
#include "services.h"

namespace warp::api {
namespace {

// To a tenth; nothing to compare with is null.
Json growth(const store::Dashboard::Revenue& revenue) {
  const auto before = revenue.last_month.nanos(), now = revenue.this_month.nanos();
  const auto thousandth = before / 1000;  // never near the end of 64 bits, as the product would be
  if (thousandth <= 0) return Json();
  const auto tenths = (now - before) / thousandth;
  return static_cast<double>(tenths) / 10;
}

Json active_calls(LiveLoads& loads, std::optional<CustomerId> customer) {
  const auto load = loads.account(customer);
  return load.available ? Json(load.channels_inbound + load.channels_outbound) : Json();
}

Answer stats(Services& services, const std::shared_ptr<LiveLoads>& loads, Call call) {
  store::DashboardRepository dashboard(services.pool);
  auto reading = dashboard.read(call.actor(), call.customer());
  const auto found = co_await std::move(reading);
  if (!found) co_return from_store(found.error(), "dashboard");
  Reply reply;
  auto& data = reply.data;
  data["calls_today"] = found->calls_today;
  data["calls_this_month"] = found->calls_this_month;
  data["minutes_this_month"] = found->seconds_this_month / 60;
  data["active_calls"] = active_calls(*loads, call.customer());
  data["trunks"] = found->trunks;
  data["numbers"] = found->numbers;
  // Of the currency that has the most of it: amounts of several cannot be added up.
  const auto* revenue = found->revenue.empty() ? nullptr : &found->revenue.front();
  data["revenue_this_month"] = money(revenue ? revenue->this_month : Money{});
  data["growth_percent"] = revenue ? growth(*revenue) : Json();
  data["currency"] = revenue ? Json(std::string(revenue->currency.view())) : Json();
  co_return reply;
}

}  // namespace

void add_dashboard(EndpointTable& table, Services& services) {
  const auto loads = std::make_shared<LiveLoads>(services);
  Endpoint endpoint;
  endpoint.path = "/dashboard/stats";
  endpoint.summary = "Headline counts of this month (UTC), over the customers that one may see";
  endpoint.tag = "Dashboard";
  endpoint.action = [&services, loads](Call call) { return stats(services, loads, std::move(call)); };
  endpoint.scope = "account:read";
  endpoint.of_customer = true;
  endpoint.answer = {"DashboardStats",
                     {integer("calls_today"), integer("calls_this_month"), integer("minutes_this_month"),
                      integer("active_calls").or_null().says("Null: the counters cannot be read."),
                      integer("trunks"), integer("numbers"), amount("revenue_this_month"),
                      ratio("growth_percent").or_null().says("Against as many days of the month before."),
                      text("currency", 3).or_null().says("Null: nothing was charged.")}};
  endpoint.etag = false;
  table.push_back(std::move(endpoint));
}

}  // namespace warp::api
