// refused: this_close_code_can_never_be_sent__use_1000_or_3000_to_4999 (66536 is 1000 in 16 bits)
#include <adieu/adieu.hpp>

void f(adieu::websocket& ws) { ws.close(66536); }
