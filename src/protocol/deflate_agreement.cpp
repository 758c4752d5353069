// The four parameters, strictly: each at most once, with a value where it must have one and with
// none where it must not. [RFC 7692 7.1]
#include "protocol/deflate_agreement.hpp"

#include "wire/deflater.hpp"
#include "wire/inflater.hpp"

#include <algorithm>

namespace adieu::inline v1::protocol {
namespace {

constexpr const char* extension_name = "permessage-deflate";
constexpr int widest                 = 15;
// With a context for every connection a narrow window costs little and saves much memory.
constexpr int window_with_takeover = 12;

// Of an offer or an answer.
struct parameters {
  bool server_no_context_takeover = false;
  bool client_no_context_takeover = false;
  std::optional<int> server_max_window_bits;
  bool client_max_window_bits_given = false;
  std::optional<int> client_max_window_bits;  // nothing if given without a value
};

// 8 to 15, without leading zeros. [7.1.2]
std::optional<int> window_bits(const std::optional<std::string>& value) {
  if (!value) return {};
  if (value->size() == 1 && (*value == "8" || *value == "9")) return (*value)[0] - '0';
  if (value->size() == 2 && (*value)[0] == '1' && (*value)[1] >= '0' && (*value)[1] <= '5')
    return 10 + ((*value)[1] - '0');
  return {};
}

// `wrong`: what is, if nothing is returned.
std::optional<parameters> parsed(const http::extension& e, bool is_offer, std::string& wrong) {
  parameters p;
  const auto take_flag = [](bool& given, const std::optional<std::string>& value) {
    given = true;
    return !value;
  };
  for (auto it = e.parameters.begin(); it != e.parameters.end(); ++it) {
    const auto& [name, value] = *it;
    bool is_right             = false;
    if (name == "server_no_context_takeover") {
      is_right = take_flag(p.server_no_context_takeover, value);
    } else if (name == "client_no_context_takeover") {
      is_right = take_flag(p.client_no_context_takeover, value);
    } else if (name == "server_max_window_bits") {
      p.server_max_window_bits = window_bits(value);
      is_right                 = p.server_max_window_bits.has_value();
    } else if (name == "client_max_window_bits") {
      // In an offer it may come without a value, as a hint. [7.1.2.2]
      p.client_max_window_bits_given = true;
      p.client_max_window_bits       = window_bits(value);
      is_right                       = p.client_max_window_bits || (is_offer && !value);
    } else {
      wrong = "an unknown parameter: " + name;
      return {};
    }
    const auto is_same = [&name = it->first](const auto& other) { return other.first == name; };
    if (std::any_of(e.parameters.begin(), it, is_same)) {
      wrong = name + " twice";
      return {};
    }
    if (!is_right) {
      wrong = "a wrong value of " + name;
      return {};
    }
  }
  return p;
}

int window_or_default(int option, bool takeover) {
  if (option != 0) return option;
  return takeover ? window_with_takeover : widest;
}
int server_window(const deflate_options& o) {
  return window_or_default(o.server_max_window_bits, o.server_context_takeover);
}
int client_window(const deflate_options& o) {
  return window_or_default(o.client_max_window_bits, o.client_context_takeover);
}

std::size_t our_memory(const deflate_agreement& a, const deflate_options& o) {
  if (!a.our_takeover) return 0;
  return wire::deflater::footprint({o.level, a.our_window_bits, o.memory_level});
}
std::size_t their_memory(const deflate_agreement& a) {
  return a.their_takeover ? wire::inflater::footprint(a.their_window_bits) : 0;
}

// Gives up takeover where its memory is above the bound: first ours, which takes the most.
void keep_within_bound(deflate_agreement& a, const deflate_options& o) {
  if (!has_room_for(a, o) && our_memory(a, o) >= their_memory(a)) a.our_takeover = false;
  if (!has_room_for(a, o)) a.their_takeover = false;
  if (!has_room_for(a, o)) a.our_takeover = false;
}

// What a client wants, as if the server agreed to all of it.
deflate_agreement wanted_by_client(const deflate_options& o) {
  deflate_agreement a{.on             = true,
                      .our_takeover   = o.client_context_takeover,
                      .their_takeover = o.server_context_takeover};
  a.our_window_bits   = static_cast<std::uint16_t>(client_window(o) & 15);
  a.their_window_bits = static_cast<std::uint16_t>(server_window(o) & 15);
  keep_within_bound(a, o);
  return a;
}

std::string with_number(const char* name, int number) {
  return std::string("; ") + name + '=' + std::to_string(number);
}

deflate_answer accept(const parameters& offer, const deflate_options& o) {
  const int offered_theirs = offer.client_max_window_bits.value_or(widest);
  const int ours = std::min(offer.server_max_window_bits.value_or(widest), server_window(o));
  // A limit of ours is for those who have said that they know the parameter. [7.1.2.2]
  const int theirs =
      offer.client_max_window_bits_given ? std::min(offered_theirs, client_window(o)) : widest;
  deflate_answer answer;
  deflate_agreement& a = answer.agreed;
  a.on                 = true;
  a.our_takeover       = o.server_context_takeover && !offer.server_no_context_takeover;
  a.their_takeover     = o.client_context_takeover && !offer.client_no_context_takeover;
  a.our_window_bits    = static_cast<std::uint16_t>(ours & 15);
  a.their_window_bits  = static_cast<std::uint16_t>(theirs & 15);
  keep_within_bound(a, o);

  answer.element = extension_name;
  if (!a.our_takeover) answer.element += "; server_no_context_takeover";
  if (!a.their_takeover) answer.element += "; client_no_context_takeover";
  if (offer.server_max_window_bits || ours < widest)
    answer.element += with_number("server_max_window_bits", ours);
  if (theirs < widest) answer.element += with_number("client_max_window_bits", theirs);
  return answer;
}

}  // namespace

std::string wrong_with_deflate(const deflate_options& o) {
  if (o.level < 1 || o.level > 9) return "deflate.level must be 1 to 9 (enabled = false is none)";
  if (o.memory_level < 1 || o.memory_level > 9) return "deflate.memory_level must be 1 to 9";
  for (const int bits : {o.server_max_window_bits, o.client_max_window_bits})
    if (bits != 0 && (bits < 8 || bits > widest))
      return "deflate's window bits must be 8 to 15, or 0 for the default";
  return {};
}

std::size_t context_memory(const deflate_agreement& agreed, const deflate_options& options) {
  return our_memory(agreed, options) + their_memory(agreed);
}

bool has_room_for(const deflate_agreement& agreed, const deflate_options& options) {
  return options.max_context_memory == 0 ||
         context_memory(agreed, options) <= options.max_context_memory;
}

std::string deflate_offer(const deflate_options& options) {
  if (!options.enabled) return {};
  const deflate_agreement a = wanted_by_client(options);
  std::string offer         = extension_name;
  if (!a.their_takeover) offer += "; server_no_context_takeover";
  if (!a.our_takeover) offer += "; client_no_context_takeover";
  if (a.their_window_bits < widest)
    offer += with_number("server_max_window_bits", a.their_window_bits);
  if (a.our_window_bits < widest)
    offer += with_number("client_max_window_bits", a.our_window_bits);
  else
    offer += "; client_max_window_bits";
  return offer;
}

deflate_answer answer_to(const std::vector<http::extension>& offers,
                         const deflate_options& options) {
  if (!options.enabled) return {};
  for (const http::extension& offer : offers) {
    if (offer.name != extension_name) continue;
    std::string wrong;
    if (const auto p = parsed(offer, true, wrong)) return accept(*p, options);
  }
  return {};
}

std::optional<deflate_agreement> agreed_by(const std::vector<http::extension>& answer,
                                           const deflate_options& options, std::string& why) {
  const auto refuse = [&](std::string what) -> std::optional<deflate_agreement> {
    why = std::move(what);
    return {};
  };
  if (answer.empty()) return deflate_agreement{};
  for (const http::extension& e : answer)
    if (!options.enabled || e.name != extension_name)
      return refuse("an extension that was not offered: " + e.name);
  if (answer.size() != 1) return refuse("permessage-deflate twice");
  std::string wrong;
  const auto p = parsed(answer.front(), false, wrong);
  if (!p) return refuse("permessage-deflate with " + wrong);

  // What was asked of the server and is not in its answer it does not do: it may refer back to
  // messages before, and as far as DEFLATE goes. Whoever can keep that much reads all the same what
  // it sends. [7.1.1.1, 7.1.2.1 would have it decline; Tornado and Mojolicious answer like that]
  deflate_agreement a = wanted_by_client(options);
  a.their_takeover    = !p->server_no_context_takeover;
  a.their_window_bits = static_cast<std::uint16_t>(p->server_max_window_bits.value_or(widest) & 15);
  // What we send is ours to limit: never more than was offered, nor than the server takes.
  if (p->client_no_context_takeover) a.our_takeover = false;
  const int ours    = std::min<int>(a.our_window_bits, p->client_max_window_bits.value_or(widest));
  a.our_window_bits = static_cast<std::uint16_t>(ours & 15);
  if (!has_room_for(a, options)) a.our_takeover = false;
  return a;
}

}  // namespace adieu::inline v1::protocol
