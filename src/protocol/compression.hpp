// What a loop lends its connections for compressing: one stream for all messages that share no
// context, inflaters for messages in progress, and the contexts of connections with takeover, which
// are kept here so that an idle connection without any pays nothing for them. One thread.
#pragma once

#include <adieu/options.hpp>

#include "base/byte_buffer.hpp"
#include "protocol/deflate_agreement.hpp"
#include "protocol/recycled.hpp"
#include "wire/deflater.hpp"
#include "wire/inflater.hpp"
#include "wire/mask_key.hpp"
#include "wire/whole_messages.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

namespace adieu::inline v1::protocol {

class compression {
 public:
  /// Whose context it is: a connection's address, until forget().
  using owner = const void*;

  /// A whole payload, still masked with `key` (0: not), without context; `to` is empty.
  wire::inflated inflate(std::span<const std::byte> payload, wire::mask_key key, byte_buffer& to,
                         std::uint64_t most);
  /// For a message that comes in pieces, or needs the owner's context.
  std::unique_ptr<wire::inflater> take_inflater(owner whose, const deflate_agreement& agreed);
  void give_back(std::unique_ptr<wire::inflater> used, owner whose,
                 const deflate_agreement& agreed);

  /// The payload compressed; empty if that would not make it smaller (with takeover never, for the
  /// context has changed). Valid until the next call.
  std::span<const std::byte> deflate(std::span<const std::byte> payload, owner whose,
                                     const deflate_agreement& agreed,
                                     const deflate_options& options);
  /// What deflate() gave is done with.
  void tidy();
  /// The owner's contexts are done with.
  void forget(owner whose) noexcept { contexts_.erase(whose); }

 private:
  struct context {
    std::unique_ptr<wire::inflater> theirs;
    std::unique_ptr<wire::deflater> ours;
  };

  void deflate_alone(std::span<const std::byte> payload, const deflate_agreement& agreed,
                     const deflate_options& options);
  wire::deflater& shared_deflater(int level, int window_bits);

  byte_buffer unmasked_;
  byte_buffer deflated_;
  std::unique_ptr<wire::whole_inflater> whole_inflater_;
  std::unique_ptr<wire::whole_deflater> whole_deflater_;
  bool has_asked_for_deflater_ = false;
  std::vector<std::unique_ptr<wire::deflater>> deflaters_;  // one for each level and window in use
  recycled<wire::inflater> inflaters_{16, 64 * 1024};
  std::unordered_map<owner, context> contexts_;
};

}  // namespace adieu::inline v1::protocol
