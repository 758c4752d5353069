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

std::optional<parameters> parsed(const http::extension& e, bool is_offer) {
  parameters p;
  for (const auto& [name, value] : e.parameters) {
    if (name == "server_no_context_takeover" && !value && !p.server_no_context_takeover) {
      p.server_no_context_takeover = true;
    } else if (name == "client_no_context_takeover" && !value && !p.client_no_context_takeover) {
      p.client_no_context_takeover = true;
    } else if (name == "server_max_window_bits" && !p.server_max_window_bits) {
      p.server_max_window_bits = window_bits(value);
      if (!p.server_max_window_bits) return {};
    } else if (name == "client_max_window_bits" && !p.client_max_window_bits_given) {
      // In an offer it may come without a value, as a hint. [7.1.2.2]
      p.client_max_window_bits_given = true;
      p.client_max_window_bits       = window_bits(value);
      if (!p.client_max_window_bits && (value || !is_offer)) return {};
    } else {
      return {};  // unknown, given twice, or with a value that it must not have
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
  if (o.max_context_memory == 0) return;
  if (context_memory(a, o) > o.max_context_memory && our_memory(a, o) >= their_memory(a))
    a.our_takeover = false;
  if (context_memory(a, o) > o.max_context_memory) a.their_takeover = false;
  if (context_memory(a, o) > o.max_context_memory) a.our_takeover = false;
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
    if (const auto p = parsed(offer, true)) return accept(*p, options);
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
  const auto p = parsed(answer.front(), false);
  if (!p)
    return refuse(
        "a parameter of permessage-deflate that is unknown, repeated or has a wrong value");

  deflate_agreement a = wanted_by_client(options);
  if (!a.their_takeover && !p->server_no_context_takeover)
    return refuse("permessage-deflate without the server_no_context_takeover that was asked for");
  const int their_limit = a.their_window_bits;
  if (!p->server_max_window_bits && their_limit < widest)
    return refuse("permessage-deflate without the server_max_window_bits that was asked for");
  if (p->server_max_window_bits.value_or(their_limit) > their_limit)
    return refuse("permessage-deflate with a server_max_window_bits above the one asked for");
  if (p->client_max_window_bits.value_or(8) > a.our_window_bits)
    return refuse("permessage-deflate with a client_max_window_bits above the one offered");

  if (p->server_no_context_takeover) a.their_takeover = false;
  if (p->client_no_context_takeover) a.our_takeover = false;
  if (p->server_max_window_bits)
    a.their_window_bits = static_cast<std::uint16_t>(*p->server_max_window_bits & 15);
  if (p->client_max_window_bits)
    a.our_window_bits = static_cast<std::uint16_t>(*p->client_max_window_bits & 15);
  return a;
}

}  // namespace adieu::inline v1::protocol
