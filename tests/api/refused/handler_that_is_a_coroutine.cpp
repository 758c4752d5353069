// refused: a handler returns nothing
#include <adieu/adieu.hpp>

#include <boost/asio/awaitable.hpp>

adieu::websocket_handlers handlers{
    .on_message = [](adieu::websocket&, adieu::message_view) -> boost::asio::awaitable<void> {
      co_return;
    }};
