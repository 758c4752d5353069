// What URLs a client takes and what it makes of them.
#include "http/url.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "http/authority.hpp"
#include "http/write_head.hpp"

namespace adieu::inline v1::http {
namespace {

using namespace std::string_literals;

struct sound_url {
  std::string text;
  url expected;
};

TEST(Url, client_takes_a_url_apart) {
  const std::vector<sound_url> urls = {
      {"ws://example.com", {false, "example.com", 80, "example.com", "/"}},
      {"wss://example.com/", {true, "example.com", 443, "example.com", "/"}},
      {"WSS://Example.COM/Path", {true, "example.com", 443, "example.com", "/Path"}},
      {"http://a/b", {false, "a", 80, "a", "/b"}},
      {"https://a/b", {true, "a", 443, "a", "/b"}},
      {"ws://a:80/", {false, "a", 80, "a", "/"}},
      {"wss://a:443/", {true, "a", 443, "a", "/"}},
      {"ws://a:443/", {false, "a", 443, "a:443", "/"}},
      {"wss://a:80/", {true, "a", 80, "a:80", "/"}},
      {"ws://a:/", {false, "a", 80, "a", "/"}},
      {"ws://a:0009001", {false, "a", 9001, "a:9001", "/"}},
      {"ws://a:65535/", {false, "a", 65535, "a:65535", "/"}},
      {"ws://a?b=c", {false, "a", 80, "a", "/?b=c"}},
      {"ws://a/?", {false, "a", 80, "a", "/?"}},
      {"ws://a/b%20c/../d?e=%3F&f=://g@h", {false, "a", 80, "a", "/b%20c/../d?e=%3F&f=://g@h"}},
      {"ws://[::1]:9001/x", {false, "::1", 9001, "[::1]:9001", "/x"}},
      {"ws://[0:0::0:1]", {false, "::1", 80, "[::1]", "/"}},
      {"ws://[::FFFF:1.2.3.4]", {false, "::ffff:1.2.3.4", 80, "[::ffff:1.2.3.4]", "/"}},
      {"ws://127.0.0.1:9001/", {false, "127.0.0.1", 9001, "127.0.0.1:9001", "/"}},
      {"ws://1%30.0.0.1/", {false, "10.0.0.1", 80, "10.0.0.1", "/"}},
      {"ws://%41b.example/", {false, "ab.example", 80, "ab.example", "/"}},
      {"ws://under_score.local./", {false, "under_score.local.", 80, "under_score.local.", "/"}},
      {"ws://xn--bcher-kva.example",
       {false, "xn--bcher-kva.example", 80, "xn--bcher-kva.example", "/"}},
  };
  for (const sound_url& u : urls) {
    const url_result result = parse_url(u.text);
    ASSERT_TRUE(result.value) << u.text << ": " << result.why;
    EXPECT_EQ(result.why, "");
    EXPECT_EQ(result.value->secure, u.expected.secure) << u.text;
    EXPECT_EQ(result.value->host, u.expected.host) << u.text;
    EXPECT_EQ(result.value->port, u.expected.port) << u.text;
    EXPECT_EQ(result.value->host_field, u.expected.host_field) << u.text;
    EXPECT_EQ(result.value->target, u.expected.target) << u.text;
    EXPECT_TRUE(is_request_target(result.value->target)) << u.text;
    EXPECT_TRUE(is_host_field(result.value->host_field)) << u.text;
  }
}

// Boost.URL 1.81 sees the host 10.0.0.1 here and a path beginning with a dot.
TEST(Url, client_is_not_led_to_an_address_at_the_front_of_a_name) {
  const url_result result = parse_url("ws://10.0.0.1.example.com:81/x");
  ASSERT_TRUE(result.value) << result.why;
  EXPECT_EQ(result.value->host, "10.0.0.1.example.com");
  EXPECT_EQ(result.value->host_field, "10.0.0.1.example.com:81");
  EXPECT_EQ(result.value->target, "/x");
  EXPECT_FALSE(parse_url("ws://10.0.0.1@example.com/").value);
  EXPECT_EQ(parse_url("ws://10.0.0.1x/").value->host, "10.0.0.1x");
}

TEST(Url, client_refuses_a_url_and_says_what_to_do) {
  const std::vector<std::pair<std::string, std::string>> urls = {
      {"", "begins with ws:// or wss://"},
      {"/chat", "begins with ws:// or wss://"},
      {"//a/chat", "begins with ws:// or wss://"},
      {"a", "begins with ws:// or wss://"},
      {"localhost:9001", "begins with ws:// or wss://"},
      {"ftp://a/", "begins with ws:// or wss://"},
      {"wsss://a/", "begins with ws:// or wss://"},
      {"ws", "begins with ws:// or wss://"},
      {"ws:", "begins with ws:// or wss://"},
      {"ws:a", "begins with ws:// or wss://"},
      {"ws:/a", "begins with ws:// or wss://"},
      {"ws://", "no host at offset 5"},
      {"ws:///a", "no host at offset 5"},
      {"ws://:80/", "no host at offset 5"},
      {"ws://?a", "no host at offset 5"},
      {"ws://u@a/", "the @ at offset 6, and send an Authorization header"},
      {"ws://u:p@a/", "Authorization header"},
      {"ws://@a/", "Authorization header"},
      {"ws://a/#", "no fragment: leave out the # at offset 7"},
      {"ws://a/b#c", "no fragment"},
      {"ws://a#b", "no fragment"},
      {"ws://a:0/", "The port at offset 7 is not from 1 to 65535"},
      {"ws://a:65536/", "from 1 to 65535"},
      {"ws://a:99999/", "from 1 to 65535"},
      {"ws://a:4294967376/", "from 1 to 65535"},
      {"ws://a:99999999999999999999999/", "from 1 to 65535"},
      {"ws://a:b/", "The port at offset 7 is not a number"},
      {"ws://a:-1/", "The port at offset 7 is not a number"},
      {"ws://::1/", "in brackets, as in [::1]"},
      {"ws://[::1/", "The [ at offset 5 has no ]"},
      {"ws://[::1%25eth0]/", "leave out the % at offset 9"},
      {"ws://[::1%eth0]/", "leave out the % at offset 9"},
      {"ws://[fe80::1%251]:80/", "zone"},
      {"ws://[1.2.3.4]/", "not an IPv6 address"},
      {"ws://[]/", "not an IPv6 address"},
      {"ws://[::1::2]/", "not an IPv6 address"},
      {"ws://[::1]a/", "Behind the ] at offset 9"},
      {"ws://[::1]:a/", "The port at offset 11 is not a number"},
      {"ws://[::1][::1]/", "Behind the ] at offset 9"},
      {"ws://a[::1]/", "more than one colon"},
      {"ws://a]/", "The host at offset 5 is not a name"},
      {"ws://a.0x7f/", "ends in a number"},
      {"ws://0xdeadbeef/", "ends in a number"},
      {"ws://[v1.a]/", "not an IPv6 address"},
      {"ws://a/%", "The % at offset 7 has no two hexadecimal digits"},
      {"ws://a/%zz", "The % at offset 7 has no two hexadecimal digits"},
      {"ws://a/%2", "The % at offset 7"},
      {"ws://a/%20?x=100%", "The % at offset 16"},
      {"ws://a/?x=100%&y", "write %25 for a percent sign"},
      {"ws://a%2/", "The % at offset 6"},
      {"ws://a/?ids[]=1",
       "The character [ at offset 11 stands around IPv6 addresses only: write it as %5B"},
      {"ws://a/b]", "The character ] at offset 8"},
      {"ws://a%20b/", "The host at offset 5 is not a name"},
      {"ws://a%00b/", "is not a name"},
      {"ws://a%2Fb/", "is not a name"},
      {"ws://a%0D%0Ab/", "is not a name"},
      {"ws://b%C3%BCcher/", "is not a name"},
      {"ws://a,b/", "is not a name"},
      {"ws://a..b/", "is not a name"},
      {"ws://.a/", "is not a name"},
      {"ws://./", "is not a name"},
      {"ws://" + std::string(64, 'a'), "is not a name"},
      {"ws://127.1/", "not an IPv4 address"},
      {"ws://0x7f000001/", "not an IPv4 address"},
      {"ws://a.0X/", "not an IPv4 address"},
      {"ws://2130706433/", "not an IPv4 address"},
      {"ws://256.1.1.1/", "not an IPv4 address"},
      {"ws://127.0.0.01/", "not an IPv4 address"},
      {"ws://1.2.3.4.5/", "not an IPv4 address"},
      {"ws://1.2.3.4./", "not an IPv4 address"},
      {"ws://a/ b", "blank or control character"},
      {" ws://a/", "at offset 0"},
      {"ws://a/\r\nX: y", "write it as %0D"},
      {"ws://a/\n", "write it as %0A"},
      {"ws://a/\0"s, "write it as %00"},
      {"ws://a/\t", "write it as %09"},
      {"ws://a/\x7f", "write it as %7F"},
      {"ws://a/b|c", "character | at offset 8"},
      {"ws://a/\\b", "write it as %5C"},
      {"ws://a/\xc3\xa9", "not ASCII"},
      {"ws://a/" + std::string(9000, 'a'), "longer than 8192"},
  };
  for (const auto& [text, why] : urls) {
    const url_result result = parse_url(text);
    EXPECT_FALSE(result.value) << text;
    EXPECT_NE(result.why.find(why), std::string::npos) << text << ": " << result.why;
    EXPECT_TRUE(result.why.ends_with('.')) << text;
  }
}

TEST(Url, client_takes_names_of_253_bytes_that_do_not_end_in_a_number) {
  const std::string label(63, 'a');
  const std::string longest = label + '.' + label + '.' + label + '.' + std::string(61, 'a');
  EXPECT_TRUE(parse_url("ws://" + longest + "/").value);
  EXPECT_TRUE(parse_url("ws://" + longest + "./").value);
  EXPECT_FALSE(parse_url("ws://" + longest + "a/").value);
  for (const char* host : {"0x7g", "a.0x7-", "a.0x7z", "1a", "0y1", "a.0xa_"})
    EXPECT_TRUE(parse_url("ws://" + std::string(host) + "/").value) << host;
}

TEST(Url, client_never_repeats_a_password) {
  EXPECT_EQ(parse_url("ws://user:secret@a/").why.find("secret"), std::string::npos);
}

// Every byte of a URL replaced by every other: what is taken can be written in a head.
TEST(Url, client_makes_a_sound_request_of_whatever_it_takes) {
  for (const std::string sound : {"wss://1.2.3.4:80/a?b", "ws://[::1]:80/%20", "ws://a.b"}) {
    for (std::size_t place = 0; place < sound.size(); ++place) {
      for (unsigned byte = 0; byte < 256; ++byte) {
        std::string text        = sound;
        text[place]             = static_cast<char>(byte);
        const url_result result = parse_url(text);
        ASSERT_NE(result.value.has_value(), !result.why.empty()) << text;
        if (!result.value) continue;
        ASSERT_TRUE(is_request_target(result.value->target)) << text;
        ASSERT_TRUE(is_host_field(result.value->host_field)) << text;
        ASSERT_NE(result.value->port, 0) << text;
      }
    }
  }
}

}  // namespace
}  // namespace adieu::inline v1::http
