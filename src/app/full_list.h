// A full list of Kubernetes objects: which are there, said so that the server ends those that are not.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "kgrca/core/status.h"
#include "kgrca/core/time.h"
#include "kgrca/normalize/decode.h"

namespace kgrca::app {

struct FullListScope {
  std::vector<std::string> kinds;  // as users write them; beside those of the listed objects
  std::string ns;                  // empty: all namespaces
  core::Time at{};                 // before the list was made
};

class FullList {
 public:
  // invalid_argument: a kind that nobody knows.
  static core::StatusOr<FullList> of(const FullListScope& scope);

  // invalid_argument: the list goes on at another page, which the input does not hold.
  static core::Status check_page(std::string_view list_metadata);
  // Takes the names of decoded objects. invalid_argument: something was not understood, or lies outside of the scope; the list
  // says nothing then.
  core::Status add(const normalize::Decoded& decoded);
  // One record of op SYNC for each kind. out_of_range: one is over `bytes_max`.
  core::StatusOr<std::vector<std::string>> records(std::size_t bytes_max) const;

 private:
  explicit FullList(FullListScope scope) : scope_(std::move(scope)) {}
  FullListScope scope_;
  std::map<std::string, std::set<std::string>> names_;  // by kind, "namespace/name" or "/name"
};

}  // namespace kgrca::app
