// Ports of billing that write down what they were told, and answer as the test says.
#pragma once

#include <utility>
#include <vector>

#include "warp/billing/ports.h"

namespace warp::test {

class RecordingAccounting final : public billing::Accounting {
 public:
  void usage(std::vector<billing::SkuUsage> lines, std::function<void(bool)> done) override {
    usages.push_back(std::move(lines));
    done(answer);
  }
  void invoice(std::string invoice_json, std::function<void(bool)> done) override {
    invoices.push_back(std::move(invoice_json));
    done(answer);
  }
  bool answer = true;
  std::vector<std::vector<billing::SkuUsage>> usages;
  std::vector<std::string> invoices;
};

class RecordingDirectory final : public billing::CustomerDirectory {
 public:
  void changed(CustomerId customer, std::function<void(bool)> done) override {
    customers.push_back(customer);
    done(answer);
  }
  bool answer = true;
  std::vector<CustomerId> customers;
};

class RecordingGateway final : public billing::PaymentGateway {
 public:
  struct Collection {
    std::string ban;
    Money amount;
    Currency currency;
    std::string reference;
  };
  void collect(std::string ban, Money amount, Currency currency, std::string reference,
               std::function<void(bool, std::string)> done) override {
    collections.push_back({std::move(ban), amount, currency, std::move(reference)});
    done(answer, note);
  }
  bool answer = true;
  std::string note;
  std::vector<Collection> collections;
};

}  // namespace warp::test
