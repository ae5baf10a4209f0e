#include <filesystem>
#include <fstream>

#include "warp/api/openapi.h"

#include "unit/api/world.h"

namespace warp::api {
namespace {

// The pages are no JSON: what came, as it is.
std::string page_of(std::uint16_t port, const std::string& path, http::Headers* headers = nullptr) {
  test::HttpClient client(port);
  const auto answer = client.request("GET " + path + " HTTP/1.1\r\nHost: t\r\n\r\n");
  if (headers) *headers = answer.headers;
  return answer.status == 200 ? answer.body : "";
}

TEST_F(ApiTest, EveryErrorHasItsPlaceOnThePage) {
  const auto page = page_of(start(), "/docs/errors");
  for (const auto& row : all_errors())
    EXPECT_NE(page.find("id=\"" + std::string(row.name) + "\""), std::string::npos) << row.name;
}

TEST_F(ApiTest, WithoutTheViewerThePageIsATableOfAllOperations) {
  http::Headers headers;
  const auto page = page_of(start(), "/docs", &headers);
  for (const auto& endpoint : api_->endpoints())
    EXPECT_NE(page.find("<code>" + plain_path(endpoint.path) + "</code>"), std::string::npos)
        << endpoint.path;
  EXPECT_EQ(page.find("<script"), std::string::npos);
  EXPECT_TRUE(headers.get_or("Content-Security-Policy", "").starts_with("default-src 'self';"));
  EXPECT_EQ(page_of(server_->port(), "/docs/rapidoc-min.js"), "");
}

TEST_F(ApiTest, TheViewerIsServedFromItsFolder) {
  char name[] = "/tmp/warp-reference-XXXXXX";
  ASSERT_NE(mkdtemp(name), nullptr);
  std::ofstream(std::filesystem::path(name) / "rapidoc-min.js") << "viewer";
  Settings settings;
  settings.reference.folder = name;
  const auto port = start(std::move(settings));
  EXPECT_NE(page_of(port, "/docs").find("<rapi-doc"), std::string::npos);
  EXPECT_EQ(page_of(port, "/docs/rapidoc-min.js"), "viewer");
  std::filesystem::remove_all(name);
}

TEST_F(ApiTest, ThePagesCanBeSwitchedOff) {
  Settings settings;
  settings.reference.enabled = false;
  EXPECT_EQ(page_of(start(std::move(settings)), "/docs"), "");
}

}  // namespace
}  // namespace warp::api
