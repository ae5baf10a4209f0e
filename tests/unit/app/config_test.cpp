#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/config_keys.h"
#include "app/redis_settings.h"
#include "support/generated_page.h"

namespace warp::app {
namespace {

using testing::HasSubstr;

class ConfigFile : public testing::Test {
 protected:
  ConfigFile()
      : directory_(std::filesystem::temp_directory_path() / ("warp-config-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(directory_);
  }
  ~ConfigFile() override { std::filesystem::remove_all(directory_); }

  std::string write(const std::string& name, const std::string& text) {
    std::ofstream(directory_ / name) << text;
    return directory_ / name;
  }
  LoadedConfig load(const std::string& text) { return load_config(write("warp.yaml", text)); }
  // The only fault that `text` has, as an operator sees it.
  std::string fault(const std::string& text) {
    const auto loaded = load(text);
    EXPECT_EQ(loaded.faults.size(), 1u) << text;
    return loaded.faults.empty() ? "" : loaded.faults.front().to_string();
  }

  std::filesystem::path directory_;
};

TEST_F(ConfigFile, EmptyFileMeansDefaults) {
  const auto loaded = load("");
  EXPECT_TRUE(loaded.faults.empty());
  EXPECT_EQ(loaded.config.sip.shards, Config{}.sip.shards);
}

TEST_F(ConfigFile, ReadsEveryKindOfValue) {
  write("secret", "hunter2\n");
  const auto loaded = load(
      "log: {format: json, level: debug}\n"
      "sip:\n"
      "  shards: 3\n"
      "  t1: 250ms\n"
      "  listeners:\n"
      "    - {bind: '0.0.0.0:5060', advertise: '192.0.2.1:5060'}\n"
      "    - {bind: '[::1]:5070'}\n"
      "media: {ports: {from: 20000, to: 20100}, kernel: {mode: auto, pins: /run/pins}}\n"
      "postgres: {password: {file: " +
      (directory_ / "secret").string() +
      "}}\n"
      "lifecycle: {drain_timeout: 2m}\n");
  ASSERT_TRUE(loaded.faults.empty()) << loaded.faults.front().to_string();
  const auto& c = loaded.config;
  EXPECT_EQ(c.log.format, log::Format::Json);
  EXPECT_EQ(c.log.level, log::Level::Debug);
  EXPECT_EQ(c.sip.shards, 3u);
  EXPECT_EQ(c.sip.t1, std::chrono::milliseconds(250));
  ASSERT_EQ(c.sip.listeners.size(), 2u);
  EXPECT_EQ(c.sip.listeners[0].advertise->to_string(), "192.0.2.1:5060");
  EXPECT_EQ(c.sip.listeners[1].bind.to_string(), "[::1]:5070");
  EXPECT_EQ(c.media.port_from, 20000u);
  EXPECT_EQ(c.media.kernel.mode, media::KernelSettings::Mode::Auto);
  EXPECT_EQ(c.media.kernel.pins, "/run/pins");
  EXPECT_EQ(c.postgres.password.value, "hunter2");
  EXPECT_EQ(c.lifecycle.drain_timeout, std::chrono::seconds(120));
}

TEST_F(ConfigFile, NamesLineKeyAndCure) {
  const auto text = fault("log:\n  level: info\nsip:\n  shard: 2\n");
  EXPECT_THAT(text, HasSubstr("warp.yaml:4: sip.shard is not a key"));
  EXPECT_THAT(text, HasSubstr("did you mean `sip.shards`?"));
}

TEST_F(ConfigFile, RefusesWhatIsNotPossible) {
  EXPECT_THAT(fault("sip: {shards: 0}"), HasSubstr("1 to 64, not `0`"));
  EXPECT_THAT(fault("sip: {shards: many}"), HasSubstr("not `many`"));
  EXPECT_THAT(fault("sip: {shards: 99999999999999999999}"), HasSubstr("whole number"));
  EXPECT_THAT(fault("sip: {shards: [1]}"), HasSubstr("one whole number"));
  EXPECT_THAT(fault("sip: {t1: 500}"), HasSubstr("with a unit"));
  EXPECT_THAT(fault("sip: {t1: 1ms}"), HasSubstr("not `1ms`"));
  EXPECT_THAT(fault("log: {level: loud}"), HasSubstr("debug, info, warning, error"));
  EXPECT_THAT(fault("log: verbose"), HasSubstr("section"));
  EXPECT_THAT(fault("api: {bind: localhost}"), HasSubstr("address with a port"));
  EXPECT_THAT(fault("sip: {listeners: []}"), HasSubstr("list of"));
  EXPECT_THAT(fault("sip: {listeners: [{address: '1.2.3.4:5'}]}"), HasSubstr("unknown key `address`"));
  EXPECT_THAT(fault("sip: {listeners: [{bind: sip.example.com}]}"), HasSubstr("not a name"));
  EXPECT_THAT(fault("sip: {listeners: [{bind: '0.0.0.0:5060'}]}"), HasSubstr("without `advertise`"));
  EXPECT_THAT(fault("sip:\n  shards: 1\n  shards: 2\n"), HasSubstr("given twice"));
  EXPECT_THAT(fault("media: {kernel: {mode: on}}"), HasSubstr("off, auto, required"));
  EXPECT_THAT(fault("media: {ports: {from: 10001}}"), HasSubstr("odd"));
  EXPECT_THAT(fault("media: {ports: {from: 10000, to: 10002}}"), HasSubstr("widen"));
  EXPECT_THAT(fault("media: {interfaces: [{bind: 127.0.0.1}, {bind: 127.0.0.2}]}"), HasSubstr("one family"));
  EXPECT_THAT(fault("api: {tls: {key_file: /etc/hostname}}"), HasSubstr("without its certificate"));
  EXPECT_THAT(fault("- a\n- b\n"), HasSubstr("not a YAML map"));
  EXPECT_THAT(fault("sip: {shards: 2\n"), HasSubstr("not valid YAML"));
}

TEST_F(ConfigFile, RedisAndItsTlsFitTogether) {
  EXPECT_THAT(fault("redis: {url: 'redis://:secret@host'}"),
              testing::AllOf(HasSubstr("redis.url cannot be used: The Redis URL holds a password"),
                             testing::Not(HasSubstr("secret@"))));
  EXPECT_THAT(fault("redis: {url: 'host:6379'}"), HasSubstr("write redis://host:port/db"));
  EXPECT_THAT(fault("redis: {tls: {enabled: maybe}}"), HasSubstr("true or false"));
  EXPECT_THAT(fault("redis: {tls: {enabled: true}}"), HasSubstr("TLS on a unix socket"));
  EXPECT_THAT(fault("redis: {url: '', tls: {enabled: true}}"), HasSubstr("set redis.url"));
  EXPECT_THAT(fault("redis: {url: 'redis://h', tls: {ca_file: /etc/hostname}}"),
              HasSubstr("write rediss://"));
  EXPECT_THAT(fault("redis: {tls: {server_name: h}}"), HasSubstr("not be encrypted"));
  EXPECT_THAT(fault("redis: {url: 'rediss://h', tls: {key_file: /etc/hostname}}"),
              HasSubstr("without its certificate"));
  EXPECT_THAT(fault("redis: {url: 'rediss://h', tls: {ca_file: /does/not/exist}}"),
              HasSubstr("cannot be read: /does/not/exist"));
}

TEST_F(ConfigFile, RedisIsToldWhatStandsHere) {
  write("secret", "hunter2\n");
  const auto file = write("some.pem", "");
  const auto loaded = load(
      "redis: {url: 'redis://r.example.net:6390/2', password: {file: " + (directory_ / "secret").string() +
      "}, tls: {enabled: true, ca_file: " + file + ", certificate_file: " + file + ", key_file: " + file +
      ", server_name: redis.internal}}");
  ASSERT_TRUE(loaded.faults.empty()) << loaded.faults.front().to_string();
  const auto settings = redis_settings(loaded.config);
  EXPECT_EQ(redis::to_string(settings.url), "rediss://r.example.net:6390/2");
  EXPECT_EQ(settings.password, "hunter2");
  EXPECT_EQ(settings.tls.ca_file, file);
  EXPECT_EQ(settings.tls.certificate_file, file);
  EXPECT_EQ(settings.tls.key_file, file);
  EXPECT_EQ(settings.tls.server_name, "redis.internal");
  EXPECT_EQ(redis_settings(load("redis: {url: 'redis://h'}").config).url.transport, redis::Transport::Tcp);
}

TEST_F(ConfigFile, SmppListenersHaveTheirCertificates) {
  const auto file = write("some.pem", "");
  const auto loaded =
      load("smpp: {listeners: [{bind: '0.0.0.0:2775'}, {bind: '[::]:2776', certificate_file: " + file +
           ", key_file: " + file + "}]}");
  ASSERT_TRUE(loaded.faults.empty()) << loaded.faults.front().to_string();
  const auto& listeners = loaded.config.smpp.listeners;
  ASSERT_EQ(listeners.size(), 2u);
  EXPECT_EQ(listeners[0].bind.to_string(), "0.0.0.0:2775");
  EXPECT_EQ(listeners[0].certificate_file, "");
  EXPECT_EQ(listeners[1].key_file, file);
  EXPECT_THAT(fault("smpp: {listeners: []}"), HasSubstr("must be a list"));
  EXPECT_THAT(fault("smpp: {listeners: [{bind: 'localhost:2775'}]}"), HasSubstr("not a name"));
  EXPECT_THAT(fault("smpp: {listeners: [{key_file: x}]}"), HasSubstr("without `bind`"));
  EXPECT_THAT(fault("smpp: {listeners: [{bind: '127.0.0.1:1', tls: x}]}"), HasSubstr("unknown key `tls`"));
  EXPECT_THAT(fault("smpp: {listeners: [{bind: '127.0.0.1:1', key_file: /etc/hostname}]}"),
              HasSubstr("without its certificate"));
}

TEST_F(ConfigFile, MessagingFitsTogether) {
  EXPECT_THAT(fault("smpp: {system_id: sixteen-letters-}"), HasSubstr("longer than 15"));
  EXPECT_THAT(fault("messaging: {node: ''}"), HasSubstr("name of its own"));
  EXPECT_THAT(fault("messaging: {default_validity: 8h, longest_validity: 4h}"),
              HasSubstr("longest_validity"));
  EXPECT_THAT(fault("messaging: {webhooks: {ca_file: /does/not/exist}}"), HasSubstr("cannot be read"));
}

TEST_F(ConfigFile, FindsAllFaultsAtOnce) {
  EXPECT_EQ(load("sip: {shards: 0, max_calls: 0}\nnonsense: 1\n").faults.size(), 3u);
}

TEST_F(ConfigFile, SecretsAreNeverInTheFile) {
  EXPECT_THAT(fault("postgres: {password: hunter2}"), HasSubstr("{file: PATH} or {env: NAME}"));
  EXPECT_THAT(fault("postgres: {password: {file: /does/not/exist}}"), HasSubstr("cannot be read"));
  EXPECT_THAT(fault("postgres: {password: {env: WARP_NO_SUCH_VARIABLE}}"), HasSubstr("not set"));
  setenv("WARP_TEST_SECRET", "s3", 1);
  EXPECT_EQ(load("postgres: {password: {env: WARP_TEST_SECRET}}").config.postgres.password.value, "s3");
}

TEST_F(ConfigFile, MissingFileIsOneFault) {
  const auto loaded = load_config(directory_ / "absent.yaml");
  ASSERT_EQ(loaded.faults.size(), 1u);
  EXPECT_THAT(loaded.faults[0].to_string(), HasSubstr("cannot be read"));
}

TEST_F(ConfigFile, TheCommentedExampleIsTheDefaults) {
  Config defaults;
  auto loaded = load(render_example(keys_of(defaults)));
  ASSERT_TRUE(loaded.faults.empty()) << loaded.faults.front().to_string();
  const auto changes = compare(defaults, loaded.config);
  EXPECT_TRUE(changes.live.empty() && changes.restart.empty());
}

TEST(ConfigChanges, AreSplitByWhenTheyApply) {
  Config before, after;
  after.log.level = log::Level::Debug;
  after.sip.shards = 7;
  const auto changes = compare(before, after);
  EXPECT_EQ(changes.live, std::vector<std::string>{"log.level"});
  EXPECT_EQ(changes.restart, std::vector<std::string>{"sip.shards"});
}

// The committed files are what the key table renders. WARP_UPDATE_DOCS=1 writes them.
TEST(ConfigDocuments, AreUpToDate) {
  Config defaults;
  const auto keys = keys_of(defaults);
  test::expect_page("config/warp.yaml", render_example(keys));
  test::expect_page("config/warp.schema.json", json_schema(keys).dump(2) + "\n");
  test::expect_page("docs/configuration.md", render_documentation(keys));
}

}  // namespace
}  // namespace warp::app
