// refused: deleted|copy constructor
#include <adieu/adieu.hpp>

void f(adieu::websocket& ws) { adieu::websocket copy = ws; }
