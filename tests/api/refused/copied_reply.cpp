// refused: deleted|copy constructor
#include <adieu/adieu.hpp>

void f(adieu::closing_reply& reply) { adieu::closing_reply copy = reply; }
