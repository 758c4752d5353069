// refused: no matching|no known conversion|could not convert|cannot convert|invalid conversion
#include <adieu/adieu.hpp>

void f(adieu::websocket& ws) { ws.send(5); }
