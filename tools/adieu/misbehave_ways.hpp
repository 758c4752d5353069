// The ways to misbehave that have a name: each makes the manners of one connection. Knows no path
// and no socket.
#pragma once

#include "misbehave.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace adieu::tool::ways {

using after = std::optional<std::chrono::milliseconds>;

/// Any number and any bytes as code and reason; acts after the time or the messages, or at once.
/// Does not echo.
manners close(std::optional<std::uint16_t> code, std::string_view reason, after time = {},
              std::optional<std::uint64_t> messages = {});
/// Ends TCP without a Close.
manners drop(after time = {});
/// Ends TCP with an RST.
manners reset(after time = {});
/// Echoes, never answers a Close, never ends TCP.
manners mute();
/// Echoes, answers a Close, never ends TCP.
manners linger();
/// Echoes, ends TCP in answer to a Close.
manners hang_up();
/// Reads nothing, says nothing, never ends TCP.
manners silent();
/// Echoes, but reads so many bytes a second.
manners slow(std::uint64_t bytes_a_second);
/// Sends without pause, goes on after the peer's Close.
manners flood();
/// Echoes, and drops after half to one and a half of the time, at random.
manners flaky(std::chrono::milliseconds uptime);

/// Reserved bits and opcodes.
manners garbage(after time = {});
/// A text that is not UTF-8.
manners bad_utf8(after time = {});
/// A frame masked as only a client's may be.
manners masked(after time = {});
/// The head of a message of one tebibyte, and the first of its bytes.
manners oversize(after time = {});
/// A Close frame in two fragments.
manners fragmented_close(after time = {});

/// Whether a Close frame with these keeps the protocol's rules.
bool is_lawful_close(std::optional<std::uint16_t> code, std::string_view reason) noexcept;

}  // namespace adieu::tool::ways
