// SipPolicy: how one peer (a customer's trunk or a provider) is spoken to, in sections. Stored as one JSON
// object (trunks.configurations.sip_policy, routing.providers.sip_policy); a key that is absent has the
// default that stands in its struct. Set by operators through the API.
#pragma once

#include "warp/domain/policy/access.h"
#include "warp/domain/policy/authenticity.h"
#include "warp/domain/policy/capture.h"
#include "warp/domain/policy/health.h"
#include "warp/domain/policy/identity.h"
#include "warp/domain/policy/media.h"
#include "warp/domain/policy/provisional.h"
#include "warp/domain/policy/session.h"

namespace warp::domain {

struct SipPolicy {
  AccessPolicy access;
  AuthenticityPolicy authenticity;
  CapturePolicy capture;
  HealthPolicy health;
  IdentityPolicy identity;
  MediaPolicy media;
  ProvisionalPolicy provisional;
  SessionPolicy session;
};

// Walks the sections in the order above: `section(name, policy_section)`.
template <class Policy, class Section>
void each_section(Policy& policy, Section&& section) {
  section("access", policy.access);
  section("authenticity", policy.authenticity);
  section("capture", policy.capture);
  section("health", policy.health);
  section("identity", policy.identity);
  section("media", policy.media);
  section("provisional", policy.provisional);
  section("session", policy.session);
}

}  // namespace warp::domain
