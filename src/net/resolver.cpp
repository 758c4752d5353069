// From the mailbox to those who wait.
#include "net/resolver.hpp"

#include <boost/system/system_category.hpp>

namespace adieu::inline v1::net {
namespace {

// So many waiting connections are told in one turn: a whole crowd may wait for one name.
constexpr int answers_a_turn = 64;

}  // namespace

int resolver::one_more() {
  if (under_way_ == 0) {
    if (const int error = mailbox_.open(); error != 0) return error;
    const int error = poller_.add(mailbox_.descriptor(), {.read = true}, *this);
    if (error != 0) {
      mailbox_.close();
      return error;
    }
  }
  ++under_way_;
  return 0;
}

void resolver::one_less() noexcept {
  if (--under_way_ != 0) return;
  poller_.remove(mailbox_.descriptor(), *this);
  mailbox_.close();
}

// What is left over is reported again.
bool resolver::ready(readiness) {
  for (int n = 0; n < answers_a_turn; ++n) {
    auto* const who = static_cast<lookup*>(lookup_threads::asker::next_of(mailbox_));
    if (!who) return n != 0;
    who->stage_ = lookup::stage::answered;
    one_less();
    who->audience_.on_answer();
  }
  return true;
}

lookup::~lookup() {
  drop();  // before the mailbox is closed
  if (stage_ == stage::under_way) by_.one_less();
}

void lookup::begin(const std::string& host, int family) {
  stage_ = stage::answered;
  if (const int error = by_.one_more(); error != 0) {
    no_lookup_ = {error, boost::system::system_category()};
    return;
  }
  struct taken_back {
    resolver* by;
    ~taken_back() {
      if (by) by->one_less();
    }
  } unless_asked{&by_};
  no_lookup_ = ask(host, family);
  if (no_lookup_) return;
  unless_asked.by = nullptr;
  stage_          = stage::under_way;
}

std::vector<socket_address> lookup::addresses() const {
  return no_lookup_ ? std::vector<socket_address>() : asker::addresses();
}

error_code lookup::error() const noexcept { return no_lookup_ ? no_lookup_ : asker::error(); }

}  // namespace adieu::inline v1::net
