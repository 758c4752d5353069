// The key of an opening and its answer.
#include "http/accept_key.hpp"

#include <gtest/gtest.h>

namespace adieu::inline v1::http {
namespace {

TEST(AcceptKey, server_answers_the_key_of_rfc_6455_as_it_says) {
  EXPECT_EQ(accept_key("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST(AcceptKey, server_hashes_the_key_as_it_is_written) {
  EXPECT_NE(accept_key("AAAAAAAAAAAAAAAAAAAAAA=="), accept_key("AAAAAAAAAAAAAAAAAAAAAB=="));
  EXPECT_EQ(accept_key("").size(), 28u);
}

TEST(AcceptKey, client_writes_its_bytes_in_base64) {
  std::array<std::byte, 16> bytes{};
  EXPECT_EQ(encode_key(bytes), "AAAAAAAAAAAAAAAAAAAAAA==");
  bytes.fill(std::byte{0xff});
  EXPECT_EQ(encode_key(bytes), "/////////////////////w==");
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i + 1);
  EXPECT_EQ(encode_key(bytes), "AQIDBAUGBwgJCgsMDQ4PEA==");  // RFC 6455 section 4.1
  EXPECT_TRUE(is_opening_key(encode_key(bytes)));
}

TEST(AcceptKey, server_takes_a_key_of_16_bytes_only) {
  EXPECT_TRUE(is_opening_key("dGhlIHNhbXBsZSBub25jZQ=="));
  EXPECT_TRUE(is_opening_key("+/AAAAAAAAAAAAAAAAAAAA=="));
  EXPECT_TRUE(is_opening_key("AAAAAAAAAAAAAAAAAAAAAB=="));  // stray bits
  for (const char* key :
       {"", "==", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ",
        "dGhlIHNhbXBsZSBub25jZQ===", "dGhlIHNhbXBsZSBub25jZQA=", "dGhlIHNhbXBsZSBub25jZQAA",
        "dGhlIHNhbXBsZSBub25jZ===", "dGhlIHNhbXBsZSBub25j Q==", "dGhlIHNhbXBsZSBub25j-Q==",
        "dGhlIHNhbXBsZSBub25j_Q==", " dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ== "}) {
    EXPECT_FALSE(is_opening_key(key)) << key;
  }
}

}  // namespace
}  // namespace adieu::inline v1::http
