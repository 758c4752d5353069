// What a peer sends on an open connection: any bytes, or frames that the input describes. Given
// whole, byte by byte and in pieces, straight into a large message and through a pause, the machine
// must say of it exactly what the reference decoder says.
#include "input.hpp"
#include "reference_decoder.hpp"

#include "protocol/connection.hpp"

#include <algorithm>
#include <cstring>
#include <vector>
#include <zlib.h>

using namespace adieu;
using namespace adieu::protocol;
using namespace fuzz;

namespace {

constexpr std::size_t most_wire       = 200'000;
constexpr std::size_t every_byte_to   = 1024;  // longer ones byte by byte take too long
constexpr std::size_t every_prefix_to = 200;

class fixed_keys final : public random_source {
  bool fill(std::span<std::byte> to) noexcept override {
    std::fill(to.begin(), to.end(), std::byte{0x5A});
    return true;
  }
};

struct conditions {
  role side;
  connection_options options;
  deflate_agreement deflate;
  reading reference;
  unsigned seed;
};

conditions read_conditions(input& in) {
  conditions c;
  const unsigned how                 = in.byte();
  const unsigned limits              = in.byte();
  c.seed                             = in.byte();
  c.side                             = how & 1 ? role::server : role::client;
  reading& r                         = c.reference;
  r.masked                           = c.side == role::server;
  r.deflate                          = (how & 2) != 0;
  r.takeover                         = r.deflate && (how & 4) != 0;
  constexpr int bits[]               = {15, 8, 9, 12};
  r.window_bits                      = bits[how / 8 % 4];
  constexpr std::uint64_t messages[] = {0, 10, 125, 126, 5000, 70'000, 1, 65'536};
  r.max_message                      = messages[limits % 8];
  r.max_control                      = limits & 8 ? 3 : 0;

  c.options.max_message                   = r.max_message;
  c.options.max_control_frames_per_second = r.max_control;
  c.deflate.on                            = r.deflate;
  c.deflate.their_takeover                = r.takeover;
  c.deflate.their_window_bits             = static_cast<std::uint16_t>(r.window_bits & 15);
  return c;
}

// --- frames that the input describes ---

std::string deflated(std::string_view text, z_stream& with) {
  if (text.empty()) return std::string(1, '\0');  // [RFC 7692 7.2.3.6]
  std::string out(text.size() + 1000, '\0');
  with.next_in   = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  with.avail_in  = static_cast<uInt>(text.size());
  with.next_out  = reinterpret_cast<Bytef*>(out.data());
  with.avail_out = static_cast<uInt>(out.size());
  deflate(&with, Z_SYNC_FLUSH);
  out.resize(out.size() - with.avail_out - 4);
  return out;
}

void append_head(std::string& to, unsigned first, unsigned form, bool masked, std::uint64_t size) {
  const unsigned mask = masked ? 128 : 0;
  int wide            = size < 126 ? 0 : size < 65'536 ? 2 : 8;
  if (form == 2) wide = std::max(wide, 2);
  if (form == 3) wide = 8;
  to += static_cast<char>(first);
  to += static_cast<char>(mask | (wide == 0   ? static_cast<unsigned>(size)
                                  : wide == 2 ? 126u
                                              : 127u));
  for (int i = wide; i-- > 0;) to += static_cast<char>(size >> (8 * i) & 0xFF);
}

std::string described(input& in, const conditions& c) {
  constexpr std::string_view pieces[] = {
      "hello ", "gr\xC3\xBC\xC3\x9F ", "\xE2\x82\xAC", "\xF0\x9F\x91\x8B", "\xE2\x82", "\xAC",
      "\xFF"};
  std::string wire;
  z_stream z = {};
  require(deflateInit2(&z, 6, Z_DEFLATED, -std::max(9, c.reference.window_bits), 5,
                       Z_DEFAULT_STRATEGY) == Z_OK,
          "zlib has memory");
  while (!in.over() && wire.size() < most_wire) {
    const unsigned first = in.byte(), how = in.byte();
    std::string payload;
    if (how & 1) payload = in.bytes(in.byte());
    if (how & 2)
      for (unsigned n = in.byte() % 8; n > 0; --n) payload += in.of(pieces);
    if (how & 4) {
      constexpr std::size_t small[] = {1, 2, 13, 64, 124, 125, 126, 127, 128, 250, 700, 1025};
      constexpr std::size_t large[] = {4096, 16'384, 65'535, 65'536, 65'537, 70'000, 131'072};
      const unsigned which          = in.byte();
      const std::size_t n =
          which < 240 ? small[which % std::size(small)] : large[which % std::size(large)];
      if (payload.empty()) payload = "x";
      while (payload.size() < n) payload += payload.substr(0, n - payload.size());
    }
    if ((how & 8) && c.reference.deflate && (first & 64)) {
      payload = deflated(payload, z);
      if (!c.reference.takeover) deflateReset(&z);
    }
    // Rarely masked against the role, or with a length in another form.
    const unsigned form = how / 16 % 4;
    const bool masked   = c.reference.masked != (form == 1 && (how & 64) != 0 && (how & 128) != 0);
    append_head(wire, first, form, masked, payload.size());
    if (masked) {
      const unsigned key = how & 64 ? in.byte() * 0x01030507u : 0;
      for (int i = 0; i < 4; ++i) wire += static_cast<char>(key >> (8 * i) & 0xFF);
      for (std::size_t i = 0; i < payload.size(); ++i)
        payload[i] = static_cast<char>(payload[i] ^ static_cast<char>(key >> (8 * (i % 4)) & 0xFF));
    }
    wire += payload;
  }
  deflateEnd(&z);
  return wire;
}

// --- the machine ---

class reader {
 public:
  reader(const conditions& c, cuts cut) : cut_(cut), shared_(source_) {
    agreed_.side    = c.side;
    agreed_.options = c.options;
    agreed_.shared  = &shared_;
    machine_        = std::make_unique<connection>(agreed_, now);
    machine_->agree(c.deflate);
    machine_->opened(now);
  }

  void read(std::string_view wire) {
    while (!wire.empty()) {
      std::size_t n = cut_.next(wire.size());
      // Whole means whole: the landing is for those who cut.
      const auto landing = n == wire.size() ? std::span<std::byte>() : machine_->landing();
      if (!landing.empty() && cut_.below(3) != 0) {
        n = std::min(wire.size(), landing.size());
        if (cut_.below(2) == 0) n = 1 + cut_.below(static_cast<std::uint32_t>(n));
        std::memcpy(landing.data(), wire.data(), n);
        machine_->landed(n, now);
        take_events();
      } else {
        own_copy bytes(wire.substr(0, n));
        machine_->receive(bytes.span(), now);
        if (!take_events()) pauses(bytes);
      }
      wire.remove_prefix(n);
      write();
    }
  }

  /// What was told, and what was written: pongs, and a Close.
  std::vector<told> events;
  std::string written;
  const connection& machine() const { return *machine_; }
  ending& how() { return machine_->ending_so_far(); }

 private:
  // False if the application has stopped reading meanwhile.
  bool take_events() {
    event e;
    while (machine_->next_event(e, now)) {
      note(e);
      if (pauses_ && cut_.below(4) == 0) return false;
    }
    return true;
  }
  void pauses(own_copy& bytes) {
    do {
      machine_->keep_input();
      std::ranges::fill(bytes.span(), std::byte{0xEE});
      write();
      machine_->replay_input();
    } while (!take_events());
  }

  void note(const event& e) {
    switch (e.what) {
      case event::kind::message:
        return events.push_back(
            {e.type == message_type::text ? told::kind::text : told::kind::binary,
             std::string(as_text(e.bytes))});
      case event::kind::pong:
        return events.push_back({told::kind::pong, std::string(as_text(e.bytes))});
      case event::kind::closing: return machine_->finish_reply(now);
    }
  }
  void write() {
    piece pieces[4];
    while (const std::size_t n = machine_->output(pieces)) {
      std::uint64_t taken = 0;
      for (std::size_t i = 0; i < n; ++i) {
        written += as_text({pieces[i].data, pieces[i].size});
        taken += pieces[i].size;
      }
      machine_->consumed(taken, now);
    }
  }

  static constexpr protocol::time now = protocol::time(std::chrono::hours(1000));

  cuts cut_;
  bool pauses_ = cut_.below(2) == 0;
  fixed_keys source_;
  resources shared_;
  terms agreed_;
  std::unique_ptr<connection> machine_;
};

// --- the two compared ---

std::string short_form(const std::vector<told>& all) {
  constexpr const char* names[] = {"text", "binary", "ping", "pong", "close", "broken"};
  std::string line;
  for (const told& t : all)
    line += std::string(names[static_cast<int>(t.what)]) + ' ' + std::to_string(t.code) + " [" +
            std::to_string(t.bytes.size()) + "] ";
  return line;
}

void same(const std::vector<told>& got, const std::vector<told>& expected, const char* promise) {
  if (got != expected)
    std::fprintf(stderr, "expected %s\ngot      %s\n", short_form(expected).c_str(),
                 short_form(got).c_str());
  require(got == expected, promise);
}

void compare(reader& got, const decoded& expected, const conditions& c) {
  using kind = told::kind;
  std::vector<told> events, answers;
  for (const told& t : expected.all) {
    if (t.what == kind::text || t.what == kind::binary || t.what == kind::pong) events.push_back(t);
    if (t.what == kind::ping) answers.push_back({kind::pong, t.bytes});
    if (t.what == kind::close || t.what == kind::broken)
      answers.push_back({kind::close, "", t.code});
  }
  same(got.events, events, "the machine tells what the reference decoder reads");

  decoded written = decode(got.written, {.masked = c.side == role::client});
  require(written.used == got.written.size(), "what is written are whole frames");
  const bool failed = !expected.all.empty() && expected.all.back().what == kind::broken;
  if (failed && !written.all.empty()) written.all.back().bytes.clear();  // in the machine's words
  same(written.all, answers, "the machine answers what the reference decoder reads");

  const told last = expected.all.empty() ? told{kind::text, ""} : expected.all.back();
  if (last.what == kind::close) {
    const close_frame theirs{
        last.code == 1005 ? std::optional<std::uint16_t>() : static_cast<std::uint16_t>(last.code),
        last.bytes};
    require(got.how().received == theirs, "the event tells the Close that came");
    require(got.machine().at() == stage::ending, "a Close that is answered is the end");
  } else if (last.what == kind::broken) {
    require(got.machine().at() == stage::ending, "a broken rule is the end");
    require(got.how().cause == (last.code == 1002   ? cause::protocol_violation
                                : last.code == 1007 ? cause::invalid_text
                                : last.code == 1009 ? cause::message_too_big
                                                    : cause::flooded),
            "the cause is the rule that was broken");
  } else {
    require(got.machine().at() == stage::open, "who breaks no rule stays open");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  input in(data, size);
  const conditions c     = read_conditions(in);
  const bool as_it_is    = in.byte() % 4 == 0;
  const std::string wire = as_it_is ? std::string(in.rest()) : described(in, c);
  const decoded expected = decode(wire, c.reference);
  if (expected.doubtful) return 0;

  for (cuts::kind how : cuts::all) {
    if (how == cuts::kind::every_byte && wire.size() > every_byte_to) how = cuts::kind::anywhere;
    reader got(c, cuts(how, c.seed));
    got.read(wire);
    compare(got, expected, c);
  }
  if (wire.size() > every_prefix_to) return 0;
  // Nothing is told later than it could be, and no rule is found broken later.
  reader got(c, cuts(cuts::kind::every_byte, c.seed));
  for (std::size_t n = 1; n <= wire.size(); ++n) {
    got.read(std::string_view(wire).substr(n - 1, 1));
    compare(got, decode(std::string_view(wire).substr(0, n), c.reference), c);
  }
  return 0;
}
