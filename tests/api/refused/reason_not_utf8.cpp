// refused: a_close_reason_must_be_UTF_8
#include <adieu/adieu.hpp>

void f(adieu::websocket& ws) { ws.close(1000, "\xff\xfe"); }
