#include "race_data.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <utility>

#include "kgrca/core/strings.h"
#include "region_home.h"

namespace kgrca::bench {
namespace {

constexpr std::int64_t open_end = std::numeric_limits<std::int64_t>::max();

std::int64_t number(std::string_view text) {
  const auto value = core::parse_int(text);
  if (!value) die(core::data_loss(core::cat("no number: ", text)));
  return *value;
}

void put(std::string& line, std::string_view text) {
  line.push_back('\t');
  for (const char c : text) line.push_back(c == '\t' || c == '\n' || c == '\r' ? ' ' : c);
}
void put(std::string& line, std::int64_t value) { core::append(line, "\t", value); }

RaceEvent event_of(const std::vector<std::string_view>& part) {
  RaceEvent event{std::string(part[1]), number(part[2]), number(part[3]), static_cast<int>(number(part[4])), std::string(part[5]),
                  std::string(part[6]), std::string(part[7]), std::string(part[8]), {}};
  if (part[9] == "-") return event;
  for (const std::string_view cause : core::split(part[9], ',')) {
    const auto at = cause.find('=');
    event.causes.emplace_back(cause.substr(0, at), static_cast<int>(number(cause.substr(at + 1))));
  }
  return event;
}

void take_line(const std::vector<std::string_view>& part, RaceData& out) {
  if (part[0] == "r") out.resources.push_back({number(part[1]), std::string(part[2]), std::string(part[3]), std::string(part[4]), std::string(part[5])});
  if (part[0] == "t")
    out.edges.push_back({number(part[1]), std::string(part[2]), number(part[3]), number(part[4]), part[5] == "-" ? open_end : number(part[5])});
  if (part[0] == "e") out.events.push_back(event_of(part));
  if (part[0] == "q1") out.questions.neighbours.push_back(number(part[1]));
  if (part[0] == "q2") out.questions.two_hops.push_back(number(part[1]));
  if (part[0] == "qp") out.questions.paths.emplace_back(number(part[1]), number(part[2]));
  if (part[0] == "qr") out.questions.roots.emplace_back(number(part[1]), number(part[2]));
}

std::string line_of(const RaceEvent& event) {
  std::string line = "e";
  put(line, event.eid);
  put(line, event.time);
  put(line, event.resource);
  put(line, std::int64_t{event.severity});
  for (const std::string* text : {&event.type, &event.reason, &event.message, &event.source_id}) put(line, *text);
  std::string causes;
  for (const auto& [cause, confidence] : event.causes) core::append(causes, causes.empty() ? "" : ",", cause, "=", confidence);
  put(line, causes.empty() ? "-" : causes);
  return line;
}

}  // namespace

RaceData read_race(const std::string& path) {
  std::ifstream in(path);
  if (!in) die(core::not_found(core::cat("cannot read ", path)));
  RaceData out;
  for (std::string line; std::getline(in, line);) take_line(core::split(line, '\t'), out);
  return out;
}

void write_race(const RaceData& data, const std::string& path) {
  std::ofstream out(path);
  for (const RaceResource& r : data.resources) {
    std::string line = "r";
    put(line, r.id);
    for (const std::string* text : {&r.cluster, &r.kind, &r.ns, &r.name}) put(line, *text);
    out << line << '\n';
  }
  for (const RaceEdge& t : data.edges) {
    std::string line = "t";
    put(line, t.from);
    put(line, t.relation);
    put(line, t.to);
    put(line, t.since);
    put(line, t.until == open_end ? std::string("-") : std::to_string(t.until));
    out << line << '\n';
  }
  for (const RaceEvent& event : data.events) out << line_of(event) << '\n';
  for (const std::int64_t id : data.questions.neighbours) out << "q1\t" << id << '\n';
  for (const std::int64_t id : data.questions.two_hops) out << "q2\t" << id << '\n';
  for (const auto& [from, to] : data.questions.paths) out << "qp\t" << from << '\t' << to << '\n';
  for (const auto& [from, to] : data.questions.roots) out << "qr\t" << from << '\t' << to << '\n';
  if (!out.flush()) die(core::unavailable(core::cat("cannot write ", path)));
}

std::string shown(std::vector<std::string> edges) {
  std::sort(edges.begin(), edges.end());
  std::string out;
  for (const std::string& edge : edges) core::append(out, out.empty() ? "" : ",", edge);
  return out;
}

std::string shown(std::vector<std::int64_t> nodes) {
  std::uint64_t sum = 0;
  for (const std::int64_t id : nodes) sum += static_cast<std::uint64_t>(id);
  return core::cat(nodes.size(), " ", static_cast<std::int64_t>(sum));
}

std::string shown(const std::vector<RaceRoot>& roots) {
  std::string out;
  for (const RaceRoot& root : roots) core::append(out, out.empty() ? "" : ",", root.eid, "=", root.effects);
  return out;
}

}  // namespace kgrca::bench
