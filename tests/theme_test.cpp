#include "editor/theme.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

namespace gan {
namespace {

/// WCAG 2.1's example: white on black is 21:1, and a colour on itself 1:1.
TEST(Theme, ContrastIsThatOfTheStandard) {
    EXPECT_NEAR(contrast(IM_COL32_WHITE, IM_COL32_BLACK), 21, 1e-9);
    EXPECT_NEAR(contrast(IM_COL32(119, 119, 119, 255), IM_COL32_WHITE), 4.48, 0.005);
    EXPECT_EQ(contrast(IM_COL32(3, 200, 77, 255), IM_COL32(3, 200, 77, 255)), 1);
}

TEST(Theme, TextCanBeReadOnEverythingThatItStandsOn) {
    for (const bool dark : {true, false}) {
        const Theme& theme = theme_named(dark);
        for (const ImU32 ground : {theme.canvas, theme.panel, theme.raised, theme.hovered}) {
            EXPECT_GE(contrast(theme.text, ground), 7) << "dark: " << dark;
            EXPECT_GE(contrast(theme.dim, ground), 4.5) << "dark: " << dark;
            EXPECT_GE(contrast(theme.error, ground), 4.5) << "dark: " << dark;
            EXPECT_GE(contrast(theme.warning, ground), 4.5) << "dark: " << dark;
        }
        EXPECT_GE(contrast(theme.on_accent, theme.accent), 4.5) << "dark: " << dark;
    }
}

/// 3:1, WCAG's bound for graphics.
TEST(Theme, WiresOfEveryTypeStandOutFromTheCanvas) {
    for (const bool dark : {true, false})
        for (const ImU32 type : theme_named(dark).types)
            EXPECT_GE(contrast(type, theme_named(dark).canvas), 3) << "dark: " << dark;
}

/// Colours as eyes without green cones (deuteranopia) see them, in linear light: Vienot, Brettel and Mollon
/// 1999.
std::array<double, 3> seen_without_green(ImU32 colour) {
    std::array<double, 3> light;
    for (int i = 0; i < 3; ++i) {
        const double part = (colour >> (8 * i) & 255) / 255.0;
        light[static_cast<size_t>(i)] =
            part <= 0.04045 ? part / 12.92 : std::pow((part + 0.055) / 1.055, 2.4);
    }
    const auto [r, g, b] = light;
    return {0.29275 * r + 0.70725 * g, 0.29275 * r + 0.70725 * g, -0.02234 * r + 0.02234 * g + b};
}

/// Those that mean different things differ by a tenth of full scale in some channel, brightness included.
/// (Their ports differ in shape besides.)
TEST(Theme, TypesAreToldApartByColourBlindEyes) {
    for (const bool dark : {true, false}) {
        const Theme& theme = theme_named(dark);
        const PortType types[] = {PortType::Scalar, PortType::Latent, PortType::Conditioning,
                                  PortType::Model,  PortType::Image,  PortType::Text};
        for (const PortType a : types)
            for (const PortType b : types) {
                if (a == b) continue;
                const auto x = seen_without_green(theme.of(a));
                const auto y = seen_without_green(theme.of(b));
                double most = 0;
                for (size_t i = 0; i < 3; ++i)
                    most = std::max(most, std::abs(std::cbrt(x[i]) - std::cbrt(y[i])));
                EXPECT_GE(most, 0.1) << name_of(a) << " and " << name_of(b) << ", dark: " << dark;
            }
    }
}

TEST(Theme, FadesAndMixes) {
    EXPECT_EQ(faded(IM_COL32(1, 2, 3, 200), 0.5f), IM_COL32(1, 2, 3, 100));
    EXPECT_EQ(mixed(IM_COL32(0, 0, 0, 255), IM_COL32(255, 255, 255, 255), 0), IM_COL32(0, 0, 0, 255));
    EXPECT_EQ(mixed(IM_COL32(0, 0, 0, 255), IM_COL32(200, 100, 50, 255), 0.5f), IM_COL32(100, 50, 25, 255));
}

}  // namespace
}  // namespace gan
