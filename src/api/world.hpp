// What coming back needs of the world: the time, chance, to be woken, and connections. A seam: the
// real one is in world_asio.cpp; tests put one of virtual time in its place.
#pragma once

#include <adieu/websocket.hpp>

#include "net/asio.hpp"
#include "protocol/mask_keys.hpp"
#include "protocol/time.hpp"

#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <string>

namespace adieu::inline v1::api {

/// One attempt, and the connection that it may become. Destroying closes with 1001 in the
/// background, or abandons; nothing is told any more.
class link {
 public:
  struct handlers {
    handler<void()> on_open                    = {};
    handler<void(message_view)> on_message     = {};
    handler<void()> on_drain                   = {};
    handler<void(closing_reply)> on_closing    = {};
    handler<void(const close_event&)> on_ended = {};
    /// What one of these threw, and no event tells.
    handler<void(const std::exception_ptr&)> on_exception = {};
  };

  virtual ~link()                              = default;
  virtual bool takes_messages() const noexcept = 0;
  /// Whether send() would not find its queue full.
  virtual bool has_room() noexcept                               = 0;
  virtual error send(message_view outgoing)                      = 0;
  virtual void flush_now() noexcept                              = 0;
  virtual void close(code_to_send code, std::string_view reason) = 0;
  virtual void terminate() noexcept                              = 0;
  /// Whatever is under way has to be over by then.
  virtual void hurry(std::chrono::milliseconds within) = 0;
  virtual void hold_reading(bool held) noexcept        = 0;
  /// Messages accepted and not handed to the transport whole, last words included.
  virtual std::size_t queued_messages() const noexcept = 0;
  /// How many last words were accepted.
  virtual std::size_t last_words() const noexcept        = 0;
  virtual std::uint64_t buffered_amount() const noexcept = 0;
  virtual std::string_view subprotocol() const noexcept  = 0;
  virtual const opening_response* response() const noexcept { return nullptr; }
  virtual endpoint remote_endpoint() const   = 0;
  virtual websocket_ref ref() const noexcept = 0;
  /// As it was given to on_ended, from then on.
  virtual const close_event* closed() const noexcept = 0;
};

class world {
 public:
  class inhabitant {
   public:
    /// The time that was asked for, or a moment before it.
    virtual void due() = 0;
    /// The io_context is being destroyed: nothing may be called or posted any more.
    virtual void cut_off() noexcept = 0;

   protected:
    ~inhabitant() = default;
  };

  virtual ~world() = default;
  /// Called first in every call of the handle.
  virtual void entered() noexcept {}
  /// An empty one once the io_context is gone.
  virtual const asio::any_io_executor& executor() const noexcept = 0;
  virtual protocol::time now() noexcept                          = 0;
  virtual protocol::random_source& chance() noexcept             = 0;
  /// Who is to be told; null: nobody any more.
  virtual void belongs_to(inhabitant* who) noexcept = 0;
  /// Takes the place of what was asked for before; `never`: not at all.
  virtual void wake(protocol::time at) = 0;
  /// Begins an attempt. Throws as websocket's constructor does.
  virtual std::unique_ptr<link> connect(const std::string& url, websocket_options options,
                                        link::handlers told) = 0;
};

/// The loop of that executor, and websockets.
std::unique_ptr<world> real_world(const asio::any_io_executor& where);

}  // namespace adieu::inline v1::api
