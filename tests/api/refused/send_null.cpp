// refused: deleted
#include <adieu/adieu.hpp>

void f(adieu::websocket& ws) { ws.send(nullptr); }
