#include "store/tenant_manifest.h"

#include <charconv>
#include <fstream>
#include <optional>
#include <vector>

#include "kgrca/core/hash.h"
#include "kgrca/core/hex.h"
#include "kgrca/core/strings.h"
#include "store/rocks_options.h"

namespace kgrca::store {
namespace {

constexpr std::string_view any_head = "kgrca tenant export ";
constexpr std::string_view head = "kgrca tenant export 1\n";
constexpr std::size_t chunk_bytes = 1 << 20;

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Family> family_named(std::string_view name) {
  for (int i = 0; i < family_count; ++i)
    if (family_name(family_at(i)) == name) return family_at(i);
  return std::nullopt;
}

// "file <family> <keys> <bytes> <digest>"
std::optional<TenantFile> file_of(const std::vector<std::string_view>& words) {
  if (words.size() != 5) return std::nullopt;
  const auto family = family_named(words[1]);
  const auto keys = number_of(words[2]);
  const auto bytes = number_of(words[3]);
  const auto digest = number_of(words[4]);
  if (!family || !keys || !bytes || !digest) return std::nullopt;
  return TenantFile{*family, core::cat(words[1], ".sst"), *keys, *bytes, *digest};
}

bool take_line(std::string_view line, TenantExport& out) {
  const std::vector<std::string_view> words = core::split(line, ' ');
  if (words[0] == "file") {
    const auto file = file_of(words);
    if (file) out.files.push_back(*file);
    return file.has_value();
  }
  if (words.size() != 2) return false;
  if (words[0] == "record") {
    const auto record = core::from_hex(words[1]);
    out.record = record.value_or("");
    return record.has_value();
  }
  const auto number = number_of(words[1]);
  if (number && words[0] == "format") out.format = static_cast<int>(*number);
  else if (number && words[0] == "at") out.at = core::from_micros(static_cast<std::int64_t>(*number));
  else return false;
  return true;
}

}  // namespace

std::string encode_manifest(const TenantExport& exported) {
  std::string text = core::cat(head, "format ", exported.format, "\nat ", core::to_micros(exported.at), "\nrecord ",
                               core::hex(exported.record), "\n");
  for (const TenantFile& file : exported.files)
    core::append(text, "file ", family_name(file.family), ' ', file.keys, ' ', file.bytes, ' ', file.digest, "\n");
  const std::uint64_t digest = core::stable_hash64(text);
  core::append(text, "digest ", digest, "\n");
  return text;
}

core::StatusOr<TenantExport> decode_manifest(std::string_view text) {
  if (text.starts_with(any_head) && !text.starts_with(head))
    return core::failed_precondition("a newer kgrca wrote this export: import it with that one");
  const std::size_t digest = text.rfind("digest ");
  const auto is_digest = [&] { return text.substr(digest) == core::cat("digest ", core::stable_hash64(text.substr(0, digest)), "\n"); };
  if (!text.starts_with(head) || digest == std::string_view::npos || digest < head.size() || !is_digest())
    return core::data_loss("the manifest of the export is damaged");
  TenantExport out;
  for (const std::string_view line : core::split(text.substr(head.size(), digest - 1 - head.size()), '\n'))
    if (!take_line(line, out)) return core::data_loss("the manifest of the export is damaged");
  return out;
}

core::StatusOr<std::uint64_t> digest_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return core::data_loss(core::cat(path, " is missing or cannot be read"));
  std::string chunk(chunk_bytes, '\0');
  std::uint64_t digest = 0;
  while (file) {
    file.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
    const auto size = static_cast<std::size_t>(file.gcount());
    if (size > 0) digest = core::combine_hash(digest, core::stable_hash64({chunk.data(), size}));
  }
  if (file.bad()) return core::data_loss(core::cat(path, " cannot be read to its end"));
  return digest;
}

}  // namespace kgrca::store
