// All of adieu.
#pragma once

#include <adieu/server.hpp>
#include <adieu/websocket.hpp>
