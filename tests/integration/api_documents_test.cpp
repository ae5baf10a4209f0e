// Documents of port requests: what a form may hold, what a document is taken for, whom it is given to.
#include "integration/porting_fixture.h"

namespace warp::test {
namespace {

using api::Json;

class ApiDocuments : public PortingFixture {
 protected:
  ApiDocuments() {
    path_ = "/v1/porting/requests/" + hit("POST", "/v1/porting/requests", key, Json::object()).id() +
            "/documents";
  }
  static std::string part(const std::string& disposition, const std::string& octets) {
    return "--b0und\r\nContent-Disposition: form-data; " + disposition +
           "\r\nContent-Type: application/octet-stream\r\n\r\n" + octets + "\r\n";
  }
  ApiReply send_form(const std::string& body,
                     const std::string& type = "multipart/form-data; boundary=b0und") {
    return raw("POST", path_, key, body, type);
  }
  ApiReply upload(const std::string& name, const std::string& octets, const std::string& doc_type = "BILL") {
    return send_form(part("name=\"doc_type\"", doc_type) +
                     part("name=\"file\"; filename=\"" + name + "\"", octets) + "--b0und--\r\n");
  }
  std::string path_;
};

TEST_F(ApiDocuments, AreGivenBackAsTheyCameAndNeverShown) {
  const std::string octets = std::string("%PDF-1.7\r\n--b0un\r\n\0\xff", 20) + std::string(3000, 'x');
  const auto made = upload("bill.pdf", octets);
  ASSERT_EQ(made.status, 201u) << made.text;
  EXPECT_EQ(made.data()["content_type"], "application/pdf");
  EXPECT_EQ(made.data()["size_bytes"], octets.size());
  const auto back = raw("GET", path_ + "/" + made.id(), key, "", "");
  EXPECT_EQ(back.text, octets);
  EXPECT_EQ(back.headers.get_or("Content-Type", ""), "application/pdf");
  EXPECT_TRUE(back.headers.get_or("Content-Disposition", "").starts_with("attachment;"));
  EXPECT_EQ(back.headers.get_or("X-Content-Type-Options", ""), "nosniff");
  EXPECT_EQ(hit("GET", path_ + "/" + made.id(), other_key).code(), "NOT_FOUND");
  EXPECT_EQ(hit("DELETE", path_ + "/" + made.id(), other_key).code(), "NOT_FOUND");
  EXPECT_FALSE(hit("GET", path_, key).data()[0].contains("signer_ip"));
  EXPECT_TRUE(hit("GET", path_, boss).data()[0].contains("signer_ip"));
  EXPECT_EQ(hit("GET", path_ + "?doc_type=CSR", key).data().size(), 0u);
  EXPECT_EQ(hit("DELETE", path_ + "/" + made.id(), key).status, 204u);
  EXPECT_EQ(hit("GET", path_ + "/" + made.id(), key).code(), "NOT_FOUND");
}

TEST_F(ApiDocuments, AreWhatTheyAreAndNotWhatTheyAreCalled) {
  const std::pair<std::pair<const char*, std::string>, const char*> cases[] = {
      {{"a.png", "\x89PNG\r\n\x1a\nrest"}, "image/png"},
      {{"a.JPG", "\xff\xd8\xff\xe0rest"}, "image/jpeg"},
      {{"a.tiff", std::string("II*\0rest", 8)}, "image/tiff"},
      {{"a.pdf", "<html><script>"}, "application/octet-stream"},
      {{"a.html", "<html><script>"}, "application/octet-stream"},
      {{"a.html", "%PDF-1.4"}, "application/octet-stream"},
      {{"a.zip", "PK\x03\x04"}, "application/octet-stream"}};
  for (const auto& [file, type] : cases)
    EXPECT_EQ(upload(file.first, file.second).data()["content_type"], type) << file.first;
}

TEST_F(ApiDocuments, ANameIsNoPath) {
  for (const char* name : {"../../etc/passwd", "C:\\\\etc\\\\passwd", "/etc/passwd"})
    EXPECT_EQ(upload(name, "x").data()["file_name"], "passwd") << name;
  EXPECT_EQ(upload("..", "x").data()["file_name"], "document");
  EXPECT_LE(upload(std::string(2000, 'n'), "x").data()["file_name"].get<std::string>().size(), 255u);
}

TEST_F(ApiDocuments, AFormThatIsNoneIsRefused) {
  const auto field = part("name=\"doc_type\"", "BILL");
  const auto file = part("name=\"file\"; filename=\"a\"", "x");
  const std::string end = "--b0und--\r\n";
  const std::string bad[] = {"",
                             "x",
                             end,
                             field + end,
                             file + end,
                             field + file,
                             field + field + end,
                             file + file + end,
                             field + file + part("name=\"more\"", "x") + end,
                             part("name=\"doc_type\"", "PHOTO") + file + end,
                             field + part("name=\"other\"; filename=\"a\"", "x") + end,
                             "--b0und\r\n" + std::string(5000, 'h') + "\r\n\r\nx\r\n" + end};
  for (const auto& body : bad)
    EXPECT_EQ(send_form(body).code(), "INVALID_PAYLOAD") << body.substr(0, 200);
  EXPECT_EQ(send_form(field + file + end, "multipart/form-data; boundary=" + std::string(71, 'b')).code(),
            "INVALID_PAYLOAD");
  EXPECT_EQ(send_form(field + file + end, "multipart/form-data").code(), "INVALID_PAYLOAD");
  EXPECT_EQ(send_form(field + file + end, "application/json").code(), "INVALID_PAYLOAD");
  EXPECT_EQ(upload("a", "").code(), "TNIQ_VALIDATION");
}

TEST_F(ApiDocuments, TwentyFiveMegabytesAndNoMore) {
  constexpr std::size_t kMost = 25 * 1024 * 1024;
  EXPECT_EQ(upload("big", std::string(kMost, 'x')).status, 201u);
  EXPECT_EQ(upload("bigger", std::string(kMost + 1, 'x')).code(), "TNIQ_VALIDATION");
}

}  // namespace
}  // namespace warp::test
