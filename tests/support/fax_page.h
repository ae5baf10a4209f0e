// FaxPage: a page as a fax machine scans it, written to and read from TIFF files of one or more pages.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <tiffio.h>
#include <vector>

#include "warp/base/random.h"

namespace warp::support {

struct FaxPage {
  static constexpr std::uint32_t kWidth = 1728;  // dots of a line on A4
  static constexpr std::size_t kOctets = kWidth / 8;
  using Row = std::vector<std::uint8_t>;  // kOctets; 1 is black, the most significant bit to the left
  std::vector<Row> rows;
  friend bool operator==(const FaxPage&, const FaxPage&) = default;
};

// Something like print: lines of dark bars of differing width, and white between them.
inline FaxPage drawn_fax_page(std::uint64_t seed, std::size_t rows = 200) {
  SeededIdSource ids(seed);
  FaxPage page;
  FaxPage::Row line;
  for (std::size_t y = 0; y < rows; ++y) {
    if (y % 4 == 0) {
      line.assign(FaxPage::kOctets, 0);
      for (std::size_t x = 8; y % 24 < 16 && x + 8 < FaxPage::kOctets; x += 1 + ids.next64() % 6)
        line[x] = static_cast<std::uint8_t>(ids.next64());
    }
    page.rows.push_back(line);
  }
  return page;
}

using TiffFile = std::unique_ptr<TIFF, decltype(&TIFFClose)>;

inline bool write_tiff(const std::string& path, const std::vector<FaxPage>& pages) {
  TiffFile file(TIFFOpen(path.c_str(), "w"), &TIFFClose);
  for (std::size_t at = 0; file && at < pages.size(); ++at) {
    auto* tiff = file.get();
    TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, FaxPage::kWidth);
    TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, static_cast<std::uint32_t>(pages[at].rows.size()));
    TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, 1);
    TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, 1);
    TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, static_cast<std::uint32_t>(pages[at].rows.size()));
    TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_CCITT_T6);
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISWHITE);
    TIFFSetField(tiff, TIFFTAG_FILLORDER, FILLORDER_LSB2MSB);
    TIFFSetField(tiff, TIFFTAG_RESOLUTIONUNIT, RESUNIT_INCH);
    TIFFSetField(tiff, TIFFTAG_XRESOLUTION, 204.0);
    TIFFSetField(tiff, TIFFTAG_YRESOLUTION, 196.0);
    TIFFSetField(tiff, TIFFTAG_PAGENUMBER, static_cast<int>(at), static_cast<int>(pages.size()));
    auto rows = pages[at].rows;
    for (std::uint32_t y = 0; y < rows.size(); ++y)
      if (TIFFWriteScanline(tiff, rows[y].data(), y) < 0) return false;
    if (TIFFWriteDirectory(tiff) == 0) return false;
  }
  return file != nullptr;
}

// Empty: no such file, or not a page of that width in black and white.
inline std::vector<FaxPage> read_tiff(const std::string& path) {
  TiffFile file(TIFFOpen(path.c_str(), "r"), &TIFFClose);
  std::vector<FaxPage> pages;
  if (!file) return pages;
  do {
    std::uint32_t width = 0, rows = 0;
    TIFFGetField(file.get(), TIFFTAG_IMAGEWIDTH, &width);
    TIFFGetField(file.get(), TIFFTAG_IMAGELENGTH, &rows);
    if (width != FaxPage::kWidth) return {};
    FaxPage page;
    for (std::uint32_t y = 0; y < rows; ++y) {
      FaxPage::Row row(FaxPage::kOctets);
      if (TIFFReadScanline(file.get(), row.data(), y) < 0) return {};
      page.rows.push_back(row);
    }
    pages.push_back(page);
  } while (TIFFReadDirectory(file.get()));
  return pages;
}

}  // namespace warp::support
