// refused: a handler returns nothing
#include <adieu/adieu.hpp>

adieu::websocket_handlers handlers{.on_open = [](adieu::websocket&) { return 1; }};
