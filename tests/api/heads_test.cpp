// Heads and answers over real streams: what our server answers to raw requests, and what our client
// makes of raw answers.
#include "http/date.hpp"
#include "ledger.hpp"
#include "raw_peer.hpp"

namespace adieu::tests {
namespace {

using asio::awaitable;

class heads : public connection_test {
 protected:
  /// What the server answers to these bytes until it ends the stream.
  std::string answer_to(std::string bytes) {
    std::string got;
    bool over = false;
    spawn([&]() -> awaitable<void> {
      raw_peer peer = co_await raw_peer::connect(server_->port());
      co_await peer.send(bytes);
      for (;;) {
        const std::string some = co_await peer.read_some();
        if (some.empty()) break;
        got += some;
      }
      peer.close();
      over = true;
    });
    run_until([&] { return over; });
    return got;
  }
  /// The value of the one field of that name.
  static std::string field(const std::string& answer, const std::string& name) {
    const std::size_t at = answer.find("\r\n" + name + ": ");
    if (at == std::string::npos) return {};
    EXPECT_EQ(answer.find("\r\n" + name + ": ", at + 1), std::string::npos) << name;
    const std::size_t begin = at + name.size() + 4;
    return answer.substr(begin, answer.find("\r\n", begin) - begin);
  }
  static std::string body(const std::string& answer) {
    return answer.substr(answer.find("\r\n\r\n") + 4);
  }

  /// All but the empty line.
  const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n";
  void expect_refusals(const std::vector<std::pair<std::string, int>>& all) {
    for (const auto& [bytes, status] : all) {
      const auto before        = std::chrono::system_clock::now() - 1s;
      const std::string answer = answer_to(bytes);
      const auto after         = std::chrono::system_clock::now();
      EXPECT_TRUE(answer.starts_with("HTTP/1.1 " + std::to_string(status) + " ")) << answer;
      const auto date = http::parse_date(field(answer, "Date"), {});
      ASSERT_TRUE(date) << answer;
      EXPECT_TRUE(*date >= before && *date <= after) << answer;
      EXPECT_EQ(field(answer, "Content-Length"), std::to_string(body(answer).size())) << answer;
      EXPECT_EQ(field(answer, "Connection"), status == 426 ? "Upgrade, close" : "close") << answer;
      EXPECT_EQ(field(answer, "Upgrade"), status == 426 ? "websocket" : "") << answer;
      EXPECT_EQ(field(answer, "Allow"), status == 405 ? "GET" : "") << answer;
    }
  }

  /// Whether a client of ours opens by what `made` makes of the right answer.
  bool opens_by(const std::function<std::string(std::string)>& made, connection_options with = {}) {
    tcp::acceptor acceptor = listen_here(*io);
    bool over              = false;
    spawn([&]() -> awaitable<void> {
      raw_peer server           = co_await raw_peer::accept(acceptor);
      const std::string request = co_await server.read_head();
      co_await server.send(made(raw_peer::answer(request)) + raw_text("glued", false));
      const sighting saw = co_await server.read_frames(1);
      if (saw.frames.size() == 1) co_await server.send(raw_close(1000, "", false));
      server.end_sending();
      co_await server.read_to_end();
      server.close();
      over = true;
    });
    const std::string who = "client " + std::to_string(++clients_);
    websocket ws(
        *io, url_of(acceptor), {.verify_peer = false, .connection = std::move(with)},
        client_handlers(who, {.on_message = [](websocket& w, message_view) { w.close(); }}));
    run_until([&] { return ws.closed() && over; });
    const life& l = lives(who);
    EXPECT_EQ(l.messages.size(), static_cast<std::size_t>(l.opened));
    note_ = l.event.note;
    acceptor.close();
    run();
    return l.opened != 0 && l.event.was_clean;
  }
  std::string note_;

 private:
  int clients_ = 0;
};

TEST_F(heads, every_answer_that_refuses_has_a_date_a_length_and_ends_the_stream) {
  serve({.origins = {"https://a.example"}},
        {.on_opening = [&](const opening_request& request, opening_reply reply) {
          if (request.path() == "/throws") throw std::runtime_error("not for the client");
          if (request.path() == "/426") return reply.refuse({.status = 426});
          if (request.path() == "/no") reply.refuse({.body = "no"});
        }});
  expect_refusals({{get + "\r\n", 426},
                   {get + "X: a\r\n b\r\n\r\n", 400},
                   {"POST / HTTP/1.1\r\nHost: a\r\n\r\n", 405},
                   {get + "X: " + std::string(20'000, 'x'), 431},
                   {raw_peer::request("/", "Origin: https://b.example\r\n"), 403},
                   {raw_peer::request("/no"), 403},
                   {raw_peer::request("/426"), 426},
                   {raw_peer::request("/dropped"), 503},
                   {raw_peer::request("/throws"), 500}});
  stop_server();
  run();
}

TEST_F(heads, so_has_an_answer_that_is_late) {
  std::optional<opening_reply> kept;
  serve(
      {.connection = in_a_hurry_to_open()},
      {.on_opening = [&](const opening_request&, opening_reply r) { kept.emplace(std::move(r)); }});
  expect_refusals({{get, 408}, {raw_peer::request(), 503}});
  const std::string slow = answer_to("HEAD / HTTP/1.1\r\nHost: a\r\n");
  EXPECT_TRUE(slow.starts_with("HTTP/1.1 408 ")) << slow;
  EXPECT_EQ(body(slow), "");
  EXPECT_NE(field(slow, "Content-Length"), "0");
  kept.reset();
  stop_server();
  run();
}

TEST_F(heads, a_head_is_answered_as_a_get_without_the_body) {
  serve();
  const auto without_date = [](std::string answer) {
    const std::size_t at = answer.find("\r\nDate: ");
    return answer.erase(at, answer.find("\r\n", at + 2) - at);
  };
  for (const std::string rest :
       {" / HTTP/1.1\r\nHost: a\r\n\r\n", " / HTTP/1.1\r\n\r\n",
        " / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n", " http://b HTTP/1.1\r\nHost: a\r\n\r\n"}) {
    const std::string to_get = without_date(answer_to("GET" + rest));
    EXPECT_FALSE(body(to_get).empty());
    EXPECT_EQ(without_date(answer_to("HEAD" + rest)),
              to_get.substr(0, to_get.find("\r\n\r\n") + 4));
  }
  std::string opening = raw_peer::request();
  opening.replace(0, 3, "HEAD");
  const std::string refused = answer_to(opening);
  EXPECT_TRUE(refused.starts_with("HTTP/1.1 405 "));
  EXPECT_EQ(body(refused), "");
  stop_server();
  run();
}

TEST_F(heads, an_application_is_told_path_query_and_host_of_an_absolute_target) {
  std::vector<std::string> told;
  serve({}, {.on_opening = [&](const opening_request& r, opening_reply reply) {
          for (const std::string_view text : {r.path(), r.query(), r.header("host")})
            told.emplace_back(text);
          reply.refuse();
        }});
  EXPECT_TRUE(
      answer_to(raw_peer::request("http://b.example:81/chat?room=1")).starts_with("HTTP/1.1 403"));
  EXPECT_TRUE(answer_to("\r\n" + raw_peer::request("ws://b.example")).starts_with("HTTP/1.1 403"));
  EXPECT_EQ(told,
            (std::vector<std::string>{"/chat", "room=1", "b.example:81", "/", "", "b.example"}));
  stop_server();
  run();
}

TEST_F(heads, a_server_says_to_itself_and_to_the_client_what_is_wrong) {
  std::vector<refusal> refused;
  serve({}, {.on_refused = [&](const refusal& r) { refused.push_back(r); }});
  for (const char* bytes : {"PROXY TCP4 192.0.2.1 192.0.2.2 50000 80\r\n", "PRI * HTTP/2.0\r\n",
                            "GET / HTTP/1.1\r\n\r\n"}) {
    const std::size_t before = refused.size();
    const std::string answer = answer_to(bytes);
    run_until([&] { return refused.size() == before + 1; });
    ASSERT_FALSE(refused.empty());
    EXPECT_EQ(body(answer), refused.back().why + "\n");
    EXPECT_EQ(refused.back().status, 400);
  }
  ASSERT_EQ(refused.size(), 3u);
  EXPECT_NE(refused[0].why.find("not told to expect the PROXY protocol"), std::string::npos);
  EXPECT_NE(refused[1].why.find("HTTP/2"), std::string::npos);
  EXPECT_NE(refused[2].why.find("no Host"), std::string::npos);
  stop_server();
  run();
}

TEST_F(heads, a_server_reads_as_large_a_head_as_its_options_say) {
  serve({.connection = {.max_head = 200'000, .max_head_fields = 1000}},
        {.on_opening = [](const opening_request& r, opening_reply reply) {
          reply.refuse({.status = 403, .body = std::to_string(r.headers.size())});
        }});
  std::string fields;
  for (int i = 0; i < 900; ++i) fields += "X: y\r\n";
  const std::string large =
      raw_peer::request("/", "X: " + std::string(150'000, 'x') + "\r\n" + fields);
  EXPECT_GT(std::stoi(body(answer_to(large))), 900);
  EXPECT_TRUE(answer_to(raw_peer::request("/", "X: " + std::string(200'000, 'x') + "\r\n"))
                  .starts_with("HTTP/1.1 431 "));
  EXPECT_TRUE(answer_to(raw_peer::request("/", fields + fields)).starts_with("HTTP/1.1 431 "));
  stop_server();
  run();
}

TEST_F(heads, a_client_opens_by_an_answer_with_forms_that_it_may_tolerate) {
  EXPECT_TRUE(opens_by([](std::string answer) { return answer; }));
  EXPECT_TRUE(opens_by(
      [](std::string answer) { return answer.replace(0, answer.find("\r\n"), "HTTP/1.1 101"); }));
  EXPECT_TRUE(opens_by([](std::string answer) {
    return answer.replace(answer.find("Accept: ") + 7, 1, "\r\n\t ");
  }));
  EXPECT_TRUE(opens_by([](std::string answer) {
    std::erase(answer, '\r');
    return answer;
  }));
  EXPECT_FALSE(opens_by(
      [](std::string answer) { return answer.replace(answer.find("Accept: ") + 6, 1, " :"); }));
  EXPECT_NE(note_.find("blank"), std::string::npos) << note_;
}

TEST_F(heads, a_client_reads_as_large_a_head_as_its_options_say) {
  const auto with = [](std::size_t bytes, int fields) {
    return [=](std::string answer) {
      std::string more = "X: " + std::string(bytes, 'x') + "\r\n";
      for (int i = 1; i < fields; ++i) more += "X: y\r\n";
      return answer.insert(answer.find("\r\n") + 2, more);
    };
  };
  const connection_options wide{.max_head = 200'000, .max_head_fields = 1000};
  EXPECT_TRUE(opens_by(with(150'000, 900), wide));
  EXPECT_FALSE(opens_by(with(200'000, 1), wide));
  EXPECT_NE(note_.find("max_head"), std::string::npos) << note_;
  EXPECT_FALSE(opens_by(with(1, 1000), wide));
  EXPECT_NE(note_.find("max_head_fields"), std::string::npos) << note_;
  EXPECT_FALSE(opens_by(with(20'000, 1)));
  EXPECT_FALSE(opens_by(with(1, 130)));
}

}  // namespace
}  // namespace adieu::tests
