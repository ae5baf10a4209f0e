// The sections of the key table, each in the source of its topic, and what is wrong with a section as a
// whole. config_keys.cpp puts them together in the order of the documentation.
#pragma once

#include <string>
#include <vector>

#include "app/config.h"
#include "app/config_schema.h"

namespace warp::app {

// server_keys.cpp
std::vector<Key> log_keys(Config& config);
std::vector<Key> server_keys(Config& config);  // api, health, metrics, lifecycle

// sip_keys.cpp
std::vector<Key> sip_keys(Config& config);  // sip.listeners, sip.tls, sip.streams and their neighbours
void check_sip(const Config& config, const std::string& file, std::vector<ConfigFault>& faults);

// protection_keys.cpp
std::vector<Key> protection_keys(Config& config);  // sip.auth, sip.protection, sip.overload
std::vector<Key> limits_keys(Config& config);
void check_limits(const Config& config, const std::string& file, std::vector<ConfigFault>& faults);
void check_auth(const Config& config, const std::string& file, std::vector<ConfigFault>& faults);

// network_keys.cpp
std::vector<Key> dns_keys(Config& config);
std::vector<Key> registrar_keys(Config& config);
std::vector<Key> media_keys(Config& config);
void check_media(const Config& config, const std::string& file, std::vector<ConfigFault>& faults);

// storage_keys.cpp
std::vector<Key> storage_keys(Config& config);  // postgres, redis, records, calls
void check_redis(const Config& config, const std::string& file, std::vector<ConfigFault>& faults);

// service_keys.cpp
std::vector<Key> emergency_keys(Config& config);
std::vector<Key> stir_keys(Config& config);
std::vector<Key> capture_keys(Config& config);
std::vector<Key> registry_keys(Config& config);  // integrations.tcr
void check_emergency(const Config& config, const std::string& file, std::vector<ConfigFault>& faults);
void check_stir(const Config& config, const std::string& file, std::vector<ConfigFault>& faults);
void check_capture(const Config& config, const std::string& file, std::vector<ConfigFault>& faults);
void check_registry(const Config& config, const std::string& file, std::vector<ConfigFault>& faults);

// messaging_keys.cpp
std::vector<Key> smpp_keys(Config& config);
std::vector<Key> message_keys(Config& config);
std::vector<Key> mm4_keys(Config& config);
std::vector<Key> attachment_keys(Config& config);  // messaging.media, messaging.rcs
void check_messaging(const Config& config, const std::string& file, std::vector<ConfigFault>& faults);

// A file each, of the same names: numbers.*, rating.*, routing.*, charging.*, records.archive.*,
// billing.*
std::vector<Key> numbers_keys(Config& config);
std::vector<Key> rating_keys(Config& config);
std::vector<Key> routing_keys(Config& config);
std::vector<Key> charging_keys(Config& config);
std::vector<Key> archive_keys(Config& config);
std::vector<Key> billing_keys(Config& config);
void check_numbers(const Config& config, const std::string& file, std::vector<ConfigFault>& faults);
void check_rating(const Config& config, const std::string& file, std::vector<ConfigFault>& faults);
void check_charging(const Config& config, const std::string& file, std::vector<ConfigFault>& faults);
void check_archive(const Config& config, const std::string& file, std::vector<ConfigFault>& faults);

// A file that `section` names can be read; an empty path is none.
void check_readable(const std::string& path, const std::string& section, const std::string& file,
                    std::vector<ConfigFault>& faults);
// Both or neither, and each to be read.
void check_key_pair(const std::string& certificate, const std::string& key, const std::string& section,
                    const std::string& file, std::vector<ConfigFault>& faults);

// A file each, of the same names; their values stand in config_*.h.
std::vector<Key> identity_keys(Config& config);
std::vector<Key> trail_keys(Config& config);
std::vector<Key> requests_keys(Config& config);
std::vector<Key> porting_keys(Config& config);
std::vector<Key> live_keys(Config& config);
std::vector<Key> webhooks_keys(Config& config);
std::vector<Key> reference_keys(Config& config);
std::vector<Key> recordings_keys(Config& config);
std::vector<Key> recorder_keys(Config& config);
void check_identity(const Config& config, const std::string& file, std::vector<ConfigFault>& faults);
void check_trail(const Config& config, const std::string& file, std::vector<ConfigFault>& faults);
void check_requests(const Config& config, const std::string& file, std::vector<ConfigFault>& faults);
void check_porting(const Config& config, const std::string& file, std::vector<ConfigFault>& faults);
void check_live(const Config& config, const std::string& file, std::vector<ConfigFault>& faults);
void check_webhooks(const Config& config, const std::string& file, std::vector<ConfigFault>& faults);
void check_reference(const Config& config, const std::string& file, std::vector<ConfigFault>& faults);
void check_recordings(const Config& config, const std::string& file, std::vector<ConfigFault>& faults);

}  // namespace warp::app
