// refused: this_close_code_can_never_be_sent__use_1000_or_3000_to_4999
#include <adieu/adieu.hpp>

void f(adieu::websocket& ws) { ws.close(999); }
