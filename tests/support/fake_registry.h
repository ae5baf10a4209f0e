// FakeRegistry: a CampaignRegistry that gives ids as the site's own does, knows the objects that a test put
// there, and fails as it is told.
#pragma once

#include <map>
#include <mutex>

#include "warp/integrations/local_registry.h"

namespace warp::test {

class FakeRegistry final : public domain::CampaignRegistry {
 public:
  using Brand = domain::RegisteredBrand;
  using Campaign = domain::RegisteredCampaign;
  using Answer = domain::RegistryAnswer;
  template <class T>
  using Done = domain::RegistryDone<T>;

  std::string_view name() const override {
    std::lock_guard guard(mutex_);
    return name_;
  }
  void create_brand(domain::Document fields, bool mock, Done<Brand> done) override {
    note(mock ? "create_brand mock" : "create_brand");
    if (!failed(done)) local_.create_brand(std::move(fields), mock, std::move(done));
  }
  void brand(std::string id, Done<Brand> done) override {
    note("brand " + id);
    if (!failed(done) && !known(brands_, id, done)) local_.brand(std::move(id), std::move(done));
  }
  void update_brand(std::string id, domain::Document fields, bool reverify, Done<Brand> done) override {
    note(reverify ? "update_brand reverify" : "update_brand");
    if (!failed(done)) local_.update_brand(std::move(id), std::move(fields), reverify, std::move(done));
  }
  void remove_brand(std::string id, Done<Answer> done) override {
    note("remove_brand " + id);
    if (!failed(done)) local_.remove_brand(std::move(id), std::move(done));
  }
  void create_campaign(std::string brand, domain::Document fields, Done<Campaign> done) override {
    note("create_campaign " + brand);
    if (!failed(done)) local_.create_campaign(std::move(brand), std::move(fields), std::move(done));
  }
  void campaign(std::string id, Done<Campaign> done) override {
    note("campaign " + id);
    if (!failed(done) && !known(campaigns_, id, done)) local_.campaign(std::move(id), std::move(done));
  }
  void update_campaign(std::string id, domain::Document fields, Done<Campaign> done) override {
    note("update_campaign " + fields.dump());
    if (!failed(done)) local_.update_campaign(std::move(id), std::move(fields), std::move(done));
  }
  void remove_campaign(std::string id, Done<Answer> done) override {
    note("remove_campaign " + id);
    if (!failed(done)) local_.remove_campaign(std::move(id), std::move(done));
  }
  void resubmit(std::string id, Done<Answer> done) override {
    note("resubmit " + id);
    if (!failed(done)) local_.resubmit(std::move(id), std::move(done));
  }
  void elect(std::string id, domain::Document choice, Done<Answer> done) override {
    note("elect " + choice.dump());
    if (!failed(done)) local_.elect(std::move(id), std::move(choice), std::move(done));
  }
  void nudge(std::string id, domain::Document words, Done<Answer> done) override {
    note("nudge " + words.dump());
    if (!failed(done)) local_.nudge(std::move(id), std::move(words), std::move(done));
  }
  void carriers(std::string id, Done<Answer> done) override {
    note("carriers " + id);
    if (!failed(done)) local_.carriers(std::move(id), std::move(done));
  }
  void sharing(std::string id, Done<Answer> done) override {
    note("sharing " + id);
    if (failed(done)) return;
    std::unique_lock guard(mutex_);
    const auto shared = shared_;
    guard.unlock();
    if (shared.is_null()) return local_.sharing(std::move(id), std::move(done));
    done(Answer{shared});
  }

  // Set between requests.
  void reset() {
    std::lock_guard guard(mutex_);
    failure_.reset();
    brands_.clear();
    campaigns_.clear();
    asked_.clear();
    shared_ = {};
    name_ = "local";
  }
  void fail(domain::RegistryError error) {
    std::lock_guard guard(mutex_);
    failure_ = std::move(error);
  }
  void call_itself(std::string_view name) {
    std::lock_guard guard(mutex_);
    name_ = name;
  }
  void share(domain::Document answer) {
    std::lock_guard guard(mutex_);
    shared_ = std::move(answer);
  }
  void put(Brand brand) {
    std::lock_guard guard(mutex_);
    brands_[brand.id] = brand;
  }
  void put(Campaign campaign) {
    std::lock_guard guard(mutex_);
    campaigns_[campaign.id] = campaign;
  }
  std::vector<std::string> asked() const {
    std::lock_guard guard(mutex_);
    return asked_;
  }

 private:
  void note(std::string what) {
    std::lock_guard guard(mutex_);
    asked_.push_back(std::move(what));
  }
  template <class T>
  bool failed(const Done<T>& done) {
    std::unique_lock guard(mutex_);
    const auto failure = failure_;
    guard.unlock();
    if (failure) done(*failure);
    return failure.has_value();
  }
  template <class T>
  bool known(std::map<std::string, T>& objects, const std::string& id, const Done<T>& done) {
    std::unique_lock guard(mutex_);
    const auto found = objects.find(id);
    if (found == objects.end()) return false;
    auto copy = found->second;
    guard.unlock();
    done(std::move(copy));
    return true;
  }

  mutable std::mutex mutex_;  // guards what follows, up to the site's own
  std::string_view name_ = "local";
  std::optional<domain::RegistryError> failure_;
  std::map<std::string, Brand> brands_;
  std::map<std::string, Campaign> campaigns_;
  std::vector<std::string> asked_;
  domain::Document shared_;
  integrations::LocalRegistry local_{std::make_unique<SecureIdSource>()};
};

}  // namespace warp::test
