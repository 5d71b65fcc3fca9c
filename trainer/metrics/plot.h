#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace gan {

struct CurvePoint {
    double x = 0;
    double y = 0;
    std::string label;
};

/// Draws points, joined in their order, over two axes as a PNG of 960 x 720 pixels, replaced atomically.
/// Throws Error.
void write_curve(const std::filesystem::path& path, const std::vector<CurvePoint>& points,
                 const std::string& title, const std::string& x_name, const std::string& y_name);

}  // namespace gan
