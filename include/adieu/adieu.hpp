// All of adieu.
#pragma once

#include <adieu/log.hpp>
#include <adieu/reconnecting_websocket.hpp>
#include <adieu/server.hpp>
#include <adieu/websocket.hpp>
