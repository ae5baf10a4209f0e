// What a customer's running contract gives, in SQL.
#pragma once

// The rate plan of account `a`; NULL without a contract.
#define CONTRACT_PLAN                                                               \
  "(SELECT c.rate_plan_id FROM billing.contracts c WHERE c.customer_id = a.id AND " \
  "c.starts_at <= now() AND (c.ends_at IS NULL OR c.ends_at > now()) "              \
  "ORDER BY c.starts_at DESC LIMIT 1)"
