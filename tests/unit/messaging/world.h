// A messaging service over fakes: a store that can fail, wait and crash, upstreams and customers that answer
// when told, and a clock that the test moves.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "warp/messaging/service.h"
#include "warp/smpp/pdu/encoding.h"

#include "support/manual_clock.h"

namespace warp::messaging::test {

template <class Id>
Id make_id(std::uint8_t n) {
  Id id;
  id.value.bytes[15] = n;
  return id;
}

// What it holds is durable; what was asked and not yet done is lost by a crash.
class FakeStore final : public domain::MessageStore {
 public:
  bool down = false;
  std::map<MessageId, domain::Message> rows;
  std::vector<domain::SentSegment> segments;
  std::map<std::int64_t, domain::Delivery> deliveries;
  std::map<std::int64_t, domain::Delivery> buried;
  std::vector<domain::ParkedReceipt> parked;
  std::map<MessageId, int> records;  // of finished messages
  std::size_t writes = 0, pages = 0;
  // What the customers have; held is for what has not ended.
  Money balance = Money::from_nanos(1'000'000'000'000), held;
  std::size_t most_deliveries = 50'000;  // that load() brings
  std::function<WallTime()> now = [] { return WallTime{}; };

  void insert(domain::Message message, domain::Done done) override {
    insert_once(std::move(message), [done](const domain::Insertion& outcome) { done(outcome.durable); });
  }
  void insert_once(domain::Message message, domain::InsertDone done) override {
    pending_.push_back([this, message, done] { done(down ? domain::Insertion{} : put(message)); });
  }
  void change(domain::MessageChange change, domain::Done done) override {
    ask(
        [this, change] {
          auto& row = rows.at(change.id);
          row.state = change.state;
          row.reason = change.reason;
          if (change.connector) row.connector = *change.connector;
          if (change.not_before) row.not_before = *change.not_before;
          if (change.sent_at) row.sent_at = change.sent_at;
          if (change.attempt) row.attempts.push_back(*change.attempt);
          if (change.recast) row.kind = change.recast->kind, row.text = change.recast->text;
          segments.insert(segments.end(), change.sent.begin(), change.sent.end());
        },
        done);
  }
  void replace(domain::Message message, domain::Done done) override {
    ask(
        [this, message] {
          auto& row = rows.at(message.id);
          const auto attempts = row.attempts;
          row = message;
          row.state = domain::MessageState::Queued;
          row.attempts = attempts;
        },
        done);
  }
  void find(CustomerId customer, MessageId id,
            std::function<void(bool, std::optional<domain::Message>)> done) override {
    pending_.push_back([this, customer, id, done] {
      const auto row = rows.find(id);
      const bool theirs = row != rows.end() && row->second.customer == customer;
      done(!down, theirs && !down ? std::optional(row->second) : std::nullopt);
    });
  }
  void bury(std::int64_t id, domain::Done done) override {
    ask(
        [this, id] {
          if (auto dead = deliveries.extract(id)) buried.insert(std::move(dead));
        },
        done);
  }
  void revive(std::int64_t id, std::function<void(bool, std::optional<domain::Delivery>)> done) override {
    pending_.push_back([this, id, done] {
      if (down) return done(false, std::nullopt);
      auto dead = buried.extract(id);
      if (!dead) return done(true, std::nullopt);
      dead.mapped().tries = 0;
      dead.mapped().created_at = dead.mapped().next_try = now();
      const auto kept = dead.mapped();
      deliveries.insert(std::move(dead));
      done(true, kept);
    });
  }
  void owed(domain::OwedTo to, std::int64_t after, WallTime due, std::uint32_t most,
            std::function<void(bool, std::vector<domain::Delivery>, bool)> done) override {
    pending_.push_back([this, to, after, due, most, done] {
      ++pages;
      std::vector<domain::Delivery> page;
      bool later = false;
      for (const auto& [id, delivery] : deliveries) {
        const bool whose = delivery.esme == to.esme && (to.esme || delivery.customer == to.customer) && !down;
        if (whose && delivery.next_try > due) later = true;
        if (whose && id > after && delivery.next_try <= due && page.size() < most) page.push_back(delivery);
      }
      if (page.size() >= most) later = false;
      done(!down, page, later);
    });
  }
  void finish(domain::Message message, std::vector<domain::Delivery> owed,
              std::function<void(bool, std::vector<domain::Delivery>)> done) override {
    auto kept = std::make_shared<std::vector<domain::Delivery>>(std::move(owed));
    ask(
        [this, message, kept] {
          const auto row = rows.find(message.id);
          if (row == rows.end()) return;  // as an UPDATE finds nothing
          if (!is_final(row->second.state)) {
            held = *Money::subtract(held, price_of(row->second));
            balance = *Money::subtract(balance, message.charged.value_or(Money()));
          }
          row->second = message;
          ++records[message.id];
          std::erase_if(segments, [&](const auto& s) { return s.message == message.id; });
          for (auto& delivery : *kept)
            keep(delivery);
        },
        [kept, done](bool durable) { done(durable, *kept); });
  }
  void owe(domain::Delivery delivery, std::function<void(bool, domain::Delivery)> done) override {
    auto kept = std::make_shared<domain::Delivery>(std::move(delivery));
    ask([this, kept] { keep(*kept); }, [kept, done](bool durable) { done(durable, *kept); });
  }
  void taken(std::int64_t id, domain::Done done) override {
    ask([this, id] { deliveries.erase(id); }, done);
  }
  void later(std::int64_t id, WallTime next, std::uint16_t tries, domain::Done done) override {
    ask(
        [this, id, next, tries] {
          deliveries[id].next_try = next;
          deliveries[id].tries = tries;
        },
        done);
  }
  void park(domain::ParkedReceipt receipt, domain::Done done) override {
    ask([this, receipt] { parked.push_back(receipt); }, done);
  }
  void unpark(ConnectorId connector, std::string id, domain::Done done) override {
    ask(
        [this, connector, id] {
          std::erase_if(parked,
                        [&](const auto& p) { return p.connector == connector && p.upstream_id == id; });
        },
        done);
  }
  void load(std::function<void(bool, domain::LiveMessages)> done) override {
    pending_.push_back([this, done] {
      domain::LiveMessages live;
      for (const auto& [id, row] : rows)
        if (!is_final(row.state)) live.messages.push_back(row);
      live.segments = segments;
      for (const auto& [id, delivery] : deliveries) {
        if (live.deliveries.size() < most_deliveries)
          live.deliveries.push_back(delivery);
        else
          ++live.more_deliveries;
      }
      live.parked = parked;
      done(!down, down ? domain::LiveMessages{} : live);
    });
  }

  // What campaigns sent today, when a restart asks.
  std::vector<domain::CampaignUsage> usage;
  bool usage_known = true;
  WallTime usage_asked{};
  void campaign_usage(WallTime since,
                      std::function<void(bool, std::vector<domain::CampaignUsage>)> done) override {
    usage_asked = since;
    pending_.push_back([this, done] { done(usage_known, usage_known ? usage : decltype(usage){}); });
  }

  bool flush() {
    const bool any = !pending_.empty();
    auto work = std::move(pending_);
    pending_.clear();
    for (auto& step : work)
      step();
    return any;
  }
  void crash() { pending_.clear(); }
  std::size_t pending() const { return pending_.size(); }

 private:
  static Money price_of(const domain::Message& message) {
    return message.price ? message.price->amount : Money();
  }
  domain::Insertion put(const domain::Message& message) {
    if (rows.contains(message.id)) return {true};
    if (!message.client_reference.empty())
      for (const auto& [id, row] : rows)
        if (row.customer == message.customer && row.client_reference == message.client_reference)
          return {false, id};
    const auto wanted = *Money::add(held, price_of(message));
    if (message.price && wanted > balance) return {false, std::nullopt, true};
    held = wanted;
    rows.emplace(message.id, message);
    ++writes;
    return {true};
  }
  void ask(std::function<void()> apply, domain::Done done) {
    pending_.push_back([this, apply, done] {
      if (!down) {
        apply();
        ++writes;
      }
      done(!down);
    });
  }
  void keep(domain::Delivery& delivery) {
    delivery.id = ++last_;
    deliveries[delivery.id] = delivery;
  }
  std::deque<std::function<void()>> pending_;
  std::int64_t last_ = 0;
};

// One part on a wire, kept as the peer would see it.
struct Sent {
  Uuid peer;
  domain::MessageAddress source, destination;
  std::uint8_t esm_class = 0, data_coding = 0, priority = 0;
  std::string user_data, tlvs, validity;
  bool payload = false;
  std::optional<smpp::Concat> sar;
  WireDone done;
  bool answered = false;
  domain::MessageKind kind = domain::MessageKind::Sms;

  void answer(smpp::Status status, std::string_view id = {}) {
    answered = true;
    done({WireResult::Answered, status, id});
  }
  void lose(WireResult result) {
    answered = true;
    done({result, smpp::Status::Ok, {}});
  }
};

class Wire {
 public:
  std::map<Uuid, std::size_t> window;  // 0: not bound
  std::vector<std::unique_ptr<Sent>> sent;

  std::size_t room_of(Uuid peer) const {
    const auto found = window.find(peer);
    if (found == window.end()) return 0;
    const auto open = static_cast<std::size_t>(std::count_if(
        sent.begin(), sent.end(), [&](const auto& s) { return s->peer == peer && !s->answered; }));
    return found->second > open ? found->second - open : 0;
  }
  bool give(Uuid peer, const WirePart& part, WireDone done) {
    if (room_of(peer) == 0) return false;
    sent.push_back(std::make_unique<Sent>(Sent{
        peer, part.source, part.destination, part.esm_class, part.data_coding, part.priority,
        std::string(part.user_data), std::string(part.tlvs), std::string(part.validity), part.payload,
        part.sar, std::move(done), false, part.message ? part.message->kind : domain::MessageKind::Sms}));
    return true;
  }
  Sent& at(std::size_t i) { return *sent.at(i); }
  std::size_t size() const { return sent.size(); }
};

class FakeUpstream final : public Upstream, public Wire {
 public:
  std::size_t binds(ConnectorId c) const override {
    const auto found = window.find(c.value);
    return found != window.end() && found->second > 0 ? 1 : 0;
  }
  std::size_t room(ConnectorId c) const override { return room_of(c.value); }
  bool submit(ConnectorId c, const WirePart& part, WireDone done) override {
    return give(c.value, part, std::move(done));
  }
};
class FakeDownstream final : public Downstream, public Wire {
 public:
  std::size_t room(EsmeId e) const override { return room_of(e.value); }
  bool deliver(EsmeId e, const WirePart& part, WireDone done) override {
    return give(e.value, part, std::move(done));
  }
};
class FakeWebhooks final : public WebhookSender {
 public:
  struct Posted {
    Webhook webhook;
    std::function<void(int)> done;
  };
  std::vector<Posted> posted;
  void post(Webhook webhook, std::function<void(int)> done) override {
    posted.push_back({std::move(webhook), std::move(done)});
  }
};
class FakeOptOuts final : public OptOutStore {
 public:
  std::vector<std::pair<domain::OptOut, bool>> entries;
  void set(domain::OptOut entry, bool out, std::function<void(bool)> done) override {
    entries.emplace_back(entry, out);
    done(true);
  }
};

class FakeMedia final : public domain::MediaStore {
 public:
  bool down = false;
  std::map<MediaId, std::pair<CustomerId, domain::StoredMedia>> rows;
  std::size_t saves = 0;
  void save(CustomerId customer, std::vector<domain::StoredMedia> list,
            std::function<void(bool)> done) override {
    ++saves;
    if (!down)
      for (auto& item : list)
        rows.emplace(item.part.id, std::pair(customer, item));
    done(!down);
  }
  void load(CustomerId customer, std::vector<MediaId> ids,
            std::function<void(bool, std::vector<domain::StoredMedia>)> done) override {
    std::vector<domain::StoredMedia> out;
    for (const auto id : ids) {
      const auto found = rows.find(id);
      if (down || found == rows.end() || found->second.first != customer) return done(false, {});
      out.push_back(found->second.second);
    }
    done(true, std::move(out));
  }
};

inline const auto kCustomer = make_id<CustomerId>(1);
inline const auto kEsme = make_id<EsmeId>(2);
inline const auto kOne = make_id<ConnectorId>(11), kTwo = make_id<ConnectorId>(12);
inline const auto kPlan = make_id<RatePlanId>(21), kCostOne = make_id<RatePlanId>(22),
                  kCostTwo = make_id<RatePlanId>(23);
inline constexpr const char* kNumber = "12025550100";
inline constexpr const char* kPhone = "447700900123";

inline domain::MessagingCatalogue sample_catalogue() {
  domain::MessagingCatalogue c;
  c.version = 7;
  domain::MessagingCustomer customer;
  customer.id = kCustomer;
  customer.rate_plan = kPlan;
  customer.receipt_url = "https://customer.example/receipts";
  customer.webhook_secret = "secret";
  c.customers.push_back(customer);
  domain::Esme esme;
  esme.id = kEsme;
  esme.customer = kCustomer;
  esme.system_id = "acme";
  c.esmes.push_back(esme);
  for (const auto id : {kOne, kTwo}) {
    domain::Connector connector;
    connector.id = id;
    connector.rate_plan = id == kOne ? kCostOne : kCostTwo;
    c.connectors.push_back(connector);
  }
  domain::MessageRoute route;
  route.id = make_id<MessageRouteId>(31);
  route.connector = kOne;
  c.routes.push_back(route);
  domain::MessagingNumber number;
  number.e164 = kNumber;
  number.customer = kCustomer;
  number.webhook_url = "https://customer.example/inbound";
  c.numbers.push_back(number);
  for (const auto id : {kPlan, kCostOne, kCostTwo})
    c.plans.push_back({id, 3, Currency{}, Rounding::HalfUp, 6});
  c.rates.push_back({kPlan, "44", Money::from_nanos(10'000'000)});
  c.rates.push_back({kPlan, "1", Money::from_nanos(5'000'000)});
  c.rates.push_back({kCostOne, "44", Money::from_nanos(6'000'000)});
  c.rates.push_back({kCostTwo, "44", Money::from_nanos(4'000'000)});
  return c;
}
// A second route beside the first, to the second connector.
inline void add_second_route(domain::MessagingCatalogue& c, int priority) {
  auto route = c.routes.front();
  route.id = make_id<MessageRouteId>(32);
  route.connector = kTwo;
  route.priority = priority;
  c.routes.push_back(route);
}

class World : public ::testing::Test {
 protected:
  World() {
    upstream.window[kOne.value] = 100;
    store.now = [this] { return clock.wall(); };
  }

  void boot(domain::MessagingCatalogue catalogue = sample_catalogue(), Settings settings = {}) {
    service.reset();
    registry = std::make_unique<metrics::Registry>();
    wheel = std::make_unique<net::TimerWheel>(clock);
    directory = std::make_shared<const Directory>(std::move(catalogue));
    settings_ = settings;
    service = std::make_unique<MessagingService>(Ports{clock, *wheel, ids, store, upstream, downstream,
                                                       webhooks, opt_outs, log, *registry, &media, &links},
                                                 settings, directory);
    ready = false;
    service->start([this] { ready = true; });
    settle();
  }
  // The process dies: what the store had not done is gone, and what was on the wire is not answered any more.
  void crash_and_boot(domain::MessagingCatalogue catalogue = sample_catalogue()) {
    service.reset();
    store.crash();
    for (auto* wire : {static_cast<Wire*>(&upstream), static_cast<Wire*>(&downstream)})
      for (auto& sent : wire->sent)
        sent->answered = true;
    boot(std::move(catalogue), settings_);
  }
  void settle() {
    while (store.flush()) {
    }
  }
  void advance(std::chrono::milliseconds by) {
    const auto step = std::max(by / 50, std::chrono::milliseconds(8));
    for (auto left = by; left.count() > 0; left -= step) {
      clock.advance(std::min(step, left));
      wheel->advance();
      settle();
    }
  }
  void bind(ConnectorId connector, std::size_t window) {
    upstream.window[connector.value] = window;
    service->upstream_changed(connector);
    settle();
  }
  void bind(EsmeId esme, std::size_t window) {
    downstream.window[esme.value] = window;
    service->esme_ready(esme);
    settle();
  }

  static Submission text(std::string body) {
    Submission s;
    s.customer = kCustomer;
    s.from.digits = kNumber;
    s.to.digits = kPhone;
    s.text = std::move(body);
    return s;
  }
  static Submission from_esme(std::string body) {
    auto s = text(std::move(body));
    s.origin = domain::MessageOrigin::Smpp;
    s.esme = kEsme;
    return s;
  }
  // Not settled: the store has not answered.
  void offer(Submission s) {
    service->submit(std::move(s), [this](const auto& result) {
      if (result)
        accepted.push_back(*result);
      else
        refused.push_back(result.error());
    });
  }
  MessageId send(Submission s) {
    const auto before = accepted.size();
    offer(std::move(s));
    settle();
    return accepted.size() > before ? accepted.back().id : MessageId{};
  }
  MessageId send(std::string body) { return send(text(std::move(body))); }

  smpp::Status last_answer = smpp::Status::UnknownErr;
  int answers = 0;
  void receipt(ConnectorId connector, const std::string& id, const std::string& state,
               std::uint8_t esm_class = 4) {
    const auto body = "id:" + id +
                      " sub:001 dlvrd:001 submit date:2506151200 done date:2506151201 stat:" + state +
                      " err:012 text:hello";
    IncomingPart part;
    part.source = kPhone;
    part.destination = kNumber;
    part.esm_class = esm_class;
    part.short_message = body;
    deliver(connector, part);
  }
  void deliver(ConnectorId connector, const IncomingPart& part) {
    service->upstream_deliver(connector, part, [this](smpp::Status status) {
      last_answer = status;
      ++answers;
    });
    settle();
  }
  void answer(std::size_t index, smpp::Status status, std::string_view id = {}) {
    upstream.at(index).answer(status, id);
    settle();
  }
  domain::MessageState state(MessageId id) { return store.rows.at(id).state; }
  domain::Reason reason(MessageId id) { return store.rows.at(id).reason; }

  warp::test::ManualClock clock;
  std::unique_ptr<net::TimerWheel> wheel;
  SeededIdSource ids{42};
  FakeStore store;
  FakeUpstream upstream;
  FakeDownstream downstream;
  FakeWebhooks webhooks;
  FakeOptOuts opt_outs;
  FakeMedia media;
  MediaLinks links{"https://media.example", "a key of the tests", std::chrono::hours(24)};
  log::Logger log{{log::Format::Text, log::Level::Error, "/dev/null", 64}};
  std::unique_ptr<metrics::Registry> registry;
  std::shared_ptr<const Directory> directory;
  std::unique_ptr<MessagingService> service;
  Settings settings_;
  bool ready = false;
  std::vector<Accepted> accepted;
  std::vector<domain::Reason> refused;
};

}  // namespace warp::messaging::test
