// refused: nodiscard
#include <adieu/adieu.hpp>

void f(adieu::websocket& ws) { ws.async_receive(); }
