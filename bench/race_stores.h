// The stores of the race, each new in an empty folder.
#pragma once

#include <memory>
#include <string>

#include "race_data.h"

namespace kgrca::bench {

std::unique_ptr<RaceStore> open_kgrca(const std::string& directory);
std::unique_ptr<RaceStore> open_sqlite(const std::string& directory);

// A region's tenant loaded through the lane, as the bench mix has it, and read back: its links are those that the engine drew.
RaceData make_race(std::size_t pods, std::uint64_t events, std::size_t questions, const std::string& directory);

}  // namespace kgrca::bench
