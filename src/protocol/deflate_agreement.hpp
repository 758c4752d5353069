// permessage-deflate negotiated: what a client offers, what a server answers to offers, and the
// client's check of the answer. [RFC 7692 5, 7.1] Knows no stream that compresses.
#pragma once

#include <adieu/options.hpp>

#include "http/tokens.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace adieu::inline v1::protocol {

/// What two ends have agreed on, from the point of view of one of them. Two bytes, for every
/// connection has one.
struct deflate_agreement {
  std::uint16_t on : 1                = false;
  std::uint16_t our_takeover : 1      = false;  // we compress with the context of messages before
  std::uint16_t their_takeover : 1    = false;
  std::uint16_t our_window_bits : 4   = 15;  // 8 to 15
  std::uint16_t their_window_bits : 4 = 15;

  bool operator==(const deflate_agreement&) const = default;
};
static_assert(sizeof(deflate_agreement) == 2);

/// "" if all can be; else what cannot.
std::string wrong_with_deflate(const deflate_options& options);

/// The most that the contexts of a connection hold. 0 without takeover.
std::size_t context_memory(const deflate_agreement& agreed, const deflate_options& options);
/// Whether that is within max_context_memory.
bool has_room_for(const deflate_agreement& agreed, const deflate_options& options);

/// The client's offer: an element of Sec-WebSocket-Extensions, "" for none.
std::string deflate_offer(const deflate_options& options);

struct deflate_answer {
  deflate_agreement agreed;
  std::string element;  // of Sec-WebSocket-Extensions; "" if there is no agreement
};
/// The server's answer: to the first offer that it can keep, in the client's order.
deflate_answer answer_to(const std::vector<http::extension>& offers,
                         const deflate_options& options);

/// What an answer to deflate_offer() means; nothing if it breaks a rule, and `why` says which. One
/// that lacks what was asked for, or asks for less, can be lived with: as far as the client
/// has_room_for() it.
std::optional<deflate_agreement> agreed_by(const std::vector<http::extension>& answer,
                                           const deflate_options& options, std::string& why);

}  // namespace adieu::inline v1::protocol
