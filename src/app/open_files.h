// The files that the process may hold open, shared by the store and the connections: a store that cannot open its next
// log fails for good, a connection that finds no place is only refused.
#pragma once

namespace kgrca::app {

// Raises the soft limit of open files to the hard one. Returns the limit, at most a million.
int raise_open_files_limit();

// At most `wanted` connections, and so few that the store's share of `open_files` stays free: 300 for each database and 64
// for the process, up to half of all.
int connections_within(int wanted, int open_files, int databases);

}  // namespace kgrca::app
