// refused: constant expression|not usable
#include <adieu/adieu.hpp>

void f(adieu::websocket& ws, int n) { ws.close(n); }
