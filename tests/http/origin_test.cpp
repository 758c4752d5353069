// Which origins are let in, and what is said to the others.
#include "http/origin.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace adieu::inline v1::http {
namespace {

using namespace std::string_literals;

allowed_origins list(const std::vector<std::string>& entries) {
  allowed_origins made;
  for (const std::string& e : entries) EXPECT_EQ(made.add(e), "");
  return made;
}

bool allows(const std::vector<std::string>& entries, const std::string& page,
            const std::string& host = "a.example") {
  return list(entries).complain_of({{"Host", host}, {"Origin", page}}).empty();
}

TEST(Origins, server_lets_in_the_pages_of_the_same_host) {
  for (const auto& [page, host] : std::vector<std::pair<std::string, std::string>>{
           {"https://a.example", "a.example"},
           {"http://a.example", "a.example"},
           {"http://A.Example", "a.EXAMPLE"},
           {"https://a.example", "a.example:443"},
           {"https://a.example:443", "a.example"},
           {"http://a.example", "a.example:80"},
           {"https://a.example:8443", "a.example:8443"},
           {"http://localhost:9001", "localhost:9001"},
           {"http://127.0.0.1:9001", "127.0.0.1:9001"},
           {"http://[::1]:9001", "[::1]:9001"},
           {"http://[0:0:0::1]", "[::1]"},
           {"https://a.example.", "a.example."},
           {"https://a_b.example", "a_b.example"}})
    EXPECT_TRUE(allows({"same host"}, page, host)) << page << " " << host;
  for (const auto& [page, host] : std::vector<std::pair<std::string, std::string>>{
           {"https://evil.example", "a.example"},
           {"https://b.a.example", "a.example"},
           {"https://a.example.evil.example", "a.example"},
           {"https://xa.example", "a.example"},
           {"https://a.example:8443", "a.example"},
           {"https://a.example", "a.example:8443"},
           {"https://a.example", "a.example:80"},
           {"http://a.example", "a.example:443"},
           {"http://localhost:3000", "localhost:9001"},
           {"http://localhost", "127.0.0.1"},
           {"https://a.example.", "a.example"},
           {"http://[::1]", "[::2]"},
           {"chrome-extension://a.example", "a.example"},
           {"file://", "a.example"},
           {"file://", ""},
           {"null", "null"},
           {"http://null", "a.example"},
           {"", ""},
           {"a.example", "a.example"},
           {"https://a.example/", "a.example"},
           {"https://a.example, https://a.example", "a.example"},
           {"https://a.example https://a.example", "a.example"},
           {"https://user@a.example", "a.example"},
           {"https://a,b", "a,b"},
           {"wss://a.example", "a.example"}})
    EXPECT_FALSE(allows({"same host"}, page, host)) << page << " " << host;
}

TEST(Origins, server_lets_in_those_on_its_list_and_no_others) {
  const std::vector<std::string> entries = {
      "https://good.example",         "HTTP://Good.Example:8080", "https://*.apps.example",
      "https://*.ports.example:8443", "http://[::1]:0003000",     "chrome-extension://abcdef",
      "capacitor://localhost",        "https://full.example:443"};
  for (const char* page :
       {"https://good.example", "https://good.example:443", "HTTPS://GOOD.EXAMPLE",
        "http://good.example:8080", "https://a.apps.example", "https://a.b.apps.example",
        "https://A.Apps.example:443", "https://a.ports.example:8443", "http://[0::1]:3000",
        "chrome-extension://abcdef", "capacitor://localhost", "https://full.example"})
    EXPECT_TRUE(allows(entries, page)) << page;
  for (const char* page :
       {"http://good.example", "https://good.example:8080", "https://www.good.example",
        "https://apps.example", "https://.apps.example", "https://xapps.example",
        "http://a.apps.example", "https://a.apps.example:444",
        "https://a.apps.example.evil.example", "https://a.ports.example", "http://[::1]",
        "chrome-extension://abcdeg", "https://a.example", "null", "file://"})
    EXPECT_FALSE(allows(entries, page)) << page;
  EXPECT_TRUE(allows({"https://other.example", "Same Host"}, "https://a.example"));
  EXPECT_TRUE(allows({"null"}, "null"));
  EXPECT_FALSE(allows({"null"}, "https://a.example"));
  EXPECT_FALSE(allows({"null"}, "NULL")) << "browsers write it so";
  EXPECT_TRUE(allows({"file://"}, "file://"));
}

TEST(Origins, server_lets_in_whoever_is_no_page_and_all_if_it_is_told_so) {
  EXPECT_EQ(list({"same host"}).complain_of({{"Host", "a"}}), "");
  EXPECT_EQ(list({"https://b"}).complain_of({{"Host", "a"}}), "");
  for (const char* page : {"https://evil.example", "null", "", "?"})
    EXPECT_TRUE(allows({"*"}, page)) << page;
  const fields two = {{"Host", "a"}, {"Origin", "https://a"}, {"Origin", "https://a"}};
  EXPECT_EQ(list({"*"}).complain_of(two), "");
  EXPECT_NE(list({"same host"}).complain_of(two).find("more than one"), std::string::npos);
}

TEST(Origins, server_says_what_to_add_to_its_list) {
  const auto said = [](const std::string& page) {
    return list({"same host"}).complain_of({{"Host", "a.example:9001"}, {"Origin", page}});
  };
  EXPECT_EQ(said("http://LOCALHOST:3000"),
            "the origin http://localhost:3000 is not allowed (it is not this host, "
            "a.example:9001): for its pages to connect, add \"http://localhost:3000\" to the "
            "server's origins (server_options::origins; adieu serve --origin)");
  EXPECT_NE(said("null").find("add \"null\" to"), std::string::npos);
  EXPECT_NE(said("https://a.example/").find("is no origin: \"https://a.example/\""),
            std::string::npos);
  EXPECT_NE(said("\x1b[2J\xff").find("\"\\x1b[2J\\xff\""), std::string::npos) << said("\x1b[2J");
  EXPECT_LT(said(std::string(10'000, 'x')).size(), 500u);
  EXPECT_EQ(
      list({"https://b"}).complain_of({{"Host", "a"}, {"Origin", "https://a"}}).find("this host"),
      std::string::npos);
}

// What a browser never sends would let nobody in.
TEST(Origins, server_refuses_an_entry_that_can_never_match_and_says_what_to_write) {
  const std::vector<std::pair<std::string, std::string>> entries = {
      {"", "\"same host\""},
      {"a.com", "\"https://a.com\""},
      {"*.a.com", "\"https://*.a.com\""},
      {"localhost:3000", "\"https://localhost:3000\""},
      {"same-host", "\"same host\""},
      {"any", "\"*\""},
      {"https:/a.com", "with its scheme"},
      {"://a.com", "scheme and host"},
      {" https://a.com", "scheme and host"},
      {"1http://a.com", "scheme and host"},
      {"https://a/", "write \"https://a\""},
      {"https://a.com:8443/chat", "write \"https://a.com:8443\""},
      {"https://a?b", "write \"https://a\""},
      {"https://a#b", "write \"https://a\""},
      {"https://*.a.com/", "write \"https://*.a.com\""},
      {"wss://a", "write \"https://a\""},
      {"ws://a:81/", "write \"http://a:81\""},
      {"wss://*.a.com", "write \"https://*.a.com\""},
      {"https://u:p@a", "write \"https://a\""},
      {"https://", "There is no host"},
      {"file://host/", "write \"file://host\""},
      {"https://a:0", "from 1 to 65535"},
      {"https://a:65536", "from 1 to 65535"},
      {"https://a:x", "is not a number"},
      {"https://b\xc3\xbc"
       "cher.de",
       "xn--"},
      {"https://a b", "is not a name"},
      {"https://0x7f.1", "not an IPv4 address"},
      {"https://[::1%25eth0]", "zone"},
      {"https://::1", "[::1]"},
      {"https://*", "\"https://*.example.com\""},
      {"https://*a.com", "\"https://*.example.com\""},
      {"https://a.*.com", "\"https://*.example.com\""},
      {"https://*.*.com", "\"https://*.example.com\""},
      {"https://a.com:*", "\"https://*.example.com\""},
      {"*://a.com", "\"https://*.example.com\""},
      {"ab*://a.com", "\"https://*.example.com\""},
      {"**", "\"*\""},
      {"https://*.", "There is no host"},
      {"https://*.127.0.0.1", "without the *"},
      {"https://*.[::1]", "without the *"},
      {"https://a\r\nb", "is not a name"}};
  for (const auto& [entry, why] : entries) {
    allowed_origins made;
    const std::string said = made.add(entry);
    EXPECT_NE(said.find(why), std::string::npos) << entry << ": " << said;
    EXPECT_EQ(said.find('\n'), std::string::npos) << entry;
    EXPECT_NE(made.complain_of({{"Host", "a"}, {"Origin", "https://a"}}), "") << entry;
  }
}

// What a sentence says to write can be written.
TEST(Origins, what_is_shown_to_be_added_lets_that_page_in) {
  for (const char* page : {"https://a:443", "http://[::0001]:81", "file://", "moz-extension://0a-b",
                           "https://x_y.example.", "app://obsidian.md:7"}) {
    const std::string said = list({"same host"}).complain_of({{"Host", "h"}, {"Origin", page}});
    const auto begin       = said.find("add \"") + 5;
    EXPECT_TRUE(allows({said.substr(begin, said.find('"', begin) - begin)}, page)) << said;
  }
}

}  // namespace
}  // namespace adieu::inline v1::http
