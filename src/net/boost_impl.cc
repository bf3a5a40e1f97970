// The bodies of Asio and Beast for the whole program; see BOOST_*_SEPARATE_COMPILATION in cmake/Rooms.cmake.
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/beast/src.hpp>
