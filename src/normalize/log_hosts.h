#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "kgrca/model/event.h"

namespace kgrca::normalize {

// The resource that a host stands for: `svc.ns.svc[.cluster.local]` and bare names give a service (namespace `ns` for the
// latter), `svc.ns` too unless it ends in a public domain; IPs and other names give kind "address". A scheme, user info,
// port and path around the host are dropped. Nothing for localhost and for text that is no host.
std::optional<model::ResourceRef> ref_of_host(std::string_view host, std::string_view cluster, std::string_view ns);

// Adds the hosts that a line of text names: URLs, host:port, `…svc…` names, IPs, and names after "lookup", ENOTFOUND and
// the like. At most 8; times, versions and file:line are not taken for hosts.
void add_named_hosts(model::Event& event, std::string_view text);

// Port of a "host:port" text within 1..65535; 0 when there is none.
int port_of(std::string_view host_and_port);
// Lower-case DNS name of at most 253 bytes that holds a letter.
bool is_dns_name(std::string_view text);
bool is_ipv4(std::string_view text);

}  // namespace kgrca::normalize
