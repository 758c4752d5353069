// Made at first use, kept while they are small.
#include "protocol/compression.hpp"

#include "wire/mask.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace adieu::inline v1::protocol {
namespace {

// A buffer that grew above this for one message is given back after it.
constexpr std::size_t kept_at_most = 1 << 20;

// isa-l has one level that is quick; whoever wants another one wants zlib's.
constexpr int quick_level = 1;

void trim(byte_buffer& b) {
  if (b.capacity() > kept_at_most) b = byte_buffer();
}

}  // namespace

wire::inflated compression::inflate(std::span<const std::byte> payload, wire::mask_key key,
                                    byte_buffer& to, std::uint64_t most) {
  if (payload.empty()) return wire::inflated::fine;
  if (!whole_inflater_) {
    whole_inflater_ = wire::inflate_whole_with_libdeflate();
    if (!whole_inflater_) whole_inflater_ = wire::inflate_whole_with_zlib();
  }
  unmasked_.clear();
  std::byte* const at = unmasked_.room(payload.size() + wire::payload_end.size());
  wire::copy_masked(at, payload.data(), payload.size(), key);
  unmasked_.grown_by(payload.size());
  unmasked_.append(wire::payload_end);
  const wire::inflated how = whole_inflater_->inflate(unmasked_.bytes(), to, most);
  trim(unmasked_);
  return how;
}

std::unique_ptr<wire::inflater> compression::take_inflater(owner whose,
                                                           const deflate_agreement& agreed) {
  if (!agreed.their_takeover) return inflaters_.take();
  context& c = contexts_[whose];
  if (c.theirs) return std::move(c.theirs);
  return std::make_unique<wire::inflater>(agreed.their_window_bits);
}

void compression::give_back(std::unique_ptr<wire::inflater> used, owner whose,
                            const deflate_agreement& agreed) {
  if (agreed.their_takeover)
    contexts_[whose].theirs = std::move(used);
  else
    inflaters_.give_back(std::move(used));
}

std::span<const std::byte> compression::deflate(std::span<const std::byte> payload, owner whose,
                                                const deflate_agreement& agreed,
                                                const deflate_options& options) {
  deflated_.clear();
  if (agreed.our_takeover) {
    auto& ours = contexts_[whose].ours;
    if (!ours)
      ours = std::make_unique<wire::deflater>(
          wire::deflate_settings{options.level, agreed.our_window_bits, options.memory_level});
    ours->message(payload, deflated_);
    return deflated_.bytes();
  }
  deflate_alone(payload, agreed, options);
  if (deflated_.size() >= payload.size()) return {};
  return deflated_.bytes();
}

void compression::deflate_alone(std::span<const std::byte> payload, const deflate_agreement& agreed,
                                const deflate_options& options) {
  if (options.level == quick_level && agreed.our_window_bits == 15) {
    if (!std::exchange(has_asked_for_deflater_, true))
      whole_deflater_ = wire::deflate_whole_with_isal();
    if (whole_deflater_) return whole_deflater_->deflate(payload, deflated_);
  }
  wire::deflater& d = shared_deflater(options.level, agreed.our_window_bits);
  d.message(payload, deflated_);
  d.reset();
}

wire::deflater& compression::shared_deflater(int level, int window_bits) {
  const wire::deflate_settings wanted{.level = level, .window_bits = window_bits};
  for (const auto& d : deflaters_)
    if (d->settings() == wanted) return *d;
  return *deflaters_.emplace_back(std::make_unique<wire::deflater>(wanted));
}

void compression::tidy() { trim(deflated_); }

}  // namespace adieu::inline v1::protocol
