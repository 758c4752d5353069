// The ledger kept: descriptors around each test, one close event for each connection.
#include "ledger.hpp"

#include <algorithm>
#include <dirent.h>
#include <sys/resource.h>

namespace adieu::tests {

std::size_t open_descriptors() {
  DIR* all = ::opendir("/proc/self/fd");
  if (!all) return 0;
  std::size_t n = 0;
  while (::readdir(all)) ++n;
  ::closedir(all);
  return n;
}

std::chrono::microseconds cpu_time() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto of = [](const timeval& t) {
    return std::chrono::seconds(t.tv_sec) + std::chrono::microseconds(t.tv_usec);
  };
  return of(used.ru_utime) + of(used.ru_stime);
}

namespace {

class descriptor_count : public ::testing::EmptyTestEventListener {
  void OnTestStart(const ::testing::TestInfo&) override { before_ = open_descriptors(); }
  void OnTestEnd(const ::testing::TestInfo&) override {
    EXPECT_EQ(open_descriptors(), before_) << "descriptors are left over";
  }
  std::size_t before_ = 0;
};

// Another file of this program uses what is here, so that this is linked.
const bool counting =
    (::testing::UnitTest::GetInstance()->listeners().Append(new descriptor_count), true);

}  // namespace

connection_options in_a_hurry(std::chrono::milliseconds each) {
  return {.deadlines = {.opening        = std::max<std::chrono::milliseconds>(each, 5s),
                        .flushing       = each,
                        .last_words     = each,
                        .awaiting_close = each,
                        .ending         = each,
                        .closing        = 8 * each}};
}

connection_options in_a_hurry_to_open() {
  connection_options options = in_a_hurry();
  options.deadlines.opening  = 200ms;
  return options;
}

websocket_handlers connection_test::client_handlers(std::string who, websocket_handlers also) {
  auto l = std::make_shared<life>();
  l->who = who;
  EXPECT_TRUE(lives_.emplace(std::move(who), l).second);
  auto own = std::make_shared<websocket_handlers>(std::move(also));

  websocket_handlers kept;
  kept.on_exception = std::move(own->on_exception);
  kept.on_open      = [l, own](websocket& ws) {
    EXPECT_EQ(++l->opened, 1) << l->who;
    EXPECT_EQ(l->closed, 0) << l->who;
    if (own->on_open) own->on_open(ws);
  };
  kept.on_message = [l, own](websocket& ws, message_view m) {
    EXPECT_EQ(l->closed, 0) << l->who << ": a message after the close event";
    EXPECT_EQ(l->opened, 1) << l->who << ": a message before on_open";
    l->messages.emplace_back(m);
    if (own->on_message) own->on_message(ws, m);
  };
  kept.on_drain = [l, own](websocket& ws) {
    EXPECT_EQ(l->closed, 0) << l->who;
    if (own->on_drain) own->on_drain(ws);
  };
  if (own->on_closing) {
    kept.on_closing = [l, own](websocket& ws, closing_reply reply) {
      EXPECT_EQ(l->closed, 0) << l->who;
      own->on_closing(ws, std::move(reply));
    };
  }
  kept.on_close = [l, own](websocket& ws, const close_event& event) {
    EXPECT_EQ(++l->closed, 1) << l->who << ": a second close event";
    EXPECT_FALSE(l->silenced) << l->who << ": called after it was destroyed";
    EXPECT_EQ(ws.state(), ready_state::closed);
    l->event = event;
    if (own->on_close) own->on_close(ws, event);
  };
  return kept;
}

server_handlers connection_test::served(server_handlers also) {
  auto own = std::make_shared<server_handlers>(std::move(also));
  server_handlers kept;
  kept.on_opening   = std::move(own->on_opening);
  kept.on_refused   = std::move(own->on_refused);
  kept.on_exception = std::move(own->on_exception);
  kept.on_open      = [this, own](websocket& ws) {
    auto l = std::make_shared<life>();
    l->who = "server " + std::to_string(++served_);
    lives_.emplace(l->who, l);
    ws.data<std::shared_ptr<life>>() = l;
    l->opened                        = 1;
    if (own->on_open) own->on_open(ws);
  };
  kept.on_message = [this, own](websocket& ws, message_view m) {
    life& l = life_of(ws);
    EXPECT_EQ(l.closed, 0) << l.who << ": a message after the close event";
    l.messages.emplace_back(m);
    if (own->on_message) own->on_message(ws, m);
  };
  kept.on_drain = [own](websocket& ws) {
    if (own->on_drain) own->on_drain(ws);
  };
  if (own->on_closing) {
    kept.on_closing = [own](websocket& ws, closing_reply reply) {
      own->on_closing(ws, std::move(reply));
    };
  }
  kept.on_close = [this, own](websocket& ws, const close_event& event) {
    life& l = life_of(ws);
    EXPECT_EQ(++l.closed, 1) << l.who << ": a second close event";
    EXPECT_FALSE(l.silenced) << l.who << ": called after it was destroyed";
    l.event = event;
    if (own->on_close) own->on_close(ws, event);
  };
  return kept;
}

server& connection_test::serve(server_options options, server_handlers also) {
  if (over_tls() && !options.tls) options.tls = &test_server_context();
  server_ = std::make_unique<server>(*io, std::move(options), served(std::move(also)));
  return *server_;
}

std::unique_ptr<websocket> connection_test::client(std::string who, websocket_handlers also,
                                                   websocket_options options) {
  return std::make_unique<websocket>(*io, url(), std::move(options),
                                     client_handlers(std::move(who), std::move(also)));
}

void connection_test::run(std::chrono::milliseconds at_most) {
  io->restart();
  io->run_for(at_most);
  EXPECT_TRUE(io->stopped()) << "the io_context does not come to rest";
}

void connection_test::stop_server() {
  if (server_) run_until([&] { return server_->connections() == 0; });
  drop_server();
}

void connection_test::TearDown() {
  for (const auto& [who, l] : lives_) {
    if (!l->silenced) {
      EXPECT_EQ(l->closed, 1) << who << ": no close event";
    }
  }
}

}  // namespace adieu::tests
